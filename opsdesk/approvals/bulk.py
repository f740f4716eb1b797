"""Many requests at once: a page that says what would happen, then one that says what did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk import posted
from opsdesk.approvals import words
from opsdesk.approvals.models import Approval, ApprovalDecision
from opsdesk.approvals.services import deciding
from opsdesk.bulk.lists import chosen_rows, frame
from opsdesk.errors import DomainError

if TYPE_CHECKING:
    from opsdesk.approvals.admin import ApprovalAdmin

# Each is read by a person before they agree: nobody reads more.
MOST = 100
INBOX = "?tab=mine"


@dataclass(frozen=True)
class Verb:
    code: str
    title: str | Promise
    done: str | Promise
    tone: str

    @property
    def needs_reason(self) -> bool:
        return self.code == ApprovalDecision.Verdict.REJECT


VERBS = {
    verb.code: verb
    for verb in (
        Verb("approve", gettext_lazy("Approve"), gettext_lazy("approved"), "primary"),
        Verb("reject", gettext_lazy("Reject"), gettext_lazy("rejected"), "danger"),
    )
}


@dataclass(frozen=True)
class Line:
    """A request and what would become of it, or became of it."""

    approval: Approval
    summary: str
    amount: str
    said: str
    tone: str


def preview(screen: ApprovalAdmin, request: HttpRequest) -> HttpResponse:
    """What the decision would do with the ticked requests."""
    verb = _verb(request)
    chosen = _chosen(screen, request)
    words.mark_known_costs(chosen, request.user)
    mine = Approval.objects.to_decide(request.user, timezone.now())
    able = set(mine.filter(pk__in=[row.pk for row in chosen]).values_list("pk", flat=True))
    return _shown(
        screen,
        request,
        verb,
        lines=[
            _line(row, str(verb.title), "good") if row.pk in able else _line(row, _("left alone"))
            for row in chosen
        ],
        ids=",".join(str(row.pk) for row in chosen if row.pk in able),
        count=len(able),
    )


def run(screen: ApprovalAdmin, request: HttpRequest) -> HttpResponse:
    """Decide on each, and say of each what became of it. Repeated, every one says who was first."""
    verb = _verb(request)
    reason = posted.text_of(request, "reason", most=500)
    if verb.needs_reason and not reason:
        raise DomainError(_("Say why, so that whoever filed it can do better."))
    written = request.POST.get("ids", "").split(",")[:MOST]
    ids = posted.ids_of(written)
    rows = list(screen.list_rows(request).filter(pk__in=ids).order_by("expires_at", "pk"))
    words.mark_known_costs(rows, request.user)
    lines = [_decide(request, verb, row, reason) for row in rows]
    return _shown(screen, request, verb, lines=lines)


def _decide(request: HttpRequest, verb: Verb, row: Approval, reason: str) -> Line:
    try:
        decided = deciding.decide(
            approval_id=row.pk,
            verdict=verb.code,
            actor=request.user,
            at=timezone.now(),
            reason=reason,
        )
    except DomainError as refusal:
        return _line(row, refusal.message, "danger")
    if decided.state == Approval.State.PENDING:
        return _line(row, _("Your voice is on record; another one is needed."), "info")
    return _line(row, str(verb.done), "good")


def _line(row: Approval, said: str, tone: str = "") -> Line:
    return Line(row, words.summary_of(row), words.amount_of(row), said, tone)


def _shown(
    screen: ApprovalAdmin,
    request: HttpRequest,
    verb: Verb,
    *,
    lines: list[Line],
    ids: str = "",
    count: int = 0,
) -> TemplateResponse:
    context = {
        **frame(screen, request, verb.title),
        "verb": verb,
        "lines": lines,
        "ids": ids,
        "count": count,
        "left_alone": len(lines) - count,
        "inbox": reverse("admin:approvals_approval_changelist") + INBOX,
    }
    return TemplateResponse(request, "approvals/bulk.html", context)


def _verb(request: HttpRequest) -> Verb:
    verb = VERBS.get(request.POST.get("bulk", ""))
    if verb is None:
        raise Http404
    return verb


def _chosen(screen: ApprovalAdmin, request: HttpRequest) -> list[Approval]:
    """Ticked rows, or the whole selection, soonest first."""
    rows = chosen_rows(screen, request, tick_one=_("Tick at least one request."))
    chosen = list(rows.order_by("expires_at", "pk")[: MOST + 1])
    if len(chosen) > MOST:
        raise DomainError(
            _("That is more than %(most)s requests. Narrow the selection first.") % {"most": MOST}
        )
    return chosen

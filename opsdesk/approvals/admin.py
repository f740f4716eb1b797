"""Approvals: the inbox, one request with its comparison and timeline, and deciding on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import keyset, navigation, posted, wording
from opsdesk.approvals import absences, bulk, kinds, page, rules, words
from opsdesk.approvals.models import Approval, ApprovalDecision, ApprovalPolicy, Delegation
from opsdesk.approvals.services import deciding, emergency, filing
from opsdesk.filters import DaysFilter, ListFilters, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.navigation import Screen

SOONEST_FIRST = keyset.Sorting("expires_at", descending=False)
Verdict = ApprovalDecision.Verdict


def _kind_choices() -> list[tuple[str, str]]:
    return [(kind.code, str(kind.title)) for kind in kinds.all_kinds()]


class ApprovalFilters(ListFilters):
    store = StoreFilter()
    kind = StateFilter(_kind_choices, _("Kind"))
    state = StateFilter(Approval.State.choices, _("State"))
    filed = DaysFilter(label=_("Filed"), field_name="filed_at")

    class Meta:
        model = Approval
        fields: list[str] = []


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyList):
    filters = ApprovalFilters
    empty_title = _("No requests yet")
    empty_hint = _(
        "What takes two people is filed where it is done, and waits here for the second."
    )
    columns = [
        Column(_("request"), words.summary_of),
        Column(_("kind"), words.title_of, "od-wide"),
        Column(_("amount"), words.amount_of, "od-num"),
        Column(_("filed by"), lambda a: a.filer, "od-wide"),
        Column(_("store"), lambda a: words.place_of(a.store), "od-wide"),
        Column(_("filed"), lambda a: _moment(a, a.filed_at), "od-nowrap od-wide"),
        Column(_("decide by"), lambda a: _moment(a, a.expires_at), "od-nowrap od-wide"),
        Column(
            _("state"), lambda a: state_pill(Approval.State, a.state, words.TONES.get(a.state, ""))
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "filer")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        words.mark_known_costs(shown, request.user)

    def tabs_for(self, request: HttpRequest) -> Sequence[Tab]:
        user = request.user
        return [
            Tab(
                "mine",
                _("Mine to decide"),
                lambda rows: rows.to_decide(user, timezone.now()),
                sorting=SOONEST_FIRST,
            ),
            Tab(
                "filed",
                _("Filed by me"),
                lambda rows: rows.filter(filer=user),
                counted=False,
            ),
            Tab(
                "decided",
                _("Decided"),
                lambda rows: rows.exclude(decided_at=None),
                counted=False,
            ),
        ]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm("approvals.add_delegation"):
            return []
        return [(reverse("admin:approvals_delegation_away"), _("I will be away"))]

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """Where every row is theirs to decide: elsewhere most ticks would come to nothing."""
        if request.GET.get("tab") != "mine":
            return []
        return [(verb.code, verb.title) for verb in bulk.VERBS.values()]

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return bulk.preview(self, request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:object_id>/act/", view(require_POST(self.act)), name="approvals_approval_act"
            ),
            path("bulk/", view(require_POST(self.run_bulk)), name="approvals_approval_bulk"),
            *super().get_urls(),
        ]

    def run_bulk(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return bulk.run(self, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        approval = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": words.title_of(approval),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            **page.context_for(request, approval, timezone.now()),
        }
        return TemplateResponse(request, "approvals/approval_page.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        people = ("store", "filer", "last_editor", "beneficiary")
        return super().get_queryset(request).select_related(*people)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One decision, or one step of who filed it, from the request's page."""
        approval = self.get_object(request, str(object_id))
        verb = ACTS.get(request.POST.get("do", ""))
        if verb is None:
            raise Http404
        messages.success(request, verb(request, approval))
        return redirect(reverse("admin:approvals_approval_change", args=[approval.pk]))


def _moment(approval: Approval, at: Any) -> str:
    return wording.moment(at, approval.store.zone if approval.store else None)


def _decide(request: HttpRequest, approval: Approval, verdict: str) -> Approval:
    return deciding.decide(
        approval_id=approval.pk,
        verdict=verdict,
        actor=request.user,
        at=timezone.now(),
        reason=posted.text_of(request, "reason", most=500),
    )


def _approve(request: HttpRequest, approval: Approval) -> str:
    decided = _decide(request, approval, Verdict.APPROVE)
    if decided.state == Approval.State.PENDING:
        return gettext("Your voice is on record; another one is needed.")
    return gettext("Approved. It is being carried out.")


def _reject(request: HttpRequest, approval: Approval) -> str:
    _decide(request, approval, Verdict.REJECT)
    return gettext("Rejected.")


def _withdraw(request: HttpRequest, approval: Approval) -> str:
    filing.withdraw(approval_id=approval.pk, actor=request.user, at=timezone.now())
    return gettext("Withdrawn.")


def _break_glass(request: HttpRequest, approval: Approval) -> str:
    emergency.break_glass(
        approval_id=approval.pk,
        reason=posted.text_of(request, "reason", most=500),
        actor=request.user,
        at=timezone.now(),
    )
    return gettext("The emergency is declared; it is being carried out and will be reviewed.")


def _review(request: HttpRequest, approval: Approval) -> str:
    emergency.review_emergency(
        approval_id=approval.pk,
        finding=posted.text_of(request, "reason", most=500),
        actor=request.user,
        at=timezone.now(),
    )
    return gettext("Reviewed.")


ACTS = {
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "break-glass": _break_glass,
    "review": _review,
}


@admin.register(ApprovalPolicy)
class ApprovalPolicyAdmin(rules.RulesAdmin):
    pass


@admin.register(Delegation)
class DelegationAdmin(absences.AbsencesAdmin):
    pass


def _to_decide(request: HttpRequest) -> QuerySet:
    return Approval.objects.to_decide(request.user, timezone.now())


navigation.register(
    "desk",
    Screen(
        _("Approvals"),
        "approval",
        "admin:approvals_approval_changelist",
        "approvals.view_approval",
        query=bulk.INBOX,
        waiting=_to_decide,
        tone="warning",
        rank=15,
    ),
    Screen(
        _("Absences"),
        "event_busy",
        "admin:approvals_delegation_changelist",
        "approvals.view_delegation",
        rank=40,
    ),
)
navigation.register(
    "setup",
    Screen(
        _("Approval rules"),
        "rule",
        "admin:approvals_approvalpolicy_changelist",
        "approvals.view_approvalpolicy",
    ),
)

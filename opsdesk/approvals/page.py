"""A request's page: what is asked, against what holds now, who decides, and what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.approvals import kinds, words
from opsdesk.approvals.editing import link_to_edit
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.approvals.services.emergency import BREAK, may_review
from opsdesk.approvals.voices import people_to_ask, voice_of
from opsdesk.desk.rows import page_of
from opsdesk.errors import NotAllowed
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.roles import Role


@dataclass(frozen=True)
class Moment:
    """A line of the timeline."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""
    tone: str = ""
    link: str = ""


def context_for(request: HttpRequest, approval: Approval, at: datetime) -> dict[str, Any]:
    user = request.user
    waits = approval.state == Approval.State.PENDING and approval.expires_at > at
    declared = Emergency.objects.filter(approval=approval).select_related(
        "approval__store", "declared_by", "reviewed_by"
    )
    emergency = declared.first()
    reason_why_not = _why_not(request, approval, at) if waits else ""
    words.mark_known_costs([approval], user)
    involved = user.pk in (approval.filer_id, approval.last_editor_id)
    return {
        "approval": approval,
        "said": words.described(approval),
        "clause": kinds.get(approval.kind).clause,
        "amount": words.amount_of(approval),
        "counted": _counted(approval),
        "place": words.place_of(approval.store),
        "rule": words.who_decides(approval.roles, approval.voices, approval.from_different_roles),
        "link": _subject_page(request, approval),
        "tone": words.TONES.get(approval.state, ""),
        "zone": approval.store.zone if approval.store else timezone.get_current_timezone(),
        "left": wording.time_left(approval.expires_at - at) if waits else "",
        "waits": waits,
        "asked_people": people_to_ask(approval, at) if waits else [],
        "may_decide": waits and not reason_why_not,
        "why_not": reason_why_not,
        "may_withdraw": involved and (waits or approval.state == Approval.State.APPROVED),
        "edit_link": link_to_edit(request, approval) if waits else "",
        "may_break_glass": waits and is_allowed_in(user, BREAK, approval.store),
        "emergency": emergency,
        "may_review": emergency is not None
        and emergency.reviewed_at is None
        and may_review(emergency, user),
        "timeline": sorted(
            _timeline(approval, emergency), key=lambda moment: moment.at, reverse=True
        ),
    }


def _why_not(request: HttpRequest, approval: Approval, at: datetime) -> str:
    try:
        voice_of(request.user, approval, at)
    except NotAllowed as refusal:
        return refusal.message
    return ""


def _counted(approval: Approval) -> str:
    """The sum that chose the rule, where it is more than this request alone."""
    is_this_alone = approval.counted_amount in (None, approval.amount)
    if is_this_alone or not approval.sees_costs:
        return ""
    return wording.money(approval.counted_amount, approval.currency)


def _subject_page(request: HttpRequest, approval: Approval) -> str | None:
    if approval.subject_type is None or approval.store_id is None:
        return None
    subject = approval.subject_type
    return page_of(
        request, subject.app_label, subject.model, approval.subject_id, approval.store_id
    )


def _timeline(approval: Approval, emergency: Emergency | None) -> Iterator[Moment]:
    yield Moment(approval.filed_at, *_filed(approval))
    decisions = approval.decisions.select_related("decider", "on_behalf_of")
    for decision in decisions:
        who = str(decision.decider)
        if decision.on_behalf_of:
            who = _("%(person)s for %(absent)s") % {
                "person": who,
                "absent": decision.on_behalf_of,
            }
        yield Moment(
            at=decision.at,
            what=decision.get_verdict_display(),
            who=f"{who} · {Role(decision.role).label}",
            note=decision.reason,
            tone="good" if decision.verdict == "approve" else "danger",
        )
    if emergency is not None:
        yield from _emergency(emergency)
    if approval.ended_at and approval.state != Approval.State.REJECTED:
        # What was refused may say by which arithmetic.
        note = approval.note if approval.sees_costs else ""
        yield Moment(
            at=approval.ended_at,
            what=approval.get_state_display(),
            who=str(approval.ended_by or ""),
            note=" · ".join(part for part in (approval.get_why_display(), note) if part),
            tone=words.TONES.get(approval.state, ""),
        )


def _filed(approval: Approval) -> tuple[str, str, str, str, str]:
    """What, who, note, tone and link of how it began."""
    if approval.replaces_id is None:
        return _("filed"), str(approval.filer), "", "", ""
    earlier = reverse("admin:approvals_approval_change", args=[approval.replaces_id])
    who = str(approval.last_editor or approval.filer)
    return _("edited and filed anew"), who, "", "", earlier


def _emergency(emergency: Emergency) -> Iterator[Moment]:
    yield Moment(
        emergency.at,
        _("emergency declared"),
        str(emergency.declared_by),
        emergency.reason,
        "danger",
    )
    if emergency.reviewed_at:
        yield Moment(
            emergency.reviewed_at,
            _("emergency reviewed"),
            str(emergency.reviewed_by),
            emergency.finding,
            "good",
        )

"""How a request leaves a state, and what is said to whoever comes too late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.errors import Conflict

if TYPE_CHECKING:
    from opsdesk.stores.models import User

States = Approval.State


def move(approval: Approval, *, to: str, **values: Any) -> None:
    """The request is in that state, if it still was where it stood. Raises Conflict."""
    values["state"] = to
    moved = Approval.objects.filter(pk=approval.pk, state=approval.state).update(**values)
    if not moved:
        approval.refresh_from_db()
        raise conflict(approval)
    for name, value in values.items():
        setattr(approval, name, value)


def end(
    approval: Approval,
    state: str,
    *,
    at: datetime,
    why: str = "",
    by: User | None = None,
    note: str = "",
    **values: Any,
) -> None:
    """The request is over. Raises Conflict if somebody else was first."""
    move(approval, to=state, ended_at=at, ended_by=by, why=why, note=note[:500], **values)


def refuse_settled(approval: Approval, at: datetime) -> None:
    """Raises Conflict unless the request still waits: for its decision, or to be carried out."""
    too_late = approval.state == States.PENDING and approval.expires_at <= at
    if approval.state not in Approval.OPEN or too_late:
        raise conflict(approval)


def conflict(approval: Approval) -> Conflict:
    """Names who was first, and what they decided."""
    facts = {"approval_id": approval.pk, "state": approval.state}
    if approval.state in (States.PENDING, States.EXPIRED):
        return Conflict(_("This request has expired; it can be filed anew."), **facts)
    emergency = Emergency.objects.filter(approval=approval).select_related("declared_by").first()
    if emergency is not None:
        return _lost_to(emergency.declared_by, "emergency", _("emergency"), emergency.at, facts)
    last = approval.decisions.select_related("decider").order_by("-at", "-pk").first()
    if last is not None and approval.state != States.VOIDED:
        said = last.get_verdict_display()
        return _lost_to(last.decider, last.verdict, said, last.at, facts)
    state = approval.get_state_display()
    return Conflict(_("This request has ended: %(state)s.") % {"state": state}, **facts)


def _lost_to(
    person: User, decision: str, said: str, at: datetime, facts: dict[str, Any]
) -> Conflict:
    return Conflict(
        _("%(person)s was first and has decided: %(decision)s (%(at)s).")
        % {"person": person, "decision": said, "at": wording.moment(at)},
        winner_id=person.pk,
        winner=str(person),
        decision=decision,
        **facts,
    )

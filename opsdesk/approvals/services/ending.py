"""How a request leaves a state, and what is said to whoever comes too late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.approvals.models import Approval
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
    last = approval.decisions.select_related("decider").order_by("-at", "-pk").first()
    if last is not None and approval.state not in (States.VOIDED, States.EXPIRED):
        return Conflict(
            _("%(person)s was first and has decided: %(decision)s (%(at)s).")
            % {
                "person": last.decider,
                "decision": last.get_verdict_display(),
                "at": wording.moment(last.at),
            },
            approval_id=approval.pk,
            state=approval.state,
            winner_id=last.decider_id,
            winner=str(last.decider),
            decision=last.verdict,
        )
    if approval.state in (States.PENDING, States.EXPIRED):
        said = _("This request has expired; it can be filed anew.")
    else:
        state = approval.get_state_display()
        said = _("This request has ended: %(state)s.") % {"state": state}
    return Conflict(said, approval_id=approval.pk, state=approval.state)

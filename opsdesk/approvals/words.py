"""Rules, states and moments of requests as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.approvals import kinds
from opsdesk.approvals.kinds import Description
from opsdesk.approvals.models import Approval
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

TONES = {
    Approval.State.PENDING: "warning",
    Approval.State.APPROVED: "info",
    Approval.State.CARRIED_OUT: "good",
    Approval.State.REJECTED: "danger",
    Approval.State.FAILED: "danger",
}


def who_decides(roles: Sequence[str], voices: int, from_different_roles: bool) -> str:
    """Finance · one of Finance, Service lead · Finance + Service lead."""
    names = [str(Role(role).label) for role in roles]
    if len(names) == voices == 1:
        return names[0]
    if from_different_roles and len(names) == voices:
        return " + ".join(names)
    return _("%(count)s of: %(roles)s") % {"count": voices, "roles": ", ".join(names)}


def from_amount(amount: Decimal, currency: str) -> str:
    if not amount:
        return _("any amount")
    return _("from %(amount)s") % {"amount": wording.money(amount, currency).strip()}


def title_of(approval: Approval) -> str:
    return str(kinds.get(approval.kind).title)


def summary_of(approval: Approval) -> str:
    return kinds.get(approval.kind).describe(approval).summary


def mark_known_costs(approvals: Iterable[Approval], person: User) -> None:
    """Each says as `sees_costs` whether the person may see them, where it tells what goods cost."""
    for approval in approvals:
        needed = kinds.get(approval.kind).costs_need
        approval.sees_costs = not needed or is_allowed_in(person, needed, approval.store)


def described(approval: Approval) -> Description:
    """How a marked request reads, with or without costs."""
    said = kinds.get(approval.kind).describe(approval)
    changes = [
        change.shown(with_costs=approval.sees_costs)
        for change in said.changes
        if approval.sees_costs or not change.tells_costs_only
    ]
    return Description(said.summary, changes)


def amount_of(approval: Approval) -> str:
    """Of a marked request; empty where the amount tells costs that the person may not see."""
    return wording.money(approval.amount, approval.currency) if approval.sees_costs else ""


def place_of(store: Store | None) -> str:
    return str(store) if store else _("Every store")

"""Rules, states and moments of requests as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

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


def amount_of(approval: Approval) -> str:
    return wording.money(approval.amount, approval.currency)


def place_of(store: Store | None) -> str:
    return str(store) if store else _("Every store")

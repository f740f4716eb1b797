"""An order's money on its page: what it tells, what providers say, and what differs (ORD-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.models import MoneyDifference, Order, Payment, Refund, StatementLine

if TYPE_CHECKING:
    from opsdesk.stores.models import User


@dataclass(frozen=True)
class MoneyPanel:
    payment: Payment | None
    refund: Refund | None
    lines: list[StatementLine]
    differences: list[MoneyDifference]


def money_of(order: Order, user: User) -> MoneyPanel | None:
    """For who may see payments in the order's store; None for others. Four queries."""
    if not user.has_perm("orders.view_payment", order):
        return None
    payment = Payment.objects.filter(order=order).first()
    refund = Refund.objects.filter(order=order).first()
    lines = list(order.statement_lines.order_by("at", "pk"))
    standing = MoneyDifference.objects.standing()
    about = standing.none()
    if payment:
        about = about | standing.filter(payment=payment)
    if refund:
        about = about | standing.filter(refund=refund)
    return MoneyPanel(payment, refund, lines, list(about.order_by("pk")))

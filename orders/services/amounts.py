"""Money of an order: what state it is in, how it is divided."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from orders.models import Order

CENT = Decimal("0.01")


def payment_state(order: Order) -> str:
    """Of an order that was paid: how much of it went back."""
    if not order.refunded_amount:
        return Order.Payment.PAID
    if order.refunded_amount < order.paid_amount:
        return Order.Payment.PART_REFUNDED
    return Order.Payment.REFUNDED


def portion(amount: Decimal, part: Decimal | int, whole: Decimal | int) -> Decimal:
    """So much of the amount, to the cent; the rest of the cent is with whoever keeps the rest."""
    return (amount * part / whole).quantize(CENT, ROUND_HALF_UP)

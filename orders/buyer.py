"""What is known of an order's buyer, for the person who decides on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from orders.models import Order, ValuedCustomer
from orders.tones import tone

LAST = 5


@dataclass(frozen=True)
class History:
    """Of the other orders of one buyer in one store; money in the order's currency."""

    is_valued: bool
    orders: int
    cancelled: int
    refunded_orders: int
    paid: Decimal
    refunded: Decimal
    first_at: datetime | None
    last: list[tuple[Order, str]]


def history_of(order: Order) -> History | None:
    """Three statements by the index of the customer; None where the order names no buyer."""
    if order.customer_id is None:
        return None
    others = Order.objects.filter(
        customer=order.customer_id, store=order.store_id, currency=order.currency
    ).exclude(pk=order.pk)
    sums = others.aggregate(
        orders=Count("pk"),
        cancelled=Count("pk", filter=Q(fulfilment_state=Order.Fulfilment.CANCELLED)),
        refunded_orders=Count("pk", filter=Q(refunded_amount__gt=0)),
        paid=Sum("paid_amount", default=Decimal(0)),
        refunded=Sum("refunded_amount", default=Decimal(0)),
        first_at=Min("placed_at"),
    )
    last = others.order_by("-placed_at", "-pk").only(
        "external_number", "placed_at", "total_amount", "currency", "fulfilment_state"
    )
    return History(
        is_valued=ValuedCustomer.objects.filter(customer=order.customer_id).exists(),
        last=[(one, tone(one.fulfilment_state)) for one in last[:LAST]],
        **sums,
    )

"""What reviewers and customer service did with orders that were not as they should be."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from analytics.demo.opening import Demonstration
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.addressing import Recipient, change_address
from orders.services.contacting import Said, record_contact
from orders.services.refunding import request_refund

# Amounts asked back for delivered goods: one that customer service gives alone, one that its lead
# has still to agree to.
_REFUNDS = (
    (Decimal("15.00"), "Arrived with a dent; the buyer keeps it"),
    (Decimal("230.00"), "The handle came off on the first day"),
)


def edit_orders(it: Demonstration, *, at: datetime) -> None:
    """A buyer was called about a shortage, another moved house, two want money back."""
    service, reviewer = it.people[Role.CUSTOMER_SERVICE], it.people[Role.ORDER_REVIEWER]
    orders = Order.objects.filter(store=it.store).order_by("-placed_at", "-pk")
    short = orders.waiting_for_stock().paid().first()
    if short is not None:
        said = Said("call", "stock", True, "waits", "Doesn't mind until Friday")
        moment = at - timedelta(minutes=25)
        record_contact(
            order_id=short.pk, version=short.version, said=said, actor=service, at=moment
        )
    moving = orders.to_ship().first()
    if moving is not None:
        change_address(
            order_id=moving.pk,
            version=moving.version,
            to=Recipient(address="新华路 27 弄 6 号"),
            reason="The buyer moved last week",
            actor=reviewer,
            at=at - timedelta(minutes=40),
        )
    delivered = orders.filter(
        fulfilment_state=Order.Fulfilment.DELIVERED, refunded_amount=0, paid_amount__gte=250
    )
    for order, (amount, reason) in zip(delivered[: len(_REFUNDS)], _REFUNDS, strict=False):
        request_refund(
            order_id=order.pk,
            version=order.version,
            amount=amount,
            reason=reason,
            actor=service,
            at=at - timedelta(minutes=50),
        )

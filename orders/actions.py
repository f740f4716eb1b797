"""What people do with orders: which button is shown where, and the service behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.bulk import lists
from opsdesk.bulk.services import Done
from orders.models import Order
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User


@dataclass(frozen=True, kw_only=True)
class Action(lists.Action):
    """A verb on orders in certain states; the service leaves others alone.

    `fulfilment_in` and `review_in` name the states it applies to; empty: whatever the state.
    What `moves_pieces` is done only by people of the warehouses in which an order's pieces lie.
    """

    fulfilment_in: tuple[str, ...] = ()
    review_in: tuple[str, ...] = ()
    once_paid: bool = False
    moves_pieces: bool = False

    def rows(self, orders: QuerySet, user: User) -> QuerySet:
        """Of these orders the ones that would change, in stores where the person may do this."""
        states = {"fulfilment_state": self.fulfilment_in, "review_state": self.review_in}
        rows = orders.filter(**{f"{name}__in": held for name, held in states.items() if held})
        if self.once_paid:
            rows = rows.paid()
        rows = super().rows(rows, user)
        if user.is_superuser or not self.moves_pieces:
            return rows
        return lifecycle.in_warehouses_of(user, rows)

    def is_allowed(self, user: User, order: Order) -> bool:
        """May they do this in the order's store and, where pieces move, in their warehouses?"""
        if not user.has_perm(self.permission, order):
            return False
        this = Order.objects.filter(pk=order.pk)
        return not self.moves_pieces or lifecycle.in_warehouses_of(user, this).exists()

    def fits(self, order: Order) -> bool:
        return (
            (not self.fulfilment_in or order.fulfilment_state in self.fulfilment_in)
            and (not self.review_in or order.review_state in self.review_in)
            and (not self.once_paid or order.paid_at is not None)
        )


def _review(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    return Done(lifecycle.review_orders(order_ids=ids, actor=user, at=at))


def _ship(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    return Done(lifecycle.ship_orders(order_ids=ids, actor=user, at=at))


def _deliver(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    return Done(lifecycle.deliver_orders(order_ids=ids, actor=user, at=at))


def _cancel(ids: Sequence[int], user: User, at: datetime, reason: str) -> Done:
    return Done(lifecycle.cancel_orders(order_ids=ids, reason=reason, actor=user, at=at))


ACTIONS = {
    action.code: action
    for action in (
        Action(
            code="review",
            title=_("Pass review"),
            permission="orders.review_order",
            review_in=(Order.Review.WAITING, Order.Review.HELD),
            fulfilment_in=(Order.Fulfilment.WAITING, Order.Fulfilment.RESERVED),
            once_paid=True,
            run=_review,
            done=_("Passed review: %(count)s"),
            tone="primary",
        ),
        Action(
            code="ship",
            title=_("Mark as shipped"),
            permission="orders.ship_order",
            fulfilment_in=(Order.Fulfilment.RESERVED,),
            review_in=(Order.Review.PASSED,),
            once_paid=True,
            run=_ship,
            done=_("Marked as shipped: %(count)s"),
            moves_pieces=True,
            tone="primary",
        ),
        Action(
            code="deliver",
            title=_("Mark as delivered"),
            permission="orders.ship_order",
            fulfilment_in=(Order.Fulfilment.SHIPPED,),
            run=_deliver,
            done=_("Marked as delivered: %(count)s"),
            moves_pieces=True,
        ),
        Action(
            code="cancel",
            title=pgettext_lazy("an order", "Cancel"),
            permission="orders.cancel_order",
            fulfilment_in=(
                Order.Fulfilment.WAITING,
                Order.Fulfilment.RESERVED,
                Order.Fulfilment.NOT_TRACKED,
            ),
            run=_cancel,
            done=_("Cancelled: %(count)s"),
            needs_reason=True,
            tone="danger",
        ),
    )
}


def fitting(order: Order, user: User) -> list[Action]:
    """The buttons of an order's page: none of them would refuse."""
    return [
        action
        for action in ACTIONS.values()
        if action.fits(order) and action.is_allowed(user, order)
    ]

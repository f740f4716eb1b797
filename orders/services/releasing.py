"""Holds end with what happens to their orders: passed, cancelled, gone (ORD-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from opsdesk.deadlines import services as deadlines
from orders.models import Hold, Order

if TYPE_CHECKING:
    from opsdesk.stores.models import User

CONTACTED = "contacted_at"


def close_open(
    order_ids: Iterable[int],
    *,
    outcome: Hold.Outcome,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> int:
    """Whatever these orders were held for is over; nobody waits for a call any more.

    The caller holds the orders' locks. Returns how many holds ended now.
    """
    ids = list(order_ids)
    closed = (
        Hold.objects.open()
        .of_orders(ids)
        .update(released_at=at, released_by=actor, outcome=outcome, note=note)
    )
    if closed:
        deadlines.reach(Order, ids, reached=CONTACTED, at=at)
    return closed


def still_held(order_ids: Sequence[int]) -> set[int]:
    """Of these orders those that something is open on."""
    return set(Hold.objects.open().of_orders(order_ids).values_list("order_id", flat=True))

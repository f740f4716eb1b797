"""An import is taken back: the orders it made go, unless somebody has worked on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pgtrigger

from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from orders.models import Order, TouchedDay
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def remove_imported_orders(
    *, session_id: int, order_ids: Iterable[int], actor: User | None, at: datetime
) -> list[int]:
    """Untouched orders of this import are gone, their stock is free. Returns the removed ids.

    Touched is any order with a change since it was made (`version` > 1): it stays. The stock
    ledger keeps the lines of reservation and release; clocks end as cancelled.
    """
    return retrying(partial(_remove, session_id, list(order_ids), actor=actor, at=at))


def _remove(
    session_id: int, order_ids: list[int], *, actor: User | None, at: datetime
) -> list[int]:
    untouched = (
        Order.objects.filter(version=1, pk__in=order_ids, import_session=session_id)
        .select_related("store")
        .locked()
    )
    ids = [order.pk for order in untouched]
    _remember_days(untouched)
    lifecycle.release_reservations(ids, actor=actor, at=at)
    deadlines.cancel(Order, ids, at=at)
    # The timeline is append-only for everyone else; here it goes with the order it belongs to.
    with pgtrigger.ignore("orders.OrderEvent:append_only"):
        Order.objects.filter(pk__in=ids).delete()
    return ids


def _remember_days(orders: Iterable[Order]) -> None:
    """Once the orders are gone, nothing else says which days they were counted in."""
    days = {
        (order.store_id, order.store.business_date(moment))
        for order in orders
        for moment in (order.placed_at, order.paid_at)
        if moment is not None
    }
    TouchedDay.objects.bulk_create(
        [TouchedDay(store_id=store_id, day=day) for store_id, day in sorted(days)]
    )

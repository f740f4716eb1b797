"""An import is taken back: the orders it made go, unless somebody has worked on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pgtrigger

from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from orders.models import Order
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
    untouched = Order.objects.filter(
        version=1, pk__in=order_ids, import_session=session_id
    ).locked()
    ids = [order.pk for order in untouched]
    lifecycle.release_reservations(ids, actor=actor, at=at)
    deadlines.cancel(Order, ids, at=at)
    # The timeline is append-only for everyone else; here it goes with the order it belongs to.
    with pgtrigger.ignore("orders.OrderEvent:append_only"):
        Order.objects.filter(pk__in=ids).delete()
    return ids

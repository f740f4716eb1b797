"""Waiting orders get their stock as soon as there is some, the oldest first (ORD-2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from catalog.models import StockLevel
from catalog.services import bundles
from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.stores.models import Channel
from orders.models import Order, OrderLine, OrderQuerySet

if TYPE_CHECKING:
    from opsdesk.stores.models import User

BATCH = 500


def reserve_waiting_orders(
    *, at: datetime, store_id: int | None = None, sku_ids: Iterable[int] | None = None
) -> int:
    """Waiting orders that stock now covers are reserved, the oldest first. Returns how many.

    An order is taken whole or left. One that another transaction holds is skipped: that one deals
    with it, or the next run does. Their ORD-2 clocks are met and alerts close themselves. Each
    batch commits on its own; safe to repeat and to run twice at once.
    """
    reserved = 0
    last: tuple[datetime, int] | None = None
    while True:
        step = partial(_reserve_batch, at=at, store_id=store_id, sku_ids=sku_ids, after=last)
        count, last = retrying(step)
        reserved += count
        if last is None:
            return reserved


def reserve_now(order_ids: Sequence[int], *, actor: User | None, at: datetime) -> list[int]:
    """Of these waiting orders those that stock covers are reserved, at once. Returns their ids.

    For a caller that holds the orders' locks and changed what they need. Their clocks are met.
    """
    promised = _promised(Order.objects.waiting_for_stock().filter(pk__in=list(order_ids)))
    ids = list(promised.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT reserve_orders(%s, %s, %s)", [ids, at, actor.pk if actor else None])
        reserved = list(cursor.fetchone()[0])
    deadlines.reach(Order, reserved, reached="confirmed_at", at=at)
    return reserved


def _promised(orders: OrderQuerySet) -> OrderQuerySet:
    """Without those whose channel promises stock only to who has paid."""
    return orders.filter(Q(channel__reserve_on=Channel.ReserveOn.PLACED) | Q(paid_at__isnull=False))


def why_no_bundle(sku_id: int) -> str:
    """What waiting orders have to say to a SKU that is to become a bundle; else empty."""
    waiting = Order.objects.waiting_for_stock().filter(lines__sku=sku_id).first()
    if waiting is None:
        return ""
    return _("Order %(order)s waits for pieces of this SKU: it can't become a bundle yet.") % {
        "order": waiting
    }


def link_new_skus() -> int:
    """Lines of waiting orders that named an unknown code point to its SKU once there is one.

    By any of its codes: a missing one can be made good by an alias (CAT-1).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_orderline l
            SET sku_id = k.sku_id
            FROM orders_order o, catalog_skucode k
            WHERE l.order_id = o.id AND o.fulfilment_state = 'waiting' AND l.sku_id IS NULL
              AND k.store_id = o.store_id AND k.code = l.sku_code AND k.sku_id IS NOT NULL
            """
        )
        return cursor.rowcount


def _reserve_batch(
    *,
    at: datetime,
    store_id: int | None,
    sku_ids: Iterable[int] | None,
    after: tuple[datetime, int] | None,
) -> tuple[int, tuple[datetime, int] | None]:
    """Try the next orders behind `after`; answers how many were reserved and where to go on."""
    waiting = list(
        _reservable(store_id, sku_ids, after)
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("placed_at", "pk")
        .values_list("pk", "placed_at")[:BATCH]
    )
    if not waiting:
        return 0, None
    with connection.cursor() as cursor:
        cursor.execute("SELECT reserve_orders(%s, %s, NULL)", [[pk for pk, _at in waiting], at])
        reserved = cursor.fetchone()[0]
    deadlines.reach(Order, reserved, reached="confirmed_at", at=at)
    last_pk, last_placed_at = waiting[-1]
    return len(reserved), (last_placed_at, last_pk) if len(waiting) == BATCH else None


def _reservable(
    store_id: int | None, sku_ids: Iterable[int] | None, after: tuple[datetime, int] | None
) -> OrderQuerySet:
    """Waiting orders that are promised stock and with some article of which there is any."""
    in_stock = StockLevel.objects.filter(available__gt=0)
    servable = OrderLine.objects.filter(
        Exists(in_stock.filter(sku=OuterRef("sku")))
        | Exists(in_stock.filter(sku__part_of__bundle=OuterRef("sku"))),
        order=OuterRef("pk"),
    )
    if sku_ids is not None:
        arrived = list(sku_ids)
        servable = servable.filter(sku__in=[*arrived, *bundles.bundles_of(arrived)])
    orders = _promised(Order.objects.waiting_for_stock().filter(Exists(servable)))
    if store_id is not None:
        orders = orders.filter(store=store_id)
    if after is not None:
        placed_at, pk = after
        orders = orders.filter(placed_at__gte=placed_at).filter(
            Q(placed_at__gt=placed_at) | Q(pk__gt=pk)
        )
    return orders

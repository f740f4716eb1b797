"""Orders wait for goods until bins have them (FUL-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment.models import BackOrder, ShortPick
from fulfillment.services.allocating import FreeStock, free_stock
from fulfillment.services.planning import PLAN, hold_plan
from opsdesk.db import retrying
from opsdesk.errors import Conflict
from orders.models import Reservation

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Ended = BackOrder.Ended


def wait_for(
    order_id: int, shorts: Iterable[ShortPick], *, actor: User | None, at: datetime
) -> list[BackOrder]:
    """No wave takes the order until bins have what these short picks miss. The caller locked it."""
    return BackOrder.objects.bulk_create(
        BackOrder(
            order_id=order_id,
            warehouse_id=short.line.pick.wave.warehouse_id,
            sku_id=short.line.sku_id,
            pieces=short.pieces,
            short=short,
            since=at,
            set_by=actor,
        )
        for short in shorts
    )


def resume(*, short_id: int, actor: User | None, at: datetime) -> None:
    """The order may be planned again though bins don't have the goods. Raises NotAllowed, Conflict
    where it waits no longer."""
    shorts = ShortPick.objects.select_related("line__pick__wave__warehouse")
    require_right(PLAN, shorts.get(pk=short_id).line.pick.wave.warehouse, actor)
    waiting = BackOrder.objects.open().filter(short=short_id)
    if not waiting.update(ended_at=at, ended_because=Ended.RESUMED):
        raise Conflict(_("The order does not wait for these goods any more."))


def end_met(at: datetime) -> int:
    """Orders whose goods lie in bins now, or that are served otherwise, wait no longer.

    Who waited longest is served first; an order goes with all it waits for. Returns how many rows
    ended. Safe to repeat.
    """
    ended = _end_gone(at)
    warehouses = BackOrder.objects.open().order_by("warehouse").values_list("warehouse", flat=True)
    for warehouse_id in warehouses.distinct():
        ended += retrying(partial(_end_arrived, warehouse_id, at))
    return ended


def _end_gone(at: datetime) -> int:
    held = Reservation.objects.open().filter(
        line__order=OuterRef("order"), sku=OuterRef("sku"), warehouse=OuterRef("warehouse")
    )
    gone = BackOrder.objects.open().filter(~Exists(held))
    return gone.update(ended_at=at, ended_because=Ended.GONE)


@transaction.atomic
def _end_arrived(warehouse_id: int, at: datetime) -> int:
    hold_plan(warehouse_id)
    waiting: dict[int, list[BackOrder]] = defaultdict(list)
    rows = BackOrder.objects.open().filter(warehouse=warehouse_id).order_by("since", "pk")
    for row in rows:
        waiting[row.order_id].append(row)
    stock = free_stock(warehouse_id, {row.sku_id for row in rows})
    arrived = [row.pk for mine in waiting.values() if _is_there(mine, stock) for row in mine]
    done = BackOrder.objects.open().filter(pk__in=arrived)
    return done.update(ended_at=at, ended_because=Ended.ARRIVED)


def _is_there(rows: Sequence[BackOrder], stock: FreeStock) -> bool:
    """Whether bins have all of it; then it is taken for this order."""
    wanted: dict[int, int] = defaultdict(int)
    for row in rows:
        wanted[row.sku_id] += row.pieces
    if any(stock.pieces(sku_id) < pieces for sku_id, pieces in wanted.items()):
        return False
    for sku_id, pieces in wanted.items():
        stock.take(sku_id, pieces)
    return True

"""What has left the warehouse has left its bins, too: picked or not, shipped or lost (FUL-1).

Locks are taken in this order: pick lists by id, stock rows (the caller's), then bins by (bin, SKU).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from catalog.services.stock import Place
from fulfillment.models import BinMovement, BinStock, Pick, PickLine, Zone
from fulfillment.services import bins, waves
from fulfillment.services.allocating import FreeStock, free_stock
from fulfillment.services.bins import Shift

if TYPE_CHECKING:
    from opsdesk.stores.models import User

# What bins and pickers' totes hold beyond what is on hand. Orders that just left have no tote.
_EXCESS = """
    COALESCE((
        SELECT sum(s.quantity) FROM fulfillment_binstock s
        JOIN fulfillment_bin b ON b.id = s.bin_id
        WHERE s.sku_id = p.sku_id AND b.warehouse_id = p.warehouse_id
    ), 0) AS lying,
    COALESCE((
        SELECT sum(k.picked) FROM fulfillment_pickline k
        JOIN fulfillment_waveorder w ON w.id = k.wave_order_id
        JOIN orders_order o ON o.id = w.order_id
        WHERE k.sku_id = p.sku_id AND k.picked > 0 AND w.warehouse_id = p.warehouse_id
          AND w.left_at IS NULL AND o.fulfilment_state = 'reserved'
          AND w.order_id <> ALL (%(orders)s::bigint[])
    ), 0) AS fetched,
    COALESCE((
        SELECT l.available + l.reserved + l.damaged FROM catalog_stocklevel l
        WHERE l.sku_id = p.sku_id AND l.warehouse_id = p.warehouse_id
    ), 0) AS on_hand
"""
_OF_ORDERS = f"""
WITH gone AS (
    SELECT l.order_id, r.sku_id, r.warehouse_id, r.line_id, r.quantity - COALESCE((
        SELECT sum(k.picked) FROM fulfillment_pickline k
        JOIN fulfillment_waveorder w ON w.id = k.wave_order_id
        WHERE w.order_id = l.order_id AND w.warehouse_id = r.warehouse_id AND w.left_at IS NULL
          AND k.line_id = r.line_id AND k.sku_id = r.sku_id
    ), 0) AS unpicked
    FROM orders_orderline l
    JOIN orders_reservation r ON r.line_id = l.id AND r.state = 'shipped'
    WHERE l.order_id = ANY (%(orders)s::bigint[])
), places AS (
    SELECT p.sku_id, p.warehouse_id, {_EXCESS}
    FROM (SELECT DISTINCT sku_id, warehouse_id FROM gone) p
)
SELECT g.sku_id, g.warehouse_id, g.order_id, GREATEST(g.unpicked, 0),
       p.lying + p.fetched - p.on_hand
FROM gone g JOIN places p USING (sku_id, warehouse_id)
WHERE p.lying > 0 AND (g.unpicked > 0 OR p.lying + p.fetched > p.on_hand)
   OR EXISTS (
        SELECT FROM fulfillment_waveorder w
        JOIN fulfillment_pickline k ON k.wave_order_id = w.id AND k.state = 'open'
        WHERE w.order_id = g.order_id
   )
ORDER BY g.order_id, g.line_id, g.sku_id
"""
# Where no bins are kept, nothing is looked for.
LAY_IN_BINS = "goods_lay_in_bins(%(ids)s::bigint[])"
_OF_PLACES = f"""
SELECT sku_id, warehouse_id, NULL::bigint, 0, lying + fetched - on_hand
FROM (
    SELECT p.sku_id, p.warehouse_id, {_EXCESS}
    FROM unnest(%(skus)s::bigint[], %(warehouses)s::bigint[]) AS p (sku_id, warehouse_id)
) found
WHERE lying > 0 AND lying + fetched > on_hand
ORDER BY sku_id
"""


@dataclass
class _Leaving:
    """Pieces of one SKU that are to leave the bins of a warehouse."""

    # (order id, pieces) that nobody fetched from a bin.
    unpicked: list[tuple[int, int]] = field(default_factory=list)
    # Beyond what is on hand, before anything was taken.
    excess: int = 0


def orders_left(order_ids: Sequence[int], actor: User | None, at: datetime) -> None:
    """Pieces that left with these orders lie in no bin and are on no pick list any more (FUL-1).

    What nobody picked is taken from where a picker would have gone. In the transaction that ships,
    which holds orders and stock rows; one statement where all was picked or nothing lies in bins.
    """
    facts = {"orders": list(order_ids)}
    if not _asked(_OF_ORDERS, facts):
        return
    _end_pick_lists(order_ids, at)
    # Asked anew: a picker may have fetched some while we waited for the pick list.
    _take(_sorted(_asked(_OF_ORDERS, facts)), actor=actor, at=at)


def pieces_lost(places: Collection[Place], actor: User | None, at: datetime) -> None:
    """Bins hold no more than is on hand, after a count, a transfer or a write-off (CAT-7).

    What lay in no bin is what went first. The caller holds the stock rows; one statement where
    nothing is to be done.
    """
    ordered = sorted(places)
    facts = {
        "orders": [],
        "skus": [sku for sku, _warehouse in ordered],
        "warehouses": [warehouse for _sku, warehouse in ordered],
    }
    found = _asked(_OF_PLACES, facts)
    if found:
        _take(_sorted(found), actor=actor, at=at)


def _asked(statement: str, facts: dict[str, Any]) -> list[tuple[int, int, int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return cursor.fetchall()


def _sorted(
    found: Sequence[tuple[int, int, int, int, int]],
) -> dict[int, dict[int, _Leaving]]:
    """Warehouse id → SKU id → what leaves."""
    leaving: dict[int, dict[int, _Leaving]] = defaultdict(lambda: defaultdict(_Leaving))
    for sku_id, warehouse_id, order_id, pieces, excess in found:
        entry = leaving[warehouse_id][sku_id]
        entry.excess = max(excess, 0)
        if pieces:
            entry.unpicked.append((order_id, pieces))
    return leaving


def _end_pick_lists(order_ids: Sequence[int], at: datetime) -> None:
    """Nobody fetches any more what has left."""
    lines = PickLine.objects.open().filter(wave_order__order__in=list(order_ids))
    picks = Pick.objects.filter(pk__in=lines.values("pick"))
    held = [pick.pk for pick in picks.locked()]
    if held:
        lines.filter(pick__in=held).update(state=PickLine.State.DROPPED)
        waves.end_picks(held, at=at)


def _take(leaving: dict[int, dict[int, _Leaving]], *, actor: User | None, at: datetime) -> None:
    skus = {sku_id for mine in leaving.values() for sku_id in mine}
    rows = list(
        BinStock.objects.locked()
        .filter(bin__warehouse__in=leaving, sku__in=skus, quantity__gt=0)
        .select_related("bin__zone")
    )
    shifts: list[Shift] = []
    for warehouse_id, mine in sorted(leaving.items()):
        here = [row for row in rows if row.bin.warehouse_id == warehouse_id]
        shelves = _Shelves(here, free_stock(warehouse_id, mine))
        for sku_id, entry in sorted(mine.items()):
            shelves.empty(sku_id, entry)
        shifts += shelves.shifts
    bins.take_held(rows, shifts, actor=actor, at=at)


class _Shelves:
    """Stock of a warehouse's bins that the caller holds; taking from it is remembered here only."""

    def __init__(self, rows: Sequence[BinStock], free: FreeStock) -> None:
        self.rows = sorted(rows, key=_last_resort)
        self.lying = {(row.bin_id, row.sku_id): row.quantity for row in rows}
        self.free = free
        self.shifts: list[Shift] = []

    def empty(self, sku_id: int, leaving: _Leaving) -> None:
        """What nobody picked is out, as a picker would take it; then what is not on hand."""
        taken = sum(
            self._take_free(sku_id, pieces, f"order:{order_id}")
            for order_id, pieces in leaving.unpicked
        )
        taken += self._take_free(sku_id, leaving.excess - taken)
        for row in self.rows:
            part = min(leaving.excess - taken, self.lying[row.bin_id, row.sku_id])
            if row.sku_id == sku_id and part > 0:
                self._take(row.bin_id, sku_id, part)
                taken += part

    def _take_free(self, sku_id: int, pieces: int, reference: str = "") -> int:
        if pieces <= 0:
            return 0
        found = [(place, part) for place, part in self.free.take(sku_id, pieces) if place]
        for place, part in found:
            self._take(place.pk, sku_id, part, reference)
        return sum(part for _place, part in found)

    def _take(self, bin_id: int, sku_id: int, pieces: int, reference: str = "") -> None:
        self.lying[bin_id, sku_id] -= pieces
        self.shifts.append(Shift(bin_id, sku_id, -pieces, BinMovement.Kind.LEFT, reference))


def _last_resort(row: BinStock) -> tuple[bool, int]:
    """Where nobody picks comes first, what other pick lists count on last."""
    is_walked = row.bin.is_active and row.bin.zone.kind != Zone.Kind.RETURNS
    return is_walked, row.bin_id

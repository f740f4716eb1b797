"""Which bin pieces are fetched from (FUL-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Sum

from fulfillment.models import Bin, BinStock, PickLine, Zone


@dataclass
class Shelf:
    """Free pieces of a SKU in a bin: those that lie there and no open pick list counts on."""

    bin: Bin
    free: int

    @property
    def is_pick(self) -> bool:
        return self.bin.zone.kind == Zone.Kind.PICK


@dataclass
class FreeStock:
    """What can still be planned of a warehouse's bins; taking from it is remembered here only."""

    shelves: dict[int, list[Shelf]] = field(default_factory=lambda: defaultdict(list))

    def pieces(self, sku_id: int, zone_id: int | None = None) -> int:
        return sum(shelf.free for shelf in self._of(sku_id, zone_id))

    def take(
        self, sku_id: int, pieces: int, zone_id: int | None = None
    ) -> list[tuple[Bin | None, int]]:
        """(bin, pieces) of as few bins as there can be, of picking zones first.

        What lies in no bin comes last, with None.
        """
        taken: list[tuple[Bin | None, int]] = []
        shelves = self._of(sku_id, zone_id)
        for is_pick in (True, False):
            here = [shelf for shelf in shelves if shelf.is_pick is is_pick and shelf.free]
            for shelf in _fewest(here, pieces):
                part = min(shelf.free, pieces)
                shelf.free -= part
                pieces -= part
                taken.append((shelf.bin, part))
        if pieces:
            taken.append((None, pieces))
        return taken

    def _of(self, sku_id: int, zone_id: int | None) -> list[Shelf]:
        shelves = self.shelves.get(sku_id, [])
        return [shelf for shelf in shelves if zone_id in (None, shelf.bin.zone_id)]


def _fewest(shelves: Sequence[Shelf], pieces: int) -> list[Shelf]:
    """The smallest bin that has all of them, else the fullest ones until they are enough.

    Small rests are emptied that way, and full bins stay for who needs many.
    """
    if not pieces:
        return []
    enough = [shelf for shelf in shelves if shelf.free >= pieces]
    if enough:
        return [min(enough, key=lambda shelf: (shelf.free, shelf.bin.pk))]
    chosen = []
    for shelf in sorted(shelves, key=lambda shelf: (-shelf.free, shelf.bin.pk)):
        if pieces <= 0:
            break
        chosen.append(shelf)
        pieces -= shelf.free
    return chosen


def free_stock(warehouse_id: int, sku_ids: Iterable[int]) -> FreeStock:
    """Free pieces of these SKUs in the bins in use, but not where returns lie. Two queries."""
    wanted = list(sku_ids)
    counted_on = _counted_on(warehouse_id, wanted)
    rows = (
        BinStock.objects.filter(
            bin__warehouse=warehouse_id, bin__is_active=True, sku__in=wanted, quantity__gt=0
        )
        .exclude(bin__zone__kind=Zone.Kind.RETURNS)
        .select_related("bin__zone")
        .order_by("bin_id", "sku_id")
    )
    stock = FreeStock()
    for row in rows:
        free = row.quantity - counted_on.get((row.bin_id, row.sku_id), 0)
        if free > 0:
            stock.shelves[row.sku_id].append(Shelf(row.bin, free))
    return stock


def _counted_on(warehouse_id: int, sku_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    lines = PickLine.objects.open().filter(bin__warehouse=warehouse_id, sku__in=sku_ids)
    rows = lines.order_by().values_list("bin_id", "sku_id")
    return {
        (bin_id, sku_id): pieces
        for bin_id, sku_id, pieces in rows.annotate(pieces=Sum(F("wanted") - F("picked")))
    }

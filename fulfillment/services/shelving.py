"""Bins come into being by the aisle, with labels that say where they are (FUL-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment.models import Bin, Zone
from opsdesk.errors import DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import User

ADD = "fulfillment.add_bin"
MOST_BINS = 5_000


@dataclass(frozen=True)
class Row:
    """Every level of every bay of these aisles; all begin with 1 but the aisles."""

    first_aisle: int
    last_aisle: int
    bays: int
    levels: int

    @property
    def bins(self) -> int:
        return (self.last_aisle - self.first_aisle + 1) * self.bays * self.levels

    def places(self) -> list[tuple[int, int, int]]:
        """(aisle, bay, level), aisle by aisle."""
        return [
            (aisle, bay, level)
            for aisle in range(self.first_aisle, self.last_aisle + 1)
            for bay in range(1, self.bays + 1)
            for level in range(1, self.levels + 1)
        ]


def add_bins(*, zone_id: int, row: Row, actor: User | None) -> int:
    """The zone has these bins; returns how many are new. Those that were there stay as they are.

    Labels are made as zone-aisle-bay-level, such as A-03-12-2. Raises NotAllowed.
    """
    zone = Zone.objects.select_related("warehouse").get(pk=zone_id)
    require_right(ADD, zone.warehouse, actor)
    if not 1 <= row.bins <= MOST_BINS:
        raise DomainError(_("Make 1 to %(most)s bins at once.") % {"most": MOST_BINS})
    bins = [
        Bin(
            warehouse_id=zone.warehouse_id,
            zone=zone,
            code=f"{zone.code}-{aisle:02}-{bay:02}-{level}",
            aisle=aisle,
            bay=bay,
            level=level,
        )
        for aisle, bay, level in row.places()
    ]
    known = Bin.objects.filter(warehouse=zone.warehouse_id, code__in=[each.code for each in bins])
    new = len(bins) - known.count()
    Bin.objects.bulk_create(bins, ignore_conflicts=True, batch_size=1_000)
    return new

"""Orders whose goods are still being fetched, and whether they may be packed meanwhile (FUL-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Warehouse
from fulfillment.models import PickLine, Wave
from opsdesk.errors import Conflict
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

PACK_AFTER_PICKING = Setting(
    key="fulfillment.pack_after_picking",
    clause="FUL-1",
    title=gettext_lazy("Orders of a wave are packed only once they are picked"),
    default=Decimal(0),
    unit=Unit.SWITCH,
    maximum=Decimal(1),
)


class NotPicked(Conflict):
    """Goods of the order are still in their bins. Facts: `wave`, `pieces`."""

    code = "not_picked"


def wave_of_unpicked(order_ids: Sequence[int], warehouse_id: int) -> tuple[Wave, int] | None:
    """The wave that still fetches goods of these orders, and how many pieces; None: none does."""
    lines = PickLine.objects.open().filter(
        wave_order__order__in=list(order_ids),
        wave_order__warehouse=warehouse_id,
        wave_order__left_at=None,
    )
    waiting = list(lines.select_related("pick__wave").order_by("pk"))
    if not waiting:
        return None
    return waiting[0].pick.wave, sum(line.left for line in waiting)


def refuse_unpicked(order_ids: Sequence[int], warehouse: Warehouse, at: datetime) -> None:
    """Raises NotPicked where the procedure wants goods picked before they are packed."""
    number = procedure.number_of(PACK_AFTER_PICKING.key, store=warehouse.store, at=at)
    found = wave_of_unpicked(order_ids, warehouse.pk) if number.value else None
    if found is not None:
        wave, pieces = found
        raise NotPicked(
            _("%(pieces)s pieces of this order are still to be picked with wave %(wave)s.")
            % {"pieces": pieces, "wave": wave},
            wave=wave.number,
            pieces=pieces,
        )

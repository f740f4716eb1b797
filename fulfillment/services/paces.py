"""How many parcels a warehouse ships in a working hour: said for it, for its store, or seen
(FUL-2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from catalog.services.handling import require_right
from fulfillment.models import WarehousePace
from fulfillment.services.late_risks import FORTNIGHT, LEAST_PARCELS, PACE
from opsdesk.errors import DomainError
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SET = "fulfillment.add_warehousepace"

_SEEN = """
SELECT count(*), (work_done(%(store)s, %(at)s) - work_done(%(store)s, %(since)s)) / 3600
FROM fulfillment_parcel
WHERE warehouse_id = %(warehouse)s AND handed_over_at >= %(since)s AND handed_over_at < %(at)s
"""


@dataclass(frozen=True)
class Pace:
    """Parcels in a working hour; `is_seen` where nobody said so and the last fortnight tells."""

    per_hour: Decimal
    is_seen: bool = False


def set_pace(
    *,
    warehouse_id: int,
    per_hour: int,
    valid_from: datetime,
    reason: str,
    actor: User | None,
    at: datetime,
) -> WarehousePace:
    """From that moment on the warehouse ships so many parcels in a working hour; 0 takes it back.

    Raises NotAllowed, and DomainError for a moment that is past: what was told then stays true.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(SET, warehouse, actor)
    if valid_from < at:
        raise DomainError(_("A pace holds from now on or later."))
    return WarehousePace.objects.create(
        warehouse=warehouse,
        per_hour=per_hour,
        valid_from=valid_from,
        reason=reason.strip(),
        set_by=actor,
        set_at=at,
    )


def pace_of(warehouse: Warehouse, *, at: datetime) -> Pace | None:
    """What is said of the warehouse, else of its store, else what its last fortnight tells.

    None where too few parcels left in the fortnight.
    """
    own = WarehousePace.objects.filter(warehouse=warehouse).valid_at(at).first()
    if own is not None and own.per_hour:
        return Pace(Decimal(own.per_hour))
    numbers = procedure.numbers_of(
        [PACE.key, LEAST_PARCELS.key], store=warehouse.store, channel=None, at=at
    )
    if numbers[PACE.key].value:
        return Pace(numbers[PACE.key].value)
    facts: dict[str, Any] = {
        "store": warehouse.store_id,
        "warehouse": warehouse.pk,
        "at": at,
        "since": at - FORTNIGHT,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, facts)
        parcels, hours = cursor.fetchone()
    if parcels < numbers[LEAST_PARCELS.key].value or not hours:
        return None
    return Pace(round(Decimal(parcels) / Decimal(hours), 1), is_seen=True)

"""The packing station: whatever is scanned is understood by where the parcel stands (FUL-1).

A scan has a key that its station made. However often the station sends it, because no answer came
back, it works once and is answered the same each time. Locks: the key, then as `packing` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from catalog.services.handling import require_right
from fulfillment.models import Parcel, ParcelOrder, Pick, PickLine, StationScan
from fulfillment.services import box_stock, packing
from fulfillment.station_words import shown
from fulfillment.waybills import folded
from opsdesk.db import lock_name, retrying
from opsdesk.errors import Conflict, DomainError
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import User

CLOSE, CANCEL, LEAVE = "CMD-CLOSE", "CMD-CANCEL", "CMD-NEXT"
_WEIGHT = re.compile(r"(\d{1,6})(?:[.,](\d{1,3}))?\s*(kg|g)?", re.IGNORECASE)
HEAVIEST_GRAMS = 200_000


class NothingFound(DomainError):
    """No order and no parcel of this warehouse is called what was scanned."""

    code = "nothing_found"


@dataclass(frozen=True)
class Scan:
    """What a station read, and what it had open: a parcel, and the service that is chosen."""

    key: UUID
    text: str
    warehouse_id: int
    parcel_id: int | None = None
    service_id: int | None = None


def take_scan(scan: Scan, *, actor: User, at: datetime) -> dict[str, Any]:
    """The scan has worked, or is refused with its reason; the answer says how the parcel stands.

    The same key again is answered as the first time and does nothing. Raises NotAllowed.
    """
    return retrying(partial(_take, scan, actor=actor, at=at))


@transaction.atomic
def _take(scan: Scan, *, actor: User, at: datetime) -> dict[str, Any]:
    lock_name(f"station:{actor.pk}:{scan.key}")
    known = StationScan.objects.filter(person=actor, key=scan.key).first()
    if known is not None:
        return known.answer
    warehouse = Warehouse.objects.get(pk=scan.warehouse_id)
    require_right(packing.PACK, warehouse, actor)
    answer = _answered(scan, warehouse, actor, at)
    StationScan.objects.create(
        store_id=warehouse.store_id, person=actor, key=scan.key, answer=answer, at=at
    )
    return answer


def _answered(scan: Scan, warehouse: Warehouse, actor: User, at: datetime) -> dict[str, Any]:
    parcel = _open_here(scan, warehouse)
    try:
        with transaction.atomic():
            parcel, words = _worked(scan, parcel, warehouse, actor, at)
    except DomainError as refusal:
        return _answer(parcel, "wrong", str(refusal.message), refusal.code)
    return _answer(parcel, "done" if parcel is None or _is_over(parcel) else "right", words)


def _answer(parcel: Parcel | None, sound: str, words: str, code: str = "") -> dict[str, Any]:
    if parcel is not None:
        parcel.refresh_from_db()
    return {
        "sound": sound,
        "message": words,
        "code": code,
        "parcel": shown(parcel) if parcel is not None else None,
    }


def _is_over(parcel: Parcel) -> bool:
    """There is nothing more to do with it at the station."""
    return parcel.state != Parcel.State.OPEN and bool(parcel.waybill)


def _open_here(scan: Scan, warehouse: Warehouse) -> Parcel | None:
    if scan.parcel_id is None:
        return None
    return Parcel.objects.filter(warehouse=warehouse, pk=scan.parcel_id).first()


def _worked(
    scan: Scan, parcel: Parcel | None, warehouse: Warehouse, actor: User, at: datetime
) -> tuple[Parcel | None, str]:
    text = scan.text.strip()
    if parcel is None or _is_over(parcel) or parcel.state == Parcel.State.CANCELLED:
        return _found(text, warehouse, actor, at)
    command = text.upper()
    if command == LEAVE:
        return None, _("Put aside. Scan the next order.")
    if command == CANCEL:
        packing.cancel_parcel(
            parcel_id=parcel.pk, reason=_("Given up at the station"), actor=actor, at=at
        )
        return None, _("%(parcel)s holds nothing any more.") % {"parcel": parcel}
    if parcel.state == Parcel.State.PACKED:
        return _labelled(parcel, text, scan.service_id, actor, at)
    return _filled(parcel, text, actor, at)


def _found(text: str, warehouse: Warehouse, actor: User, at: datetime) -> tuple[Parcel | None, str]:
    """What a number opens: an order, or a parcel by its own number or its waybill."""
    if text.upper() in (LEAVE, CLOSE, CANCEL):
        return None, _("Scan an order.")
    parcel = _parcel_called(text, warehouse)
    if parcel is None:
        order = _order_called(text, warehouse)
        if order is None:
            raise NothingFound(
                _("No order and no parcel here is called %(text)s.") % {"text": text}, text=text
            )
        parcel = packing.open_parcel(
            order_id=order.pk, warehouse_id=warehouse.pk, actor=actor, at=at
        )
    elif parcel.state == Parcel.State.OPEN and parcel.opened_by_id != actor.pk:
        raise Conflict(
            _("%(person)s is packing this order: parcel %(parcel)s.")
            % {"person": parcel.opened_by or _("A program"), "parcel": parcel}
        )
    elif parcel.state not in Parcel.HERE:
        raise Conflict(
            _("Parcel %(parcel)s is %(state)s.")
            % {"parcel": parcel, "state": parcel.get_state_display()},
            state=parcel.state,
        )
    return parcel, _("Parcel %(parcel)s is open.") % {"parcel": parcel}


def _order_called(text: str, warehouse: Warehouse) -> Order | None:
    """By its number; of a pick list, the next of its orders that nobody has packed."""
    found = Order.objects.filter(store=warehouse.store_id, external_number=text).first()
    if found is not None:
        return found
    pick = Pick.objects.filter(wave__warehouse=warehouse).numbered(text).first()
    if pick is None:
        return None
    fetched = pick.lines.filter(state=PickLine.State.PICKED).values("wave_order__order")
    packed = ParcelOrder.objects.filter(parcel__in=Parcel.objects.standing(), order=OuterRef("pk"))
    orders = Order.objects.to_ship().filter(pk__in=fetched)
    order = orders.exclude(Exists(packed)).order_by("pk").first()
    if order is None:
        raise Conflict(_("No order of pick list %(pick)s is left to pack.") % {"pick": pick})
    return order


def _parcel_called(text: str, warehouse: Warehouse) -> Parcel | None:
    here = Parcel.objects.filter(warehouse=warehouse).select_related("opened_by")
    found = here.numbered(text).first()
    if found is not None:
        return found
    return here.standing().filter(waybill=folded(text)).exclude(waybill="").first()


def _filled(parcel: Parcel, text: str, actor: User, at: datetime) -> tuple[Parcel, str]:
    """An item goes in or out; once nothing is owed, a weight closes the parcel."""
    if text.upper() == CLOSE:
        return _closed(parcel, None, actor, at)
    if text.startswith("-"):
        packing.take_out(parcel_id=parcel.pk, code=text[1:], actor=actor, at=at)
        return parcel, _("%(code)s is out again.") % {"code": text[1:].strip()}
    orders = list(parcel.parcel_orders.values_list("order_id", flat=True))
    grams = grams_of(text)
    if grams is not None and not packing.owed(orders, parcel.warehouse_id):
        return _closed(parcel, grams, actor, at)
    try:
        packing.pack_item(parcel_id=parcel.pk, code=text, actor=actor, at=at)
    except packing.WrongItem:
        box = box_stock.box_called(text, parcel)
        if box is None:
            raise
        box_stock.choose_box(parcel, box, at=at)
        return parcel, _("It goes into box %(box)s.") % {"box": box}
    return parcel, _("%(code)s is in.") % {"code": text}


def _closed(parcel: Parcel, grams: int | None, actor: User, at: datetime) -> tuple[Parcel, str]:
    packing.close_parcel(parcel_id=parcel.pk, weight_grams=grams, actor=actor, at=at)
    return parcel, _("Packed. Scan the waybill.")


def _labelled(
    parcel: Parcel, text: str, service_id: int | None, actor: User, at: datetime
) -> tuple[Parcel, str]:
    if service_id is None:
        raise DomainError(_("Choose who carries it."))
    label = packing.Label(service_id, text)
    packing.label_parcel(parcel_id=parcel.pk, label=label, actor=actor, at=at)
    return Parcel.objects.get(pk=parcel.pk), _("Done: %(waybill)s.") % {"waybill": folded(text)}


def grams_of(text: str) -> int | None:
    """As scales and people write weights: 750, 750 g, 0.75 kg. None for anything else."""
    match = _WEIGHT.fullmatch(text.strip())
    if match is None:
        return None
    whole, part, unit = match.groups()
    in_kilos = (unit or ("kg" if part else "g")).lower() == "kg"
    if part and not in_kilos:
        return None
    grams = int(whole) * 1000 + int((part or "").ljust(3, "0")) if in_kilos else int(whole)
    return grams if 0 < grams <= HEAVIEST_GRAMS else None

"""Parcels are filled, closed, labelled (FUL-1, FUL-3).

Locks are taken in this order: orders by id, parcels by id, then stock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from catalog.services.handling import require_right
from fulfillment.models import CarrierService, Parcel, ParcelItem, ParcelOrder
from fulfillment.scanning import skus_scanned
from fulfillment.services import costing
from fulfillment.services.unpicked import refuse_unpicked
from fulfillment.waybills import checked, cleaned
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from orders.models import Order, Reservation
from orders.services import lifecycle
from orders.services import parcels as together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsdesk.stores.models import User

PACK = "fulfillment.pack_parcel"
MOST_REASON = 200

Pieces = Counter[tuple[int, int]]  # (line id, SKU id) → pieces


class WrongItem(DomainError):
    """What was scanned does not belong into this parcel."""

    code = "wrong_item"


class TooMany(DomainError):
    """All pieces of it that the parcel's orders are owed are packed."""

    code = "too_many"


class WaybillTaken(Conflict):
    """The carrier's waybill is another parcel's."""

    code = "waybill_taken"


Closed = Callable[[Parcel, "User | None", datetime], None]
_closed: list[Closed] = []


def on_close(listener: Closed) -> None:
    """Call `listener(parcel, actor, at)` when a parcel is packed, in that transaction."""
    if listener not in _closed:
        _closed.append(listener)


@dataclass(frozen=True)
class Label:
    """How a parcel travels, and the number under which its carrier knows it."""

    service_id: int
    waybill: str


def owed(order_ids: Sequence[int], warehouse_id: int) -> Pieces:
    """The pieces of these orders that are reserved in the warehouse and in no parcel yet."""
    reserved = Reservation.objects.open().filter(
        line__order__in=list(order_ids), warehouse=warehouse_id
    )
    pieces: Pieces = Counter()
    for line_id, sku_id, quantity in reserved.values_list("line_id", "sku_id", "quantity"):
        pieces[line_id, sku_id] += quantity
    packed = (
        ParcelItem.objects.filter(line__order__in=list(order_ids))
        .exclude(parcel__state=Parcel.State.CANCELLED)
        .values_list("line_id", "sku_id")
        .annotate(pieces=Sum("quantity"))
    )
    for line_id, sku_id, quantity in packed.order_by():
        pieces[line_id, sku_id] -= quantity
    return +pieces


def open_parcel(*, order_id: int, warehouse_id: int, actor: User | None, at: datetime) -> Parcel:
    """A parcel of the order, and of those that leave with it, to put items into.

    Who opened it already goes on with it. Raises NotAllowed; Conflict where somebody else packs the
    order, which names them, or where it is not to be shipped from here. Locks the orders.
    """
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(PACK, warehouse, actor)
    return retrying(partial(_open, order_id, warehouse, actor=actor, at=at))


@transaction.atomic
def _open(order_id: int, warehouse: Warehouse, *, actor: User | None, at: datetime) -> Parcel:
    ids = together.with_companions([order_id])
    orders = Order.objects.filter(pk__in=ids, store=warehouse.store_id).to_ship().locked()
    ready = [order.pk for order in orders]
    if order_id not in ready or len(ready) < len(ids):
        raise not_ready(Order.objects.get(pk=order_id))
    started = Parcel.objects.filter(parcel_orders__order=order_id, state=Parcel.State.OPEN).first()
    if started is not None:
        return _gone_on_with(started, actor)
    refuse_unpicked(ready, warehouse, at)
    if not owed(ready, warehouse.pk):
        raise Conflict(
            _("Nothing of this order is left to pack in %(place)s.") % {"place": warehouse}
        )
    parcel = Parcel.objects.create(
        store_id=warehouse.store_id, warehouse=warehouse, opened_at=at, opened_by=actor
    )
    ParcelOrder.objects.bulk_create(ParcelOrder(parcel=parcel, order_id=pk) for pk in ready)
    lifecycle.touch_orders(ready)
    return parcel


def _gone_on_with(parcel: Parcel, actor: User | None) -> Parcel:
    if parcel.opened_by != actor:
        raise Conflict(
            _("%(person)s is packing this order: parcel %(parcel)s.")
            % {"person": parcel.opened_by or _("A program"), "parcel": parcel},
            parcel=parcel.number,
            packer_id=parcel.opened_by_id,
        )
    return parcel


def not_ready(order: Order) -> Conflict:
    """Why an order is not to be packed, and what to do."""
    return Conflict(
        _(
            "Order %(number)s is not to be packed: %(fulfilment)s, review %(review)s. "
            "Put its goods aside and ask who reviews orders."
        )
        % {
            "number": order,
            "fulfilment": order.get_fulfilment_state_display(),
            "review": order.get_review_state_display(),
        },
        state=order.fulfilment_state,
        review=order.review_state,
    )


def pack_item(
    *, parcel_id: int, code: str, pieces: int = 1, actor: User | None, at: datetime
) -> ParcelItem:
    """So many pieces of the scanned article are in the parcel.

    `code` is the SKU's code, one it is also known by, or its barcode. Raises WrongItem and TooMany,
    Conflict for a parcel that is closed, NotAllowed. Locks the parcel.
    """
    if pieces < 1:
        raise DomainError(_("Pack one piece or more."))
    return retrying(partial(_pack, parcel_id, code.strip(), pieces, actor=actor))


@transaction.atomic
def _pack(parcel_id: int, code: str, pieces: int, *, actor: User | None) -> ParcelItem:
    parcel = _held(parcel_id, actor, Parcel.State.OPEN)
    orders = list(parcel.parcel_orders.values_list("order_id", flat=True))
    left = owed(orders, parcel.warehouse_id)
    sku_id = _sku_of(parcel, code, left)
    lines = sorted(line for (line, sku), _left in left.items() if sku == sku_id)
    place = next((line for line in lines if left[line, sku_id] >= pieces), None)
    if place is None:
        raise TooMany(
            _("%(code)s: no more pieces belong into this parcel.") % {"code": code},
            code=code,
            left=sum(left[line, sku_id] for line in lines),
        )
    item, is_new = ParcelItem.objects.get_or_create(
        parcel=parcel, line_id=place, sku_id=sku_id, defaults={"quantity": pieces}
    )
    if not is_new:
        ParcelItem.objects.filter(pk=item.pk).update(quantity=F("quantity") + pieces)
        item.refresh_from_db()
    return item


def take_out(*, parcel_id: int, code: str, actor: User | None, at: datetime) -> None:
    """One piece of the scanned article is out of the parcel again.

    Raises WrongItem where none is in it, Conflict for a parcel that is closed. Locks the parcel.
    """
    retrying(partial(_take_out, parcel_id, code.strip(), actor=actor))


@transaction.atomic
def _take_out(parcel_id: int, code: str, *, actor: User | None) -> None:
    parcel = _held(parcel_id, actor, Parcel.State.OPEN)
    ids = skus_scanned(store_id=parcel.store_id, code=code)
    item = parcel.items.filter(sku__in=ids).order_by("-line_id").first()
    if item is None:
        raise WrongItem(_("%(code)s is not in this parcel.") % {"code": code}, code=code)
    if item.quantity == 1:
        item.delete()
    else:
        ParcelItem.objects.filter(pk=item.pk).update(quantity=F("quantity") - 1)


def _sku_of(parcel: Parcel, code: str, left: Pieces) -> int:
    """The SKU that was scanned, of those the orders have. Raises WrongItem, or TooMany."""
    ids = skus_scanned(store_id=parcel.store_id, code=code)
    owed_here = ids & {sku for _line, sku in left}
    if owed_here:
        return min(owed_here)
    if ids and parcel.items.filter(sku__in=ids).exists():
        return min(ids)  # All of it is packed: said with the pieces that are left.
    raise WrongItem(
        _("%(code)s does not belong into this parcel. Put it back.") % {"code": code}, code=code
    )


def close_parcel(
    *,
    parcel_id: int,
    weight_grams: int | None,
    actor: User | None,
    at: datetime,
    size_mm: tuple[int, int, int] | None = None,
) -> Parcel:
    """The parcel is packed and weighs so much. What it lacks may follow in another parcel.

    Raises Conflict where it is not being packed, DomainError for an empty one. Locks the parcel.
    """
    return retrying(partial(_close, parcel_id, weight_grams, size_mm, actor=actor, at=at))


@transaction.atomic
def _close(
    parcel_id: int,
    weight_grams: int | None,
    size_mm: tuple[int, int, int] | None,
    *,
    actor: User | None,
    at: datetime,
) -> Parcel:
    parcel = _held(parcel_id, actor, Parcel.State.OPEN)
    if not parcel.items.exists():
        raise DomainError(_("The parcel is empty: scan what goes into it."))
    length, width, height = size_mm or (None, None, None)
    # Two orders were to leave together and one is not in it: it isn't that one's parcel.
    filled = parcel.items.values("line__order")
    parcel.parcel_orders.exclude(order__in=filled).delete()
    parcel.weight_grams = weight_grams
    parcel.length_mm, parcel.width_mm, parcel.height_mm = length, width, height
    closed = _changed(
        parcel,
        freight_cost=costing.expect_cost(parcel, parcel.service, at=at),
        state=Parcel.State.PACKED,
        packed_at=at,
        packed_by=actor,
        weight_grams=weight_grams,
        length_mm=length,
        width_mm=width,
        height_mm=height,
    )
    for listener in _closed:
        listener(closed, actor, at)
    return closed


def label_parcel(*, parcel_id: int, label: Label, actor: User | None, at: datetime) -> Parcel:
    """The parcel has carrier, service and waybill (FUL-3). The same label again changes nothing.

    What the carrier should ask for it is kept with it, by the price table of the day (FUL-5).
    Raises BadWaybill where the carrier does not write waybills so; WaybillTaken, which names the
    other parcel; Conflict where it has another label or has left: cancel it and pack anew. Locks
    the parcel.
    """
    return retrying(partial(_label, parcel_id, label, actor=actor, at=at))


def _label(parcel_id: int, label: Label, *, actor: User | None, at: datetime) -> Parcel:
    waybill = cleaned(label.waybill)
    with transaction.atomic():
        parcel = _held(parcel_id, actor, *Parcel.HERE)
        service = _service(parcel, label.service_id)
        if parcel.waybill == waybill and parcel.service_id == service.pk:
            return parcel
        checked(waybill, service.carrier)
        if parcel.waybill:
            raise Conflict(
                _("Parcel %(parcel)s has the waybill %(waybill)s: label it anew instead.")
                % {"parcel": parcel, "waybill": parcel.waybill},
                waybill=parcel.waybill,
            )
        try:
            with transaction.atomic():
                cost = costing.expect_cost(parcel, service, at=at)
                carried = {"carrier_id": service.carrier_id, "service": service}
                return _changed(parcel, waybill=waybill, freight_cost=cost, **carried)
        except IntegrityError as error:
            raise _taken(service.carrier_id, waybill) from error


def _service(parcel: Parcel, service_id: int) -> CarrierService:
    services = CarrierService.objects.active().filter(carrier__store=parcel.store_id)
    services = services.select_related("carrier")
    service = services.filter(pk=service_id).first()
    if service is None:
        raise DomainError(_("The store has no such carrier service."))
    return service


def _taken(carrier_id: int, waybill: str) -> DomainError:
    other = Parcel.objects.standing().filter(carrier=carrier_id, waybill=waybill).first()
    return WaybillTaken(
        _("The waybill %(waybill)s is parcel %(parcel)s's.")
        % {"waybill": waybill, "parcel": other or "?"},
        parcel=other.number if other else "",
    )


def cancel_parcel(*, parcel_id: int, reason: str, actor: User | None, at: datetime) -> Parcel:
    """The parcel holds nothing any more; its goods are to be packed anew.

    Raises Conflict once it was handed over. Locks the parcel.
    """
    if not reason.strip():
        raise DomainError(_("Say why: it is put on record."))
    return retrying(partial(_cancel, parcel_id, reason.strip()[:MOST_REASON], actor=actor, at=at))


@transaction.atomic
def _cancel(parcel_id: int, reason: str, *, actor: User | None, at: datetime) -> Parcel:
    parcel = _held(parcel_id, actor, *Parcel.HERE)
    return _changed(
        parcel,
        state=Parcel.State.CANCELLED,
        cancelled_at=at,
        cancelled_because=reason,
        manifest=None,
    )


def _held(parcel_id: int, actor: User | None, *states: str) -> Parcel:
    """The parcel, locked, in one of these states. Raises NotAllowed, Conflict."""
    parcel = Parcel.objects.select_related("warehouse", "opened_by").locked().get(pk=parcel_id)
    require_right(PACK, parcel.warehouse, actor)
    if parcel.state not in states:
        raise Conflict(
            _("Parcel %(parcel)s is %(state)s.")
            % {"parcel": parcel, "state": parcel.get_state_display()},
            state=parcel.state,
        )
    return parcel


def _changed(parcel: Parcel, **values: Any) -> Parcel:
    Parcel.objects.filter(pk=parcel.pk).update(version=F("version") + 1, **values)
    parcel.refresh_from_db()
    return parcel

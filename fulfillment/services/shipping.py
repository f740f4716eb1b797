"""Programs say what has left: packed, labelled and handed over in one step (FUL-2, FUL-3).

Many shipments take as many statements as one. Locks: orders by id, parcels by id, then stock.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from fulfillment.models import Parcel
from fulfillment.services import handing_over
from fulfillment.services.packing import Pieces, TooMany, WaybillTaken, WrongItem, not_ready
from fulfillment.services.shipping_ground import Known, Line, NotHere, Shipment, Yard, look_around
from fulfillment.waybills import checked
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User
    from orders.models import Order

MOST = 100
_TRIES = 3


@dataclass
class Confirmed:
    """What became of one shipment: its parcel, or why there is none. A repetition is not new."""

    parcel: Parcel | None = None
    refusal: DomainError | None = None
    is_new: bool = False


def confirm_shipments(
    shipments: Sequence[Shipment], *, store: Store, actor: User | None, at: datetime
) -> list[Confirmed]:
    """Each shipment has its parcel, or is refused for its own reason, whatever becomes of others.

    An order's parcels leave together: one that waits for another is packed until that is confirmed,
    too, be it in this call or a later one. A waybill that is known with the same content is the
    same parcel; with other content `WaybillTaken` names the first. Refusals: NotHere, BadWaybill,
    WaybillTaken, TooMany, WrongItem, Conflict. Raises DomainError for more than `MOST` shipments.
    """
    if len(shipments) > MOST:
        raise DomainError(_("At most %(most)s shipments at once.") % {"most": MOST})
    return retrying(partial(_until_settled, shipments, store, actor=actor, at=at))


def _until_settled(
    shipments: Sequence[Shipment], store: Store, *, actor: User | None, at: datetime
) -> list[Confirmed]:
    """Looks again when somebody else was first with a waybill: it is known then."""
    for _try in range(_TRIES):
        yard = look_around(shipments, store=store, actor=actor)
        planned: list[_Plan] = []
        outcomes = [_judged(shipment, yard, planned, actor, at) for shipment in shipments]
        if not planned or _carry_out(planned, yard, actor=actor, at=at):
            return outcomes
    raise Conflict(_("Somebody else tells the same waybills just now. Tell them again."))


@dataclass
class _Plan:
    """A parcel to be made, and what goes into it."""

    parcel: Parcel
    orders: list[Order]
    pieces: Pieces


def _judged(
    shipment: Shipment, yard: Yard, planned: list[_Plan], actor: User | None, at: datetime
) -> Confirmed:
    try:
        service = yard.service_of(shipment)
        waybill = checked(shipment.waybill, service.carrier)
        warehouse = yard.warehouse_of(shipment)
        orders = yard.orders_of(shipment)
        known = yard.known.get((service.carrier_id, waybill))
        if known is not None:
            return Confirmed(_same(known, shipment, yard, orders, service.pk))
        for order in orders:
            if not order.is_to_ship:
                raise not_ready(order)
        owed = _owed(orders, warehouse.pk, yard)
        pieces = owed if not shipment.items else _given(shipment.items, orders, owed, yard)
        if not pieces:
            raise Conflict(
                _("Nothing of this order is left to pack in %(place)s.") % {"place": warehouse}
            )
    except DomainError as refusal:
        return Confirmed(refusal=refusal)
    parcel = _parcel(shipment, store_id=warehouse.store_id, actor=actor, at=at)
    parcel.warehouse, parcel.service, parcel.carrier = warehouse, service, service.carrier
    parcel.waybill = waybill
    filled = {line for line, _sku in pieces}
    kept = [order for order in orders if filled & yard.lines_of(order.pk)]
    yard.take(pieces, warehouse.pk)
    yard.known[service.carrier_id, waybill] = Known(parcel, {o.pk for o in kept}, pieces)
    planned.append(_Plan(parcel, kept, pieces))
    return Confirmed(parcel, is_new=True)


def _parcel(shipment: Shipment, *, store_id: int, actor: User | None, at: datetime) -> Parcel:
    length, width, height = shipment.size_mm or (None, None, None)
    return Parcel(
        store_id=store_id,
        state=Parcel.State.PACKED,
        weight_grams=shipment.weight_grams,
        length_mm=length,
        width_mm=width,
        height_mm=height,
        freight_cost=shipment.freight_cost,
        opened_at=at,
        opened_by=actor,
        packed_at=at,
        packed_by=actor,
    )


def _owed(orders: Sequence[Order], warehouse_id: int, yard: Yard) -> Pieces:
    owed: Pieces = Counter()
    for order in orders:
        for line in yard.lines_of(order.pk):
            for (sku, warehouse), left in yard.owed[line].items():
                if warehouse == warehouse_id and left > 0:
                    owed[line, sku] += left
    return owed


def _given(items: Sequence[Line], orders: Sequence[Order], owed: Pieces, yard: Yard) -> Pieces:
    """Pieces of the shipment's orders by what it says is inside. Raises WrongItem, TooMany."""
    left: Pieces = Counter(owed)
    given: Pieces = Counter()
    by_number = {order.external_number: order.pk for order in orders}
    for item in items:
        sku = yard.sku_ids.get(item.sku_code)
        lines = sorted(line for line, its in left if its == sku and left[line, its] > 0)
        if item.order:
            its_lines = yard.lines_of(by_number.get(item.order, 0))
            lines = [line for line in lines if line in its_lines]
        if sku is None or (not lines and not any(its == sku for _line, its in owed)):
            raise WrongItem(
                _("%(code)s does not belong into this parcel. Put it back.")
                % {"code": item.sku_code},
                code=item.sku_code,
            )
        wanted = item.pieces
        for line in lines:
            taken = min(wanted, left[line, sku])
            left[line, sku] -= taken
            given[line, sku] += taken
            wanted -= taken
        if wanted > 0:
            raise TooMany(
                _("%(code)s: no more pieces belong into this parcel.") % {"code": item.sku_code},
                code=item.sku_code,
                left=item.pieces - wanted,
            )
    return +given


def _same(
    known: Known, shipment: Shipment, yard: Yard, orders: Sequence[Order], service_id: int
) -> Parcel:
    """The parcel that has the waybill, if it is this shipment. Raises WaybillTaken."""
    parcel = known.parcel
    given: Counter[int] = Counter()
    for item in shipment.items:
        given[yard.sku_ids.get(item.sku_code, 0)] += item.pieces
    inside: Counter[int] = Counter()
    for (_line, sku), pieces in known.pieces.items():
        inside[sku] += pieces
    agree = (
        parcel.service_id == service_id
        and parcel.warehouse_id == yard.warehouse_of(shipment).pk
        and known.order_ids == {order.pk for order in orders}
        and (not given or given == inside)
        and shipment.weight_grams in (None, parcel.weight_grams)
        and shipment.freight_cost in (None, parcel.freight_cost)
    )
    if not agree and parcel.pk is None:
        raise WaybillTaken(
            _("The waybill %(waybill)s stands here twice.") % {"waybill": parcel.waybill}
        )
    if not agree:
        raise WaybillTaken(
            _("The waybill %(waybill)s is parcel %(parcel)s's.")
            % {"waybill": parcel.waybill, "parcel": parcel},
            parcel=parcel.number,
            shipment=str(parcel.pk),
        )
    return parcel


def _carry_out(plans: Sequence[_Plan], yard: Yard, *, actor: User | None, at: datetime) -> bool:
    """The parcels exist; those whose orders are whole have left with what waited for them.

    False, and nothing is done: somebody else has one of the waybills by now.
    """
    waiting, order_ids = _leaving(plans, yard)
    gone = set(order_ids)
    for plan in plans:
        if gone.issuperset(order.pk for order in plan.orders):
            plan.parcel.state = Parcel.State.HANDED_OVER
            plan.parcel.handed_over_at = at
    if not _pack(plans, actor=actor, at=at):
        return False
    staying = {order.pk for plan in plans for order in plan.orders} - gone
    if staying:
        lifecycle.touch_orders(sorted(staying))
    if gone:
        new = [plan.parcel.pk for plan in plans if plan.parcel.handed_over_at is not None]
        handing_over.depart(new, waiting, order_ids, actor=actor, at=at)
    return True


def _pack(plans: Sequence[_Plan], *, actor: User | None, at: datetime) -> bool:
    """The parcels are on record, with what they carry. False: a waybill is taken, and none is.

    WITH, for the trail takes the actor along with what writes.
    """
    rows = orjson.dumps([_row(plan) for plan in plans], default=str).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (SELECT pack_parcels(%s, %s, %s) AS ids) SELECT ids FROM made",
            [rows, actor.pk if actor else None, at],
        )
        (ids,) = cursor.fetchone()
    if ids is None:
        return False
    for plan, pk in zip(plans, ids, strict=True):
        plan.parcel.pk = pk
        plan.parcel._state.adding = False
    return True


def _row(plan: _Plan) -> dict[str, Any]:
    parcel = plan.parcel
    return {
        "store": parcel.store_id,
        "warehouse": parcel.warehouse_id,
        "carrier": parcel.carrier_id,
        "service": parcel.service_id,
        "waybill": parcel.waybill,
        "weight_grams": parcel.weight_grams,
        "length_mm": parcel.length_mm,
        "width_mm": parcel.width_mm,
        "height_mm": parcel.height_mm,
        "freight_cost": parcel.freight_cost,
        "left": parcel.handed_over_at is not None,
        "orders": [order.pk for order in plan.orders],
        "items": [(line, sku, pieces) for (line, sku), pieces in plan.pieces.items()],
    }


def _leaving(plans: Sequence[_Plan], yard: Yard) -> tuple[list[int], list[int]]:
    """Ids of parcels that waited and of orders that leave now: groups of which nothing stays."""
    groups = yard.groups({order.pk for order in plan.orders} for plan in plans)
    inside: dict[int, int] = defaultdict(int)
    for plan in plans:
        for (line, _sku), pieces in plan.pieces.items():
            inside[yard.order_of[line]] += pieces
    waiting, orders = [], []
    for group in groups:
        touched = any(inside.get(pk) for pk in group)
        if touched and all(yard.is_whole(pk) for pk in group):
            orders += sorted(group)
            waiting += [pk for pk, theirs in yard.waiting.items() if theirs & group]
    return sorted(waiting), sorted(orders)


__all__ = ["MOST", "Confirmed", "Line", "NotHere", "Shipment", "confirm_shipments"]

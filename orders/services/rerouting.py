"""An order that one warehouse can't serve is served from another one (ORD-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from catalog.models import StockLevel, Warehouse
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.errors import Conflict
from orders.models import Order, Reservation
from orders.services import parcels
from orders.services.editing import record_change, refuse_gone

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def places_for(order: Order) -> list[Warehouse]:
    """Other warehouses of the store that have all that is reserved for the order. Two queries."""
    wanted = dict(
        _reserved(order)
        .order_by()
        .values_list("sku_id")
        .annotate(pieces=Sum("quantity"))
        .values_list("sku_id", "pieces")
    )
    if not wanted:
        return []
    here = _reserved(order).values("warehouse")
    others = Warehouse.objects.filter(store=order.store_id, is_active=True).exclude(pk__in=here)
    for sku_id, pieces in sorted(wanted.items()):
        enough = StockLevel.objects.filter(sku=sku_id, available__gte=pieces).values("warehouse")
        others = others.filter(pk__in=enough)
    return list(others.order_by("priority", "pk"))


def serve_from(
    *, order_id: int, warehouse: Warehouse, reason: str, actor: User | None, at: datetime
) -> Order:
    """All that was reserved for the order is reserved in this warehouse instead.

    In the transaction of a caller who looked whether the actor may. Raises TooLate, what guards of
    changes raise, Conflict where nothing is reserved elsewhere, and InsufficientStock; then nothing
    is changed. It leaves a shipment with others. Locks the order, then the stock rows.
    """
    order = Order.objects.select_related("store").locked().get(pk=order_id)
    refuse_gone(order)
    held = list(_reserved(order).exclude(warehouse=warehouse).select_related("warehouse", "line"))
    if not held or warehouse.store_id != order.store_id or not warehouse.is_active:
        raise Conflict(
            _("Nothing of order %(number)s can be moved to %(place)s.")
            % {"number": order, "place": warehouse}
        )
    places = sorted({str(row.warehouse) for row in held})
    move_stock(_moves(held, warehouse), actor=actor, at=at)
    Reservation.objects.filter(pk__in=[row.pk for row in held]).update(
        state=Reservation.State.RELEASED, closed_at=at
    )
    Reservation.objects.bulk_create(
        Reservation(
            line_id=row.line_id,
            sku_id=row.sku_id,
            warehouse=warehouse,
            quantity=row.quantity,
            reserved_at=at,
        )
        for row in held
    )
    told = f"{', '.join(places)} → {warehouse}"
    record_change(order, "rerouted", actor=actor, at=at, reason=reason, told=told)
    parcels.leave([order.pk], at=at)
    return order


def _reserved(order: Order) -> QuerySet[Reservation]:
    return Reservation.objects.open().filter(line__order=order)


def _moves(held: Iterable[Reservation], warehouse: Warehouse) -> list[Move]:
    moves = []
    for row in held:
        reference = f"order:{row.line.order_id}"
        moves.append(
            Move(row.sku_id, row.warehouse_id, Kind.RELEASE, row.quantity, reference=reference)
        )
        moves.append(Move(row.sku_id, warehouse.pk, Kind.RESERVE, row.quantity, reference))
    return moves

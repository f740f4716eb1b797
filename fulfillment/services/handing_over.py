"""Parcels leave: against a manifest, or as a program of the warehouse says (FUL-2, FUL-3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from catalog.services.handling import require_right
from fulfillment.models import Carrier, Manifest, Parcel, ParcelItem, ParcelOrder
from opsdesk.db import retrying
from opsdesk.errors import Conflict, DomainError
from opsdesk.listeners import Listeners
from orders.models import Order, Reservation
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import User

HAND_OVER = "fulfillment.hand_over_parcel"

Listener = Callable[[Sequence[int], datetime], None]
_listeners: Listeners[Listener] = Listeners()


def on_leave(listener: Listener, *, where: str = "true") -> None:
    """Call `listener(parcel_ids, at)` in the transaction in which parcels leave, locked.

    `where`: see `Listeners`.
    """
    _listeners.add(listener, where=where)


class NotWhole(Conflict):
    """Pieces of an order would stay behind: its parcels leave together, or it is split first."""

    code = "not_whole"


def open_manifest(
    *, warehouse_id: int, carrier_id: int, actor: User | None, at: datetime
) -> Manifest:
    """The list that is open for this carrier; a new one where none is. Raises NotAllowed."""
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    require_right(HAND_OVER, warehouse, actor)
    carrier = Carrier.objects.active().filter(store=warehouse.store_id, pk=carrier_id).first()
    if carrier is None:
        raise DomainError(_("The store has no such carrier."))
    manifest, _is_new = Manifest.objects.get_or_create(
        warehouse=warehouse, carrier=carrier, state=Manifest.State.OPEN, defaults={"opened_at": at}
    )
    return manifest


def list_parcel(*, manifest_id: int, parcel_id: int, actor: User | None, at: datetime) -> Parcel:
    """The parcel is on the manifest. Scanning it again changes nothing.

    Raises Conflict for a parcel that is not packed, not labelled, another carrier's or another
    warehouse's, or on another list. Locks the manifest, then the parcel.
    """
    return retrying(partial(_list, manifest_id, parcel_id, actor=actor))


@transaction.atomic
def _list(manifest_id: int, parcel_id: int, *, actor: User | None) -> Parcel:
    manifest = _held(manifest_id, actor)
    parcel = Parcel.objects.filter(warehouse=manifest.warehouse_id).locked().get(pk=parcel_id)
    if parcel.manifest_id == manifest.pk:
        return parcel
    if parcel.state != Parcel.State.PACKED or parcel.manifest_id is not None:
        raise Conflict(
            _("Parcel %(parcel)s is %(state)s.")
            % {"parcel": parcel, "state": parcel.get_state_display()},
            state=parcel.state,
        )
    if parcel.carrier_id != manifest.carrier_id or not parcel.waybill:
        raise Conflict(
            _("Parcel %(parcel)s has no waybill of %(carrier)s.")
            % {"parcel": parcel, "carrier": manifest.carrier}
        )
    Parcel.objects.filter(pk=parcel.pk).update(manifest=manifest, version=F("version") + 1)
    parcel.manifest = manifest
    return parcel


def hand_over_manifest(
    *, manifest_id: int, taken_by: str, actor: User | None, at: datetime
) -> Manifest:
    """The carrier has taken all parcels on the list over; their orders are shipped (FUL-2).

    Raises NotWhole where an order's parcels are not all on it, Conflict where it is handed over or
    empty. Locks the orders, the manifest, the parcels, then stock.
    """
    return retrying(partial(_hand_over, manifest_id, taken_by.strip()[:80], actor=actor, at=at))


@transaction.atomic
def _hand_over(manifest_id: int, taken_by: str, *, actor: User | None, at: datetime) -> Manifest:
    listed = Parcel.objects.filter(manifest=manifest_id, state=Parcel.State.PACKED)
    orders = ParcelOrder.objects.filter(parcel__in=listed).values("order")
    list(Order.objects.filter(pk__in=orders).locked())
    manifest = _held(manifest_id, actor)
    ids = list(listed.locked().values_list("pk", flat=True))
    if not ids:
        raise Conflict(_("No parcel is on the manifest."))
    leave(ids, actor=actor, at=at)
    Manifest.objects.filter(pk=manifest.pk).update(
        state=Manifest.State.HANDED_OVER, handed_over_at=at, handed_over_by=actor, taken_by=taken_by
    )
    manifest.refresh_from_db()
    return manifest


def leave(parcel_ids: Sequence[int], *, actor: User | None, at: datetime) -> list[int]:
    """The parcels are under way and their orders shipped; returns these orders' ids.

    Raises NotWhole. The caller holds the locks of orders and parcels.
    """
    parcels = Parcel.objects.filter(pk__in=parcel_ids)
    order_ids = sorted(
        set(ParcelOrder.objects.filter(parcel__in=parcels).values_list("order_id", flat=True))
    )
    to_ship = Order.objects.filter(pk__in=order_ids, fulfilment_state=Order.Fulfilment.RESERVED)
    waiting = list(to_ship.order_by("pk").values_list("pk", flat=True))
    _refuse_torn(waiting, parcel_ids)
    parcels.update(state=Parcel.State.HANDED_OVER, handed_over_at=at, version=F("version") + 1)
    if len(lifecycle.ship_orders(order_ids=waiting, actor=actor, at=at)) < len(waiting):
        raise _not_whole(waiting)
    _tell(parcel_ids, at)
    return order_ids


def depart(
    made: Sequence[int],
    waited: Sequence[int],
    order_ids: Sequence[int],
    *,
    actor: User | None,
    at: datetime,
) -> None:
    """Parcels that were made as handed over and those that waited for them are under way.

    The caller holds the locks of orders and parcels, and looked that the orders are whole and the
    actor's.
    """
    if waited:
        Parcel.objects.filter(pk__in=waited).update(
            state=Parcel.State.HANDED_OVER, handed_over_at=at, version=F("version") + 1
        )
    lifecycle.ship_locked(order_ids, actor=actor, at=at)
    _tell([*made, *waited], at)


def _tell(parcel_ids: Sequence[int], at: datetime) -> None:
    for listener in _listeners.concerned(parcel_ids):
        listener(parcel_ids, at)


def _refuse_torn(order_ids: Sequence[int], parcel_ids: Sequence[int]) -> None:
    """Raises NotWhole if some reserved piece of these orders is not in these parcels."""
    missing: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    reserved = Reservation.objects.open().filter(line__order__in=order_ids)
    for order, line, sku, pieces in reserved.values_list(
        "line__order_id", "line_id", "sku_id", "quantity"
    ):
        missing[order][line, sku] += pieces
    inside = ParcelItem.objects.filter(parcel__in=parcel_ids, line__order__in=order_ids)
    for order, line, sku, pieces in inside.values_list(
        "line__order_id", "line_id", "sku_id", "quantity"
    ):
        missing[order][line, sku] -= pieces
    torn = [order for order, pieces in missing.items() if any(pieces.values())]
    if torn:
        raise _not_whole(torn)


def _not_whole(order_ids: Sequence[int]) -> NotWhole:
    orders = Order.objects.filter(pk__in=order_ids).order_by("pk")[:5]
    numbers = ", ".join(order.external_number for order in orders)
    return NotWhole(
        _(
            "Not all of these orders is in the parcels, or they are not to be shipped any more: "
            "%(numbers)s. Pack the rest, or split what leaves later off."
        )
        % {"numbers": numbers},
        orders=list(order_ids)[:100],
    )


def _held(manifest_id: int, actor: User | None) -> Manifest:
    """The open manifest, locked. Raises NotAllowed, Conflict."""
    manifests = Manifest.objects.select_related("warehouse", "carrier")
    manifest = manifests.select_for_update(of=("self",)).get(pk=manifest_id)
    require_right(HAND_OVER, manifest.warehouse, actor)
    if manifest.state != Manifest.State.OPEN:
        raise Conflict(
            _("Manifest %(manifest)s was handed over at %(at)s.")
            % {"manifest": manifest, "at": manifest.handed_over_at}
        )
    return manifest

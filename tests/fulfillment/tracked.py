"""Parcels under way and what carriers say of them, for the tests of tracking."""

from __future__ import annotations

from datetime import timedelta

from fulfillment.models import Parcel, ParcelProgress, TrackingEvent
from fulfillment.services.handing_over import hand_over_manifest, list_parcel, open_manifest
from fulfillment.services.packing import Label, close_parcel, label_parcel, open_parcel, pack_item
from fulfillment.services.tracking import Seen, Stored, store_events
from orders.models import Order
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop

LEFT = MOMENT + timedelta(hours=3)
NOW = LEFT + timedelta(days=4)


def packed(shop: Shop, waybill: str = "SF1000000001", order: Order | None = None) -> Parcel:
    """A labelled parcel with all that is left of an order."""
    order = order or shop.order(1)
    known = {"actor": shop.packer, "at": LEFT - timedelta(hours=1)}
    parcel = open_parcel(order_id=order.pk, warehouse_id=shop.warehouse.pk, **known)
    for line in order.lines.all():
        pack_item(parcel_id=parcel.pk, code=line.sku.code, pieces=line.quantity, **known)
    close_parcel(parcel_id=parcel.pk, weight_grams=500, **known)
    return label_parcel(parcel_id=parcel.pk, label=Label(shop.service.pk, waybill), **known)


def hand_over(shop: Shop, *parcels: Parcel) -> None:
    known = {"actor": shop.packer, "at": LEFT}
    manifest = open_manifest(warehouse_id=shop.warehouse.pk, carrier_id=shop.carrier.pk, **known)
    for parcel in parcels:
        list_parcel(manifest_id=manifest.pk, parcel_id=parcel.pk, **known)
    hand_over_manifest(manifest_id=manifest.pk, taken_by="Mr Li", **known)


def under_way(shop: Shop, waybill: str = "SF1000000001", order: Order | None = None) -> Parcel:
    parcel = packed(shop, waybill, order)
    hand_over(shop, parcel)
    parcel.refresh_from_db()
    return parcel


def seen(hours: float, state: str, text: str = "", **values: str) -> Seen:
    """So many hours after the parcels left."""
    return Seen(LEFT + timedelta(hours=hours), state, text or f"{state} {hours}", **values)


def tell(parcel: Parcel, *events: Seen, at=NOW, source: str = "tracking") -> Stored:
    told = [(parcel.pk, event) for event in events]
    return store_events(told, store=parcel.store, source=source, at=at)


def standing(parcel: Parcel) -> dict[str, object]:
    """All that follows from a parcel's events."""
    parcel.refresh_from_db()
    progress = ParcelProgress.objects.filter(parcel=parcel).values().first() or {}
    progress.pop("parcel_id", None)
    order = Order.objects.get(parcel_orders__parcel=parcel)
    return {
        **progress,
        "parcel": (parcel.state, parcel.ended_at),
        "order": (order.fulfilment_state, order.delivered_at),
        "events": TrackingEvent.objects.filter(parcel=parcel).count(),
    }

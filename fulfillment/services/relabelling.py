"""A parcel gets another waybill: a new one takes its place, for a waybill is never overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from fulfillment.models import Parcel, ParcelItem, ParcelOrder
from fulfillment.services.packing import Label, cancel_parcel, label_parcel
from opsdesk.errors import Conflict

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def relabel_parcel(
    *, parcel_id: int, label: Label, reason: str, actor: User | None, at: datetime
) -> Parcel:
    """A new parcel with the same content and another waybill; the old one is cancelled.

    Raises what `cancel_parcel` and `label_parcel` raise; then nothing is changed.
    """
    with transaction.atomic():
        old = cancel_parcel(parcel_id=parcel_id, reason=reason, actor=actor, at=at)
        if old.packed_at is None:
            raise Conflict(_("Parcel %(parcel)s is not packed yet.") % {"parcel": old})
        new = Parcel.objects.create(
            store_id=old.store_id,
            warehouse_id=old.warehouse_id,
            state=Parcel.State.PACKED,
            weight_grams=old.weight_grams,
            length_mm=old.length_mm,
            width_mm=old.width_mm,
            height_mm=old.height_mm,
            replaces=old,
            opened_at=old.opened_at,
            opened_by_id=old.opened_by_id,
            packed_at=old.packed_at,
            packed_by_id=old.packed_by_id,
        )
        ParcelOrder.objects.bulk_create(
            ParcelOrder(parcel=new, order_id=pk)
            for pk in old.parcel_orders.values_list("order_id", flat=True)
        )
        ParcelItem.objects.bulk_create(
            ParcelItem(parcel=new, line_id=line, sku_id=sku, quantity=quantity)
            for line, sku, quantity in old.items.values_list("line_id", "sku_id", "quantity")
        )
        return label_parcel(parcel_id=new.pk, label=label, actor=actor, at=at)

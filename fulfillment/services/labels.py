"""What stands on a parcel: whom it goes to in full, who carries it, what it is (FUL-3, FUL-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.services.handling import require_right
from fulfillment import barcodes
from fulfillment.models import Parcel
from fulfillment.services import packaging
from opsdesk.audit import services as audit
from opsdesk.audit.models import AuditEntry
from opsdesk.errors import Conflict

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.contacts import Contact
    from orders.models import Order

PRINT = "fulfillment.print_label"


@dataclass(frozen=True)
class ParcelLabel:
    """A label of 100 × 150 mm. The recipient is what the platform gave: in full, or its alias."""

    parcel: Parcel
    orders: list[Order]
    recipient: Contact
    region: str
    pieces: int
    waybill_code: SafeString
    order_code: SafeString
    marks: list[str]


def print_label(*, parcel_id: int, actor: User, at: datetime) -> ParcelLabel:
    """The parcel's label; that the recipient was shown in full is in the audit trail.

    Raises NotAllowed, and Conflict for a parcel without a waybill or one that is cancelled.
    """
    parcels = Parcel.objects.select_related("store", "warehouse", "carrier", "service")
    parcel = parcels.get(pk=parcel_id)
    require_right(PRINT, parcel.warehouse, actor)
    if not parcel.waybill or parcel.state == Parcel.State.CANCELLED:
        raise Conflict(
            _("Parcel %(parcel)s has no label: it is %(state)s, waybill “%(waybill)s”.")
            % {
                "parcel": parcel,
                "state": parcel.get_state_display(),
                "waybill": parcel.waybill,
            },
            state=parcel.state,
        )
    links = parcel.parcel_orders.select_related("order").order_by("order_id")
    orders = [link.order for link in links]
    with transaction.atomic():
        for order in orders:
            audit.record(
                AuditEntry.Verb.REVEALED,
                model=Parcel,
                subject_id=parcel.pk,
                label=parcel.number,
                store=parcel.store,
                details={"order": order.external_number, "waybill": parcel.waybill},
                reason=_("Label printed"),
            )
    first = orders[0]
    return ParcelLabel(
        parcel=parcel,
        orders=orders,
        recipient=first.contact,
        region=first.region,
        pieces=parcel.items.aggregate(pieces=Sum("quantity"))["pieces"] or 0,
        waybill_code=barcodes.code128(parcel.waybill, height_mm=18),
        order_code=barcodes.qr(first.external_number, size_mm=24),
        marks=[str(mark.label) for mark in packaging.marks_for(parcel.pk)],
    )

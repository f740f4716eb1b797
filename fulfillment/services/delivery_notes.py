"""What lies in the box, on paper; whom it goes to for those who print labels (FUL-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from fulfillment import barcodes
from fulfillment.services.labels import PRINT
from opsdesk.audit import services as audit
from opsdesk.audit.models import AuditEntry
from orders.models import Order, Reservation

if TYPE_CHECKING:
    from opsdesk.stores.models import User
    from orders.contacts import Contact


@dataclass(frozen=True)
class DeliveryNote:
    """One order's note. The recipient is masked unless the reader prints labels here."""

    order: Order
    code: SafeString
    lines: list[Reservation]
    recipient: Contact
    is_in_full: bool


def notes_for(orders: Sequence[Order], *, warehouse: Warehouse, actor: User) -> list[DeliveryNote]:
    """The notes of these orders, in their order; that recipients were shown in full is in the
    audit trail.

    Who may print labels in the warehouse reads names, phones and addresses; others get them
    masked. Three queries, and a line of the trail per order.
    """
    lines = _lines(orders, warehouse)
    in_full = actor.has_perm(PRINT, warehouse)
    notes = [
        DeliveryNote(
            order=order,
            code=_code_of(order),
            lines=lines[order.pk],
            recipient=order.contact if in_full else order.masked_contact,
            is_in_full=in_full,
        )
        for order in orders
    ]
    if in_full:
        _put_on_record(orders, warehouse)
    return notes


@transaction.atomic
def _put_on_record(orders: Sequence[Order], warehouse: Warehouse) -> None:
    for order in orders:
        audit.record(
            AuditEntry.Verb.REVEALED,
            model=Order,
            subject_id=order.pk,
            label=order.external_number,
            store=warehouse.store,
            details={"warehouse": warehouse.code},
            reason=_("Delivery note printed"),
        )


def _lines(orders: Sequence[Order], warehouse: Warehouse) -> dict[int, list[Reservation]]:
    """What is reserved for each order here, or has left."""
    rows = Reservation.objects.filter(
        line__order__in=orders,
        warehouse=warehouse,
        state__in=[Reservation.State.OPEN, Reservation.State.SHIPPED],
    ).select_related("sku__product", "line")
    lines: dict[int, list[Reservation]] = {order.pk: [] for order in orders}
    for row in rows.order_by("line__position", "sku__code"):
        lines[row.line.order_id].append(row)
    return lines


def _code_of(order: Order) -> SafeString:
    """Code 128, or a QR code for numbers that have other characters."""
    try:
        return barcodes.code128(order.external_number, module_mm=0.3)
    except barcodes.NotPrintable:
        return barcodes.qr(order.external_number, size_mm=24)

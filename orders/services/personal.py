"""All that is known of one customer, for the customer: what an erasure would take away."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from opsdesk import exports
from opsdesk.errors import DomainError, NotAllowed
from orders.models import Customer, Order

if TYPE_CHECKING:
    from opsdesk.exports import ExportedFile
    from opsdesk.stores.models import User

EXPORT = "orders.export_customer"
_ORDER = (
    "external_number",
    "placed_at",
    "paid_at",
    "shipped_at",
    "delivered_at",
    "cancelled_at",
    "currency",
    "total_amount",
    "paid_amount",
    "refunded_amount",
    "region",
)


def export_person(*, customer_id: int, actor: User, reason: str, at: datetime) -> ExportedFile:
    """Everything that is known of the customer, in clear, as JSON.

    Whoever hands it over puts it on record (`audit.exporting`). Raises NotAllowed, and DomainError
    without a reason.
    """
    customer = Customer.objects.select_related("store").get(pk=customer_id)
    if not actor.has_perm(EXPORT, customer.store):
        raise NotAllowed(
            _("You may not export customers of %(store)s.") % {"store": customer.store}
        )
    if not reason.strip():
        raise DomainError(_("Say who asked for it, and how you know that it was them."))
    orders = list(customer.orders.prefetch_related("lines", "invoices").order_by("placed_at", "pk"))
    known = {
        "store": customer.store.code,
        "buyer_id": customer.external_id,
        "first_seen": customer.created_at,
        "exported_at": at,
        "orders": [_order(order) for order in orders],
    }
    return exports.json_file(known, rows=len(orders))


def _order(order: Order) -> dict[str, Any]:
    return {
        **{field: getattr(order, field) for field in _ORDER},
        "contact": asdict(order.contact),
        "lines": [
            {"sku_code": line.sku_code, "title": line.title, "quantity": line.quantity}
            for line in order.lines.all()
        ],
        "invoices": [
            {"number": invoice.number, "gross": invoice.gross, "made_out_to": asdict(invoice.buyer)}
            for invoice in order.invoices.all()
            if not invoice.is_company
        ],
    }

"""The order list as a file: a row an order, typed values, people masked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from opsdesk.lists import Column
from orders.models import Order

# What the file shows beyond the list.
READ = [
    "is_amount_only",
    "customer__external_id",
    "freight_amount",
    "discount_amount",
    "paid_amount",
    "refunded_amount",
    "paid_at",
    "reviewed_at",
    "shipped_at",
    "delivered_at",
    "cancelled_at",
    "region",
    "sealed_contact",
]


def _recipient(order: Order) -> str:
    """Masked, as on the order's page: the file is carried out of the house."""
    masked = order.masked_contact
    return " ".join(part for part in (masked.recipient, masked.phone) if part)


def _moment(name: str) -> Callable[[Order], datetime | None]:
    """As the order's own store keeps time; its zone stands beside it."""

    def cell(order: Order) -> datetime | None:
        at = getattr(order, name)
        return at.astimezone(order.store.zone) if at else None

    return cell


COLUMNS = [
    Column(_("order number"), lambda o: o.external_number),
    Column(_("store"), lambda o: o.store.code),
    Column(_("channel"), lambda o: o.channel.name),
    Column(_("placed"), _moment("placed_at")),
    Column(_("review"), lambda o: o.get_review_state_display()),
    Column(_("payment"), lambda o: o.get_payment_state_display()),
    Column(_("fulfilment"), lambda o: o.get_fulfilment_state_display()),
    Column(_("after-sales"), lambda o: o.get_after_sales_state_display()),
    Column(_("currency"), lambda o: o.currency),
    Column(_("total"), lambda o: o.total_amount),
    Column(_("freight"), lambda o: o.freight_amount),
    Column(_("discount"), lambda o: o.discount_amount),
    Column(_("paid"), lambda o: o.paid_amount),
    Column(_("refunded"), lambda o: o.refunded_amount),
    Column(_("net"), lambda o: o.net_amount),
    Column(_("paid at"), _moment("paid_at")),
    Column(_("reviewed"), _moment("reviewed_at")),
    Column(_("ship by"), _moment("ship_by")),
    Column(_("shipped"), _moment("shipped_at")),
    Column(_("delivered"), _moment("delivered_at")),
    Column(_("cancelled"), _moment("cancelled_at")),
    Column(_("customer"), lambda o: str(o.customer or "")),
    Column(_("recipient"), _recipient),
    Column(_("region"), lambda o: o.region),
]

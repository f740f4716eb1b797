"""Whom an order was for is kept while somebody may ask about it, and no longer (PIPL 19)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from opsdesk.retention import Kept
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Order
from orders.services.erasure import clear_contacts

KEEP_CONTACTS = Setting(
    key="orders.keep_contacts",
    clause="ORD-5",
    title=_("The contact of an order that is over is kept for"),
    default=Decimal(180),
    unit=Unit.DAYS,
    minimum=Decimal(30),
    maximum=Decimal(1_100),
)


def over_before(before: datetime) -> QuerySet[Order]:
    """Orders with a contact that were over then, and nobody asks about."""
    over = (
        Q(delivered_at__lt=before)
        | Q(cancelled_at__lt=before)
        | Q(fulfilment_state=Order.Fulfilment.NOT_TRACKED)
    )
    # None was over before it was placed: the index knows these.
    return (
        Order.objects.filter(over, placed_at__lt=before)
        .exclude(sealed_contact=b"")
        .exclude(after_sales_state=Order.AfterSales.REQUESTED)
    )


CONTACTS = Kept(
    "contacts of orders",
    KEEP_CONTACTS,
    over_before,
    clear=lambda keys, at: clear_contacts(keys, at=at),
)

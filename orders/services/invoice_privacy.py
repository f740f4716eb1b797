"""To whom invoices are made out: sealed, following its keys, and gone with its customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import pgtrigger
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import BinaryField
from django.db.models.functions import Substr

from opsdesk import sealing
from orders.models import Invoice, Order

_AUDIT = "orders.Invoice:audit_update"


def reseal_buyers() -> int:
    """Buyers of invoices are sealed with the newest key. Returns how many had an older one.

    Each row on its own, under its lock; safe to repeat. Nothing of an invoice changes by it, so it
    is no entry of the audit trail. Raises Unreadable.
    """
    newest = sealing.marks()[0]
    mark = Substr("sealed_buyer", 1, sealing.MARK, output_field=BinaryField())
    rows = Invoice.objects.exclude(sealed_buyer=b"").annotate(mark=mark).exclude(mark=newest)
    count = 0
    for pk in rows.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic(), pgtrigger.ignore(_AUDIT):
            invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=pk)
            invoice.buyer = invoice.buyer  # opened with the old key, sealed with the newest
            invoice.save(update_fields=["sealed_buyer"])
        count += 1
    return count


def clear_buyers(order_ids: Sequence[int], *, at: datetime) -> int:
    """Invoices of these orders that name a person name nobody, and their documents are gone.

    Numbers, amounts, lines and digests stay, so a series has no hole; of companies everything
    stays. The caller holds the orders' locks. Returns how many.
    """
    named = Invoice.objects.filter(order__in=order_ids, is_company=False, cleared_at=None)
    invoices = list(named.locked())
    files = [str(invoice.document) for invoice in invoices if invoice.document]
    Invoice.objects.filter(pk__in=[invoice.pk for invoice in invoices]).update(
        sealed_buyer=b"", document="", cleared_at=at
    )

    def remove() -> None:
        for name in files:
            default_storage.delete(name)

    transaction.on_commit(remove)
    return len(invoices)


def terms_of(orders: Iterable[Order]) -> set[str]:
    """By what persons are found to whom invoices of these orders were made out."""
    found: set[str] = set()
    for invoice in Invoice.objects.filter(order__in=orders, is_company=False):
        try:
            buyer = invoice.buyer
        except sealing.Unreadable:
            continue  # what no key opens any more can't be looked for
        found |= {buyer.title, buyer.tax_number, buyer.address, buyer.bank, buyer.email}
    return found


BUYERS = sealing.Sealed("orders.invoice_buyers", reseal_buyers)

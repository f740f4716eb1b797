"""The document of an invoice: made once, kept with its digest, and never another one (ORD-8)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.errors import DomainError
from opsdesk.schedule.jobs import Job
from opsdesk.storage import needing_room
from orders import providers
from orders.models import Invoice

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

logger = logging.getLogger(__name__)

# A run ends long before its lease does; what it leaves is the next run's.
MOST_AT_ONCE = 300


class NoDocument(DomainError):
    """The invoice has no document: it has no number yet, or its buyer was erased."""

    code = "no_document"


def make_missing(*, limit: int = MOST_AT_ONCE) -> dict[str, int]:
    """Every numbered invoice has its document, but those that failed; they are tried again.

    Outside every transaction: it takes half a second each, and nobody waits for a lock meanwhile.
    """
    counts = {"made": 0, "failed": 0}
    missing = Invoice.objects.without_document().order_by("pk").values_list("pk", flat=True)
    for pk in list(missing[:limit]):
        try:
            ensure_document(pk)
            counts["made"] += 1
        except DomainError as error:
            logger.warning("Document of invoice %s: %s", pk, error.message)
            counts["failed"] += 1
    return counts


def ensure_document(invoice_id: int) -> Invoice:
    """The invoice with its document; of two that make it at once the first one's counts.

    Raises NoDocument, NoRoom, Unreadable. Safe to repeat.
    """
    rows = Invoice.objects.select_related("store", "order", "original", "series")
    invoice = rows.get(pk=invoice_id)
    if invoice.sha256 and not invoice.cleared_at:
        return invoice
    if invoice.series is None or invoice.cleared_at:
        raise NoDocument(_("There is no document of this invoice."))
    content = providers.get(invoice.series.provider).document(invoice)
    with needing_room():
        name = default_storage.save(
            invoice.document.field.generate_filename(invoice, ""), ContentFile(content)
        )
    first = Invoice.objects.without_document().filter(pk=invoice.pk)
    if not first.update(document=name, sha256=sha256(content).hexdigest()):
        default_storage.delete(name)
    return rows.get(pk=invoice_id)


def content_of(invoice: Invoice) -> bytes:
    """What was issued, byte by byte. Raises NoDocument where it is gone or is not it any more."""
    try:
        with invoice.document.open("rb") as file:
            content = file.read()
    except (ValueError, FileNotFoundError) as error:
        raise NoDocument(_("There is no document of this invoice.")) from error
    if sha256(content).hexdigest() != invoice.sha256:
        raise NoDocument(_("The file is not the one that was issued: tell an administrator."))
    return content


def _make(_slot: Slot, _at: datetime) -> dict[str, Any]:
    return {**make_missing()}


JOB = Job(
    "orders.make_invoice_documents",
    gettext_lazy("Documents of invoices"),
    _make,
    every=timedelta(minutes=1),
)

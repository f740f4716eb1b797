"""What an invoice is about, line by line (ORD-8)."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet
from orders.models.invoices import Invoice


class InvoiceLineQuerySet(ScopedQuerySet):
    store_field = "invoice__store_id"


class InvoiceLine(models.Model):
    """A line as it is invoiced, tax included in `gross`. Append-only, held by the database."""

    invoice = models.ForeignKey(
        Invoice, models.CASCADE, related_name="lines", verbose_name=_("invoice"), db_index=False
    )
    position = models.PositiveSmallIntegerField(_("line"))
    title = models.CharField(_("title"), max_length=200)
    sku_code = models.CharField(_("SKU code"), max_length=80, blank=True)
    quantity = models.IntegerField(_("quantity"))
    tax_rate = models.DecimalField(_("tax rate, percent"), max_digits=5, decimal_places=2)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    tax = models.DecimalField(_("tax"), max_digits=14, decimal_places=2)
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2)

    objects = InvoiceLineQuerySet.as_manager()

    class Meta:
        ordering = ["invoice_id", "position"]
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"], name="invoice_line_unique_position"
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")) & ~Q(gross=Decimal(0)),
                name="invoice_line_gross_is_net_and_tax",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lt=100), name="invoice_line_rate_sound"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

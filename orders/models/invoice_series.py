"""How the invoices of a store are numbered: a series for each year, without holes (ORD-8)."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store

OWN_PDF = "own_pdf"


class InvoiceSeries(models.Model):
    """Numbers of a store's invoices of one year, without holes: `last` is the last that was given.

    What a number looks like is settled with the first one.
    """

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="invoice_series",
        verbose_name=_("store"),
        db_index=False,
    )
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(2000), MaxValueValidator(2999)]
    )
    prefix = models.CharField(
        _("prefix"),
        max_length=12,
        validators=[RegexValidator(r"^[A-Z0-9-]*$", _("Capital letters, digits and hyphens."))],
        blank=True,
        help_text=_("A number is the prefix, the year and the counted digits: INV-2026000001."),
    )
    width = models.PositiveSmallIntegerField(
        _("digits"), default=6, validators=[MinValueValidator(3), MaxValueValidator(9)]
    )
    provider = models.CharField(_("made by"), max_length=20, default=OWN_PDF)
    last = models.PositiveBigIntegerField(_("last number given"), default=0, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "-year"]
        verbose_name = _("invoice series")
        verbose_name_plural = _("invoice series")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "year"], name="invoice_series_unique_store_year"
            ),
            models.CheckConstraint(
                condition=Q(width__gte=3, width__lte=9), name="invoice_series_width_sound"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="counts_up",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.last NOT IN (OLD.last, OLD.last + 1) THEN
                        RAISE EXCEPTION 'A series gives one number after the other.'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_series_counts_up';
                    ELSIF OLD.last > 0 AND (NEW.store_id, NEW.year, NEW.prefix, NEW.width)
                       IS DISTINCT FROM (OLD.store_id, OLD.year, OLD.prefix, OLD.width) THEN
                        RAISE EXCEPTION 'Numbers of this series were given: it stays as it is.'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_series_settled';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "store_id",
                "year",
                "prefix",
                "width",
                "provider",
                label="{row}.prefix || {row}.year",
                inserts=True,
                busy=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}{self.year}"

    def number(self, position: int) -> str:
        return f"{self.prefix}{self.year}{position:0{self.width}d}"

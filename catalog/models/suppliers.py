from __future__ import annotations

from datetime import date, timedelta
from typing import Self

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store


class SupplierQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Supplier(models.Model):
    """Somebody the store orders goods from, and how long they take to arrive (CAT-8)."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="suppliers", verbose_name=_("store"), db_index=False
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    lead_days = models.PositiveSmallIntegerField(
        _("lead time (days)"), help_text=_("From the order to the goods, in calendar days.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = SupplierQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="supplier_unique_store_code"),
            models.CheckConstraint(condition=~Q(code=""), name="supplier_has_code"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="stays_in_its_store", fields=["store"]),
            *recording("code", "name", "lead_days", "is_active", label="{row}.code", inserts=True),
        ]

    def __str__(self) -> str:
        return self.name

    def arrives_on(self, ordered_on: date) -> date:
        """The day on which what is ordered then arrives. The unit of the lead time is here only."""
        return ordered_on + timedelta(days=self.lead_days)


class SupplierItemQuerySet(ScopedQuerySet):
    store_field = "supplier__store_id"

    def preferred(self) -> Self:
        """Of each SKU the one it is ordered as."""
        return self.filter(is_preferred=True, supplier__is_active=True)


class SupplierItem(models.Model):
    """On what terms a supplier delivers a SKU. A SKU is ordered from one of them by preference."""

    supplier = models.ForeignKey(
        Supplier, models.CASCADE, related_name="items", verbose_name=_("supplier"), db_index=False
    )
    sku = models.ForeignKey(
        Sku, models.CASCADE, related_name="supplier_items", verbose_name=_("SKU")
    )
    minimum_quantity = models.PositiveIntegerField(_("minimum order"), default=1)
    pack_size = models.PositiveIntegerField(_("pieces per pack"), default=1)
    cost = models.DecimalField(
        _("cost of a piece"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    is_preferred = models.BooleanField(_("preferred"), default=True)

    objects = SupplierItemQuerySet.as_manager()

    class Meta:
        ordering = ["supplier_id", "sku_id"]
        verbose_name = _("supplier's item")
        verbose_name_plural = _("supplier's items")
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "sku"], name="supplier_item_unique_supplier_sku"
            ),
            models.UniqueConstraint(
                fields=["sku"],
                condition=Q(is_preferred=True),
                name="supplier_item_one_preferred",
                violation_error_message=_("Another supplier is preferred for this SKU."),
            ),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gt=0, pack_size__gt=0),
                name="supplier_item_pieces_positive",
            ),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0), name="supplier_item_cost_not_negative"
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_one_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("supplier_id", "sku_id"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM catalog_supplier s, catalog_sku k
                        WHERE s.id = NEW.supplier_id AND k.id = NEW.sku_id
                          AND s.store_id = k.store_id
                    ) THEN
                        RAISE EXCEPTION 'A supplier delivers SKUs of its own store only.'
                            USING ERRCODE = 'check_violation',
                                  CONSTRAINT = 'supplier_item_of_one_store';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "minimum_quantity",
                "pack_size",
                "cost",
                "is_preferred",
                label="(SELECT s.code FROM catalog_supplier s WHERE s.id = {row}.supplier_id)"
                " || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                store="(SELECT k.store_id FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} · {self.sku}"

    def orderable(self, pieces: int) -> int:
        """Whole packs, rounded up, and no fewer than the minimum."""
        least = max(pieces, self.minimum_quantity)
        return -(-least // self.pack_size) * self.pack_size

    def clean(self) -> None:
        if self.sku_id and self.supplier_id and self.sku.store_id != self.supplier.store_id:
            raise ValidationError({"sku": _("The SKU and the supplier are of different stores.")})

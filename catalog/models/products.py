from __future__ import annotations

from typing import Self

from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.taken import taken_for_ever
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store

# A piece as it is packed: something, and nothing that is no parcel.
LENGTHS = [MinValueValidator(1), MaxValueValidator(10_000)]


class ProductQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Product(models.Model):
    """What a customer would call one article; its sellable variants are SKUs."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="products", verbose_name=_("store")
    )
    code = models.CharField(_("code"), max_length=80)
    name = models.CharField(_("name"), max_length=200)
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    category = models.CharField(_("category"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        permissions = [("import_products", "Can bring in and take out files of products")]
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="product_unique_store_code"),
            models.CheckConstraint(condition=~Q(code=""), name="product_has_code"),
        ]

    def __str__(self) -> str:
        return self.name


class SkuQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Sku(models.Model):
    """One sellable variant. Its code is unique in the store and never reused (CAT-1)."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="skus", verbose_name=_("store"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="skus", verbose_name=_("product")
    )
    code = models.CharField(_("SKU code"), max_length=80)
    spec = models.CharField(_("spec"), max_length=120, blank=True)
    barcode = models.CharField(_("barcode"), max_length=32, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    list_price = models.DecimalField(
        _("list price"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    weight_grams = models.PositiveIntegerField(_("weight (g)"), null=True, blank=True)
    length_mm = models.PositiveIntegerField(
        _("length (mm)"), null=True, blank=True, validators=LENGTHS
    )
    width_mm = models.PositiveIntegerField(
        _("width (mm)"), null=True, blank=True, validators=LENGTHS
    )
    height_mm = models.PositiveIntegerField(
        _("height (mm)"), null=True, blank=True, validators=LENGTHS
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = SkuQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        permissions = [("view_cost", "Can see what goods cost")]
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="sku_unique_store_code"),
            models.CheckConstraint(condition=~Q(code=""), name="sku_has_code"),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0), name="sku_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(list_price=None) | Q(list_price__gte=0),
                name="sku_list_price_not_negative",
            ),
        ]
        indexes = [
            models.Index(OpClass(Upper("code"), "text_pattern_ops"), name="sku_code_prefix"),
        ]
        triggers = [
            *recording("code", "cost", "list_price", "is_active", label="{row}.code"),
            *taken_for_ever(),
        ]

    def __str__(self) -> str:
        return self.code

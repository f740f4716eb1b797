"""Papers without which goods may not be sold, and which category asks for which (CAT-14)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Product
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User


class QualificationKind(models.TextChoices):
    FOOD_PRODUCTION = "food_production", _("food production licence (SC)")
    FOOD_TRADE = "food_trade", _("food trade licence")
    COMPULSORY = "compulsory", _("compulsory product certification (CCC)")
    COSMETICS = "cosmetics", _("cosmetics registration")
    MEDICAL = "medical", _("medical device registration")
    BRAND = "brand", _("trade mark or brand authorisation")
    REPORT = "report", _("test report")
    CUSTOMS = "customs", _("customs and quarantine papers")


def scan_path(qualification: Qualification, _filename: str) -> str:
    return f"qualifications/{qualification.store_id}/scan"


class QualificationQuerySet(ScopedQuerySet):
    def of_product_or_category(self, *products: Product) -> Self:
        """Theirs, and all of categories; which category covers what is told by its name."""
        return self.filter(Q(product=None) | Q(product__in=products))


class Qualification(models.Model):
    """A paper for one product or a whole category, good from one day to another (CAT-14)."""

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="qualifications",
        verbose_name=_("store"),
        db_index=False,
    )
    product = models.ForeignKey(
        Product,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="qualifications",
        verbose_name=_("product"),
    )
    category = models.CharField(
        _("category"),
        max_length=120,
        blank=True,
        help_text=_("Instead of a product: for everything in the category and below it."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=QualificationKind)
    number = models.CharField(_("number"), max_length=80)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), help_text=_("The last day it holds."))
    scan = models.FileField(_("scan"), upload_to=scan_path, max_length=200, blank=True)
    scan_name = models.CharField(_("name of the scan"), max_length=255, blank=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("entered"), default=timezone.now, editable=False)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        constraints = [
            models.CheckConstraint(
                condition=Q(category="", product__isnull=False)
                | (~Q(category="") & Q(product__isnull=True)),
                name="qualification_of_product_or_category",
                violation_error_message=_("Name either a product or a category."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="qualification_ends_after_it_begins",
                violation_error_message=_("It can't end before it begins."),
            ),
            models.CheckConstraint(condition=~Q(number=""), name="qualification_has_number"),
        ]
        indexes = [
            models.Index(fields=["store", "valid_until"], name="qualification_store_until"),
        ]
        triggers = recording("kind", "number", "valid_from", "valid_until", label="{row}.number")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class RequiredQualification(models.Model):
    """Goods of the category may be sold with a valid paper of this kind only (CAT-14)."""

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="required_qualifications",
        verbose_name=_("store"),
        db_index=False,
    )
    category = models.CharField(
        _("category"),
        max_length=120,
        help_text=_("Also of those below it: Food is for Food/Tea as well."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=QualificationKind)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "category", "kind"]
        verbose_name = _("required qualification")
        verbose_name_plural = _("required qualifications")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "category", "kind"], name="required_qualification_unique"
            ),
            models.CheckConstraint(
                condition=~Q(category=""), name="required_qualification_has_category"
            ),
        ]
        triggers = recording(
            "category", "kind", label="{row}.category || ': ' || {row}.kind", inserts=True
        )

    def __str__(self) -> str:
        return f"{self.category}: {self.get_kind_display()}"

"""What a store promises its buyers: freight and days (FUL-8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.fields import RegionField
from fulfillment.models.parcels import Parcel
from fulfillment.models.prices import Days, money
from fulfillment.regions import FORM
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, Store
from opsdesk.stores.triggers import of_one_store


def any_channel() -> Any:
    """Without a channel a row is for all of them."""
    return Coalesce("channel", Value(0, models.BigIntegerField()))


class DatedQuerySet(ScopedQuerySet):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)


class Dated(models.Model):
    """Terms of a store, on one channel or on all, from one day to another."""

    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel"),
        db_index=False,
        help_text=_("Left empty: every channel."),
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day it holds.")
    )

    class Meta:
        abstract = True


def ends_after_it_begins(name: str) -> models.CheckConstraint:
    """Of dated rows: from the first to the last day."""
    return models.CheckConstraint(
        condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
        name=f"{name}_ends_after_it_begins",
        violation_error_message=_("It can't end before it begins."),
    )


class FreightTemplate(Dated):
    """What buyers pay for freight: so much for the first pieces or grams, so much for more.

    Free from `free_from` on. One template of a store is its default: it holds where and when no
    other does. Money is in the store's currency.
    """

    class By(models.TextChoices):
        PIECES = "pieces", _("pieces")
        WEIGHT = "weight", _("weight (g)")

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="freight_templates",
        verbose_name=_("store"),
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=120)
    by = models.CharField(_("charged by"), max_length=6, choices=By, default=By.PIECES)
    free_from = money(
        _("free from"), null=True, blank=True, help_text=_("Goods of this amount travel free.")
    )
    is_default = models.BooleanField(_("default"), default=False)

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "-is_default", "name"]
        verbose_name = _("freight template")
        verbose_name_plural = _("freight templates")
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(is_default=True),
                name="freight_template_one_default",
                violation_error_message=_("The store has a default template already."),
            ),
            ExclusionConstraint(
                name="freight_template_one_at_a_time",
                expressions=[
                    ("store", RangeOperators.EQUAL),
                    (any_channel(), RangeOperators.EQUAL),
                    (Days("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                condition=Q(is_default=False),
                violation_error_message=_(
                    "Another template of this channel holds at that time: end it first."
                ),
            ),
            ends_after_it_begins("freight_template"),
            models.CheckConstraint(
                condition=~Q(name="") & (Q(free_from=None) | Q(free_from__gte=0)),
                name="freight_template_named",
            ),
        ]
        triggers = [
            of_one_store("freight_template"),
            *recording(
                "name",
                "channel",
                "by",
                "free_from",
                "is_default",
                "valid_from",
                "valid_until",
                label="{row}.name",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FreightRowQuerySet(ScopedQuerySet):
    store_field = "template__store_id"


class FreightRow(models.Model):
    """Freight to a region, and all that lies in it; the smallest region that is told counts.

    Without a region it is for everywhere else. `first` and `step` are pieces or grams.
    """

    template = models.ForeignKey(
        FreightTemplate,
        models.CASCADE,
        related_name="rows",
        verbose_name=_("freight template"),
        db_index=False,
    )
    region = RegionField(
        _("region"),
        blank=True,
        help_text=_("Left empty: everywhere else."),
    )
    is_delivered = models.BooleanField(_("delivered to"), default=True)
    first = models.PositiveIntegerField(_("first"), default=1, validators=[MinValueValidator(1)])
    first_price = money(_("price of the first"), default=Decimal(0))
    step = models.PositiveIntegerField(_("each further"), default=1)
    step_price = money(_("price of each further"), default=Decimal(0))
    free_from = money(_("free from"), null=True, blank=True)

    objects = FreightRowQuerySet.as_manager()

    class Meta:
        ordering = ["template_id", "region"]
        verbose_name = _("freight row")
        verbose_name_plural = _("freight rows")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "region"], name="freight_row_unique_template_region"
            ),
            models.CheckConstraint(
                condition=Q(region="") | Q(region__regex=FORM), name="freight_row_region_code"
            ),
            models.CheckConstraint(
                condition=Q(first__gt=0)
                & Q(step__gt=0)
                & Q(first_price__gte=0)
                & Q(step_price__gte=0)
                & (Q(free_from=None) | Q(free_from__gte=0)),
                name="freight_row_counts_up",
            ),
        ]
        triggers = recording(
            "region",
            "is_delivered",
            "first",
            "first_price",
            "step",
            "step_price",
            "free_from",
            label="{row}.region",
            store="(SELECT t.store_id FROM fulfillment_freighttemplate t"
            " WHERE t.id = {row}.template_id)",
        )

    def __str__(self) -> str:
        return self.region or str(_("everywhere else"))


class DeliveryPromise(Dated):
    """An order of this region is with its buyer so many hours after it was paid.

    A channel's own promise goes before the store's, a smaller region's before a larger one's.
    """

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="delivery_promises",
        verbose_name=_("store"),
        db_index=False,
    )
    region = RegionField(
        _("region"),
        blank=True,
        help_text=_("Left empty: everywhere else."),
    )
    hours = models.PositiveIntegerField(
        _("hours"), validators=[MinValueValidator(1), MaxValueValidator(24 * 90)]
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "region", "-valid_from"]
        verbose_name = _("delivery promise")
        verbose_name_plural = _("delivery promises")
        constraints = [
            ExclusionConstraint(
                name="delivery_promise_one_at_a_time",
                expressions=[
                    ("store", RangeOperators.EQUAL),
                    (any_channel(), RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    (Days("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "Another promise for this region holds at that time: end it first."
                ),
            ),
            ends_after_it_begins("delivery_promise"),
            models.CheckConstraint(
                condition=(Q(region="") | Q(region__regex=FORM))
                & Q(hours__gt=0)
                & Q(hours__lte=24 * 90),
                name="delivery_promise_sound",
            ),
        ]
        triggers = [
            of_one_store("delivery_promise"),
            *recording(
                "channel",
                "region",
                "hours",
                "valid_from",
                "valid_until",
                label="{row}.region || ' ' || {row}.hours || ' h'",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region or '*'} {self.hours} h"


class ParcelPromiseQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"


class ParcelPromise(models.Model):
    """By when a parcel is to be with its buyer, as it was when it left; never changed after.

    `deliver_by` is what the store promised, `expected_by` what its carrier's service takes there.
    The region is empty where the address was not recognised.
    """

    parcel = models.OneToOneField(
        Parcel,
        models.CASCADE,
        primary_key=True,
        related_name="promise",
        verbose_name=_("parcel"),
    )
    region = models.CharField(_("region"), max_length=6, blank=True)
    deliver_by = models.DateTimeField(_("deliver by"), null=True)
    expected_by = models.DateTimeField(_("expected by"), null=True)

    objects = ParcelPromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise of a parcel")
        verbose_name_plural = _("promises of parcels")
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.deliver_by or self.expected_by}"

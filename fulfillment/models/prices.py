"""Where carriers deliver, in how many days, and what they ask for it (FUL-5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, IntegerRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from fulfillment.models.carriers import CarrierService
from fulfillment.models.fields import RegionField
from fulfillment.regions import FORM
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet

_STORE_OF_SERVICE = (
    "(SELECT c.store_id FROM fulfillment_carrierservice s"
    " JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE s.id = {row}.service_id)"
)
_STORE_OF_TABLE = (
    "(SELECT c.store_id FROM fulfillment_pricetable t"
    " JOIN fulfillment_carrierservice s ON s.id = t.service_id"
    " JOIN fulfillment_carrier c ON c.id = s.carrier_id WHERE t.id = {row}.table_id)"
)


class Days(Func):
    """From one day to another, both included; without a last day there is no end."""

    function = "DATERANGE"
    output_field = DateRangeField()

    def __init__(self, first: str, last: str) -> None:
        super().__init__(F(first), F(last), Value("[]"))


class Weights(Func):
    """Above the first number of grams, up to and with the second; without one, any more."""

    function = "INT4RANGE"
    output_field = IntegerRangeField()

    def __init__(self, above: str, up_to: str) -> None:
        super().__init__(F(above), F(up_to), Value("(]"))


def money(title: Any, **more: Any) -> models.DecimalField:
    return models.DecimalField(
        title, max_digits=12, decimal_places=2, validators=[MinValueValidator(0)], **more
    )


class CoverageAreaQuerySet(ScopedQuerySet):
    store_field = "service__carrier__store_id"


class CoverageArea(models.Model):
    """Whether a service delivers in a region, and how much longer it takes there than usual.

    The smallest region that is told counts: a district that is not served within a province that
    is. What no row tells of is not served.
    """

    service = models.ForeignKey(
        CarrierService,
        models.CASCADE,
        related_name="coverage",
        verbose_name=_("service"),
        db_index=False,
    )
    region = RegionField(
        _("region"),
        help_text=_("A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE)."),
    )
    is_delivered = models.BooleanField(_("delivered to"), default=True)
    extra_days = models.PositiveSmallIntegerField(
        _("extra days"),
        default=0,
        validators=[MaxValueValidator(60)],
        help_text=_("Beyond the days that the service takes usually."),
    )

    objects = CoverageAreaQuerySet.as_manager()

    class Meta:
        ordering = ["service_id", "region"]
        verbose_name = _("coverage area")
        verbose_name_plural = _("coverage areas")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "region"], name="coverage_unique_service_region"
            ),
            models.CheckConstraint(condition=Q(region__regex=FORM), name="coverage_region_code"),
            models.CheckConstraint(condition=Q(extra_days__lte=60), name="coverage_days_few"),
        ]
        triggers = recording(
            "region",
            "is_delivered",
            "extra_days",
            label="{row}.region",
            store=_STORE_OF_SERVICE,
        )

    def __str__(self) -> str:
        return self.region


class PriceTableQuerySet(ScopedQuerySet):
    store_field = "service__carrier__store_id"

    def valid_on(self, day: date) -> Self:
        return self.filter(
            Q(valid_until=None) | Q(valid_until__gte=day),
            valid_from__lte=day,
        )


class PriceTable(models.Model):
    """What a service costs from one day to another, from one warehouse or from all.

    A warehouse's own table goes before the one for all. A parcel is charged by what it weighs, or
    by what it measures where that is more: cm³ divided by `divisor` are kilograms.
    """

    service = models.ForeignKey(
        CarrierService,
        models.PROTECT,
        related_name="price_tables",
        verbose_name=_("service"),
        db_index=False,
    )
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="price_tables",
        verbose_name=_("from warehouse"),
        db_index=False,
        help_text=_("Left empty: from every warehouse."),
    )
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last day it holds.")
    )
    divisor = models.PositiveIntegerField(
        _("volumetric divisor"),
        null=True,
        blank=True,
        help_text=_("Centimetres cubed to a kilogram, mostly 6000. Empty: volume does not count."),
    )

    objects = PriceTableQuerySet.as_manager()

    class Meta:
        ordering = ["service_id", "-valid_from"]
        verbose_name = _("price table")
        verbose_name_plural = _("price tables")
        constraints = [
            ExclusionConstraint(
                name="price_table_one_at_a_time",
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    (
                        Coalesce("warehouse", Value(0, models.BigIntegerField())),
                        RangeOperators.EQUAL,
                    ),
                    (Days("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "Another price table of this service holds at that time: end it first."
                ),
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="price_table_ends_after_it_begins",
                violation_error_message=_("It can't end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(divisor=None) | Q(divisor__gt=0), name="price_table_divisor_positive"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & Q(currency__regex=r"^[A-Z]{3}$"),
                name="price_table_named_with_currency",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_one_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("service_id", "warehouse_id"),
                condition=pgtrigger.Q(new__warehouse__isnull=False),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM fulfillment_carrierservice s
                        JOIN fulfillment_carrier c ON c.id = s.carrier_id
                        JOIN catalog_warehouse w ON w.store_id = c.store_id
                        WHERE s.id = NEW.service_id AND w.id = NEW.warehouse_id
                    ) THEN
                        RAISE EXCEPTION 'Service and warehouse of a price table are of one store.'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'price_table_of_one_store';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "service",
                "warehouse",
                "name",
                "valid_from",
                "valid_until",
                "divisor",
                label="{row}.name",
                store=_STORE_OF_SERVICE,
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfPriceTableQuerySet(ScopedQuerySet):
    store_field = "table__service__carrier__store_id"


class PriceRow(models.Model):
    """What so much weight costs to a region, perhaps from another: the first grams, then steps.

    It holds above `above_grams`, up to and with `up_to_grams`. Without steps the price is the same
    in the whole band. Never less than `minimum`. Rows from the smallest origin
    around the warehouse go before those from everywhere; of them the smallest region that has rows
    counts.
    """

    table = models.ForeignKey(
        PriceTable,
        models.CASCADE,
        related_name="rows",
        verbose_name=_("price table"),
        db_index=False,
    )
    origin = RegionField(
        _("from region"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Left empty: from everywhere."),
    )
    region = RegionField(_("region"))
    above_grams = models.PositiveIntegerField(_("above (g)"), default=0)
    up_to_grams = models.PositiveIntegerField(_("up to (g)"), null=True, blank=True)
    first_grams = models.PositiveIntegerField(_("first weight (g)"), default=0)
    first_price = money(_("price of the first weight"))
    step_grams = models.PositiveIntegerField(_("step (g)"), null=True, blank=True)
    step_price = money(_("price of a step"), default=Decimal(0))
    minimum = money(_("at least"), default=Decimal(0))

    objects = OfPriceTableQuerySet.as_manager()

    class Meta:
        ordering = ["table_id", "origin", "region", "above_grams"]
        verbose_name = _("price row")
        verbose_name_plural = _("price rows")
        constraints = [
            # Also what rows are found by: table, region, origin.
            models.UniqueConstraint(
                fields=["table", "region", "origin", "above_grams"],
                name="price_row_unique_zone_band",
            ),
            ExclusionConstraint(
                name="price_row_zone_bands_apart",
                expressions=[
                    ("table", RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    ("origin", RangeOperators.EQUAL),
                    (Weights("above_grams", "up_to_grams"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Two weight bands of this region overlap."),
            ),
            models.CheckConstraint(condition=Q(region__regex=FORM), name="price_row_region_code"),
            models.CheckConstraint(
                condition=Q(origin="") | Q(origin__regex=FORM), name="price_row_origin_code"
            ),
            models.CheckConstraint(
                condition=Q(up_to_grams=None) | Q(up_to_grams__gt=F("above_grams")),
                name="price_row_band_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(first_price__gte=0) & Q(step_price__gte=0) & Q(minimum__gte=0),
                name="price_row_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(step_grams=None, step_price=0) | Q(step_grams__gt=0),
                name="price_row_step_weighs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin or '*'} → {self.region} > {self.above_grams} g"


class Surcharge(models.Model):
    """What is added to the price of a table, per cause; `percent` of freight, or of the value.

    Fuel, remote areas and holidays are percent of the freight and an amount; cash on delivery and
    insurance percent of what is collected or insured. Never less than `minimum`.
    """

    class Kind(models.TextChoices):
        REMOTE = "remote", _("remote area")
        FUEL = "fuel", _("fuel")
        HOLIDAY = "holiday", _("holiday")
        CASH = "cash", _("cash on delivery")
        INSURANCE = "insurance", _("insurance")

    table = models.ForeignKey(
        PriceTable,
        models.CASCADE,
        related_name="surcharges",
        verbose_name=_("price table"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    region = RegionField(
        _("region"),
        blank=True,
        help_text=_("Of a remote area; left empty: everywhere."),
    )
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    percent = models.DecimalField(
        _("percent"),
        max_digits=6,
        decimal_places=3,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    amount = money(_("amount"), default=Decimal(0))
    minimum = money(_("at least"), default=Decimal(0))

    objects = OfPriceTableQuerySet.as_manager()

    class Meta:
        ordering = ["table_id", "kind", "region"]
        verbose_name = _("surcharge")
        verbose_name_plural = _("surcharges")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100)
                & Q(amount__gte=0)
                & Q(minimum__gte=0)
                & (Q(percent__gt=0) | Q(amount__gt=0)),
                name="surcharge_asks_something",
                violation_error_message=_("Give a percentage, an amount or both."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="remote") & Q(region="") | Q(kind="remote", region__regex=FORM),
                name="surcharge_of_a_remote_region",
                violation_error_message=_("A remote area, and nothing else, names its region."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="holiday") & Q(first_day=None, last_day=None)
                | Q(kind="holiday", first_day__isnull=False, last_day__gte=F("first_day")),
                name="surcharge_of_holidays_has_days",
                violation_error_message=_("Holidays, and nothing else, have a first and last day."),
            ),
        ]
        triggers = recording(
            "kind",
            "region",
            "first_day",
            "last_day",
            "percent",
            "amount",
            "minimum",
            label="{row}.kind",
            store=_STORE_OF_TABLE,
            inserts=True,
        )

    def __str__(self) -> str:
        return self.get_kind_display()

"""Parcels: what is in them, who carries them, where they have come (FUL-3)."""

from __future__ import annotations

import re
from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.models.manifests import Manifest
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Store, User
from orders.models import Order, OrderLine

_NUMBER = re.compile(r"^[Pp]0*([1-9]\d{0,17})$")


class ParcelQuerySet(WarehouseQuerySet):
    store_field = "store_id"
    warehouse_field = "warehouse_id"

    def here(self) -> Self:
        """Being packed, or packed and not handed over."""
        return self.filter(state__in=Parcel.HERE)

    def under_way(self) -> Self:
        return self.filter(state=Parcel.State.HANDED_OVER)

    def standing(self) -> Self:
        """Those that count: a parcel that was cancelled holds nothing."""
        return self.exclude(state=Parcel.State.CANCELLED)

    def numbered(self, text: str) -> Self:
        """The parcel with this number, as it is printed: none for anything else."""
        match = _NUMBER.match(text.strip())
        return self.filter(pk=int(match[1])) if match else self.none()

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class Parcel(models.Model):
    """A box on its way to one recipient: pieces of one order, or of several that leave together.

    An order may take several parcels. The waybill is unique with its carrier and never another one:
    a parcel that is labelled anew is cancelled, and `replaces` names it. Weights are in grams,
    lengths in millimetres, the cost in the store's currency.
    """

    class State(models.TextChoices):
        OPEN = "open", _("being packed")
        PACKED = "packed", _("packed")
        HANDED_OVER = "handed_over", _("under way")
        DELIVERED = "delivered", _("delivered")
        RETURNED = "returned", _("returned")
        LOST = "lost", _("lost")
        CANCELLED = "cancelled", _("cancelled")

    # Why a parcel is cancelled by itself.
    ORDER_CANCELLED = "order_cancelled"

    HERE = (State.OPEN, State.PACKED)
    GONE = (State.HANDED_OVER, State.DELIVERED, State.RETURNED, State.LOST)
    ENDED = (State.DELIVERED, State.RETURNED, State.LOST)

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="parcels", verbose_name=_("store"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        related_name="parcels",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    carrier = models.ForeignKey(
        Carrier,
        models.PROTECT,
        null=True,
        related_name="parcels",
        verbose_name=_("carrier"),
        db_index=False,
    )
    service = models.ForeignKey(
        CarrierService,
        models.PROTECT,
        null=True,
        related_name="parcels",
        verbose_name=_("service"),
        db_index=False,
    )
    waybill = models.CharField(_("waybill"), max_length=60, blank=True)
    weight_grams = models.PositiveIntegerField(_("weight (g)"), null=True)
    length_mm = models.PositiveIntegerField(_("length (mm)"), null=True)
    width_mm = models.PositiveIntegerField(_("width (mm)"), null=True)
    height_mm = models.PositiveIntegerField(_("height (mm)"), null=True)
    freight_cost = models.DecimalField(
        _("freight cost"), max_digits=12, decimal_places=2, null=True
    )
    manifest = models.ForeignKey(
        Manifest,
        models.PROTECT,
        null=True,
        related_name="parcels",
        verbose_name=_("manifest"),
        db_index=False,
    )
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        related_name="replaced_by",
        verbose_name=_("replaces"),
        editable=False,
    )
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
        db_index=False,
    )
    packed_at = models.DateTimeField(_("packed at"), null=True)
    packed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("packed by"),
        db_index=False,
    )
    handed_over_at = models.DateTimeField(_("handed over"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancelled_because = models.CharField(_("why it was cancelled"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        permissions = [
            ("pack_parcel", "Can pack, label and cancel parcels"),
            ("hand_over_parcel", "Can hand parcels over to carriers"),
            ("print_label", "Can print labels, with whom parcels go to in full"),
            ("intercept_parcel", "Can have parcels stopped that are under way"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "waybill"],
                condition=~Q(waybill="") & ~Q(state="cancelled"),
                name="parcel_unique_carrier_waybill",
            ),
            models.CheckConstraint(
                condition=Q(waybill="") | Q(carrier__isnull=False),
                name="parcel_waybill_of_a_carrier",
            ),
            models.CheckConstraint(
                condition=Q(service=None) | Q(carrier__isnull=False),
                name="parcel_service_of_a_carrier",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "cancelled"]) | Q(packed_at__isnull=False),
                name="parcel_packed_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "packed", "cancelled"], handed_over_at=None)
                | (
                    Q(state__in=["handed_over", "delivered", "returned", "lost"])
                    & Q(handed_over_at__isnull=False)
                    & ~Q(waybill="")
                ),
                name="parcel_handed_over_with_waybill",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["delivered", "returned", "lost"], ended_at__isnull=False)
                | (~Q(state__in=["delivered", "returned", "lost"]) & Q(ended_at=None)),
                name="parcel_ended_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_at__isnull=False)
                & ~Q(cancelled_because="")
                | (~Q(state="cancelled") & Q(cancelled_at=None)),
                name="parcel_cancelled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(weight_grams=None) | Q(weight_grams__gt=0))
                & (Q(freight_cost=None) | Q(freight_cost__gte=0)),
                name="parcel_weighs_something",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "id"], name="parcel_list_store"),
            models.Index(
                fields=["warehouse", "carrier", "id"],
                condition=Q(state__in=["open", "packed"]),
                name="parcel_here",
            ),
            models.Index(
                fields=["store", "handed_over_at", "id"],
                condition=Q(state="handed_over"),
                name="parcel_under_way",
            ),
            # How much a warehouse ships: of the last weeks, every few minutes.
            models.Index(
                fields=["warehouse", "handed_over_at"],
                condition=Q(handed_over_at__isnull=False),
                name="parcel_handed_over",
            ),
            models.Index(
                fields=["manifest"],
                condition=Q(manifest__isnull=False),
                name="parcel_manifest",
            ),
            models.Index(
                OpClass("waybill", "text_pattern_ops"),
                condition=~Q(waybill=""),
                name="parcel_waybill_prefix",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="identity", fields=["store", "warehouse", "replaces"]),
            # It is printed, told the channel and the customer: never overwritten (FUL-3).
            pgtrigger.Protect(
                name="waybill_kept",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__waybill="")
                & (
                    pgtrigger.Q(old__waybill__df=pgtrigger.F("new__waybill"))
                    | pgtrigger.Q(old__carrier__df=pgtrigger.F("new__carrier"))
                ),
            ),
            *recording(
                "state",
                "carrier_id",
                "waybill",
                "weight_grams",
                "freight_cost",
                label="'P' || lpad({row}.id::text, 9, '0')",
                busy=True,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def why_cancelled(self) -> str:
        """What whoever cancelled it said, or in words why it was cancelled by itself."""
        is_order = self.cancelled_because == self.ORDER_CANCELLED
        return gettext("The order was cancelled.") if is_order else self.cancelled_because

    @property
    def number(self) -> str:
        """Printed and scanned as Code 128."""
        return f"P{self.pk:09d}" if self.pk else "P"


class ParcelOrderQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"


class ParcelOrder(models.Model):
    """The parcel carries pieces of this order."""

    parcel = models.ForeignKey(
        Parcel, models.CASCADE, related_name="parcel_orders", verbose_name=_("parcel")
    )
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="parcel_orders",
        verbose_name=_("order"),
        db_index=False,
    )

    objects = ParcelOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order of a parcel")
        verbose_name_plural = _("orders of a parcel")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "parcel"], name="parcel_order_unique_order_parcel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.order_id}"


class ParcelItemQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"


class ParcelItem(models.Model):
    """So many pieces of an order's line are in the parcel; of a bundle, its parts."""

    parcel = models.ForeignKey(
        Parcel, models.CASCADE, related_name="items", verbose_name=_("parcel"), db_index=False
    )
    line = models.ForeignKey(
        OrderLine, models.CASCADE, related_name="parcel_items", verbose_name=_("order line")
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    quantity = models.PositiveIntegerField(_("pieces"))

    objects = ParcelItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("content of a parcel")
        verbose_name_plural = _("contents of parcels")
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "line", "sku"], name="parcel_item_unique_parcel_line_sku"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="parcel_item_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"

"""How many boxes of a kind a warehouse has, and which parcel took one (FUL-6)."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.packaging import Box
from fulfillment.models.parcels import Parcel
from opsdesk.stores.models import User


class BoxStockQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def low(self) -> Self:
        """Those to be ordered: at their reorder point or below it."""
        return self.filter(reorder_point__gt=0, quantity__lte=F("reorder_point"))

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class BoxStock(models.Model):
    """A warehouse counts these boxes. Only `services.box_stock` changes how many there are.

    Packing never waits for a box: below zero more were used than anybody put down, and somebody
    has to count. A kind without a row here is not counted in this warehouse.
    """

    box = models.ForeignKey(
        Box, models.PROTECT, related_name="stocks", verbose_name=_("box"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    quantity = models.IntegerField(_("boxes there"), default=0)
    reorder_point = models.PositiveIntegerField(
        _("reorder point"),
        default=0,
        help_text=_("At so many or fewer the warehouse is alerted; 0: never."),
    )

    objects = BoxStockQuerySet.as_manager()

    class Meta:
        ordering = ["warehouse_id", "box_id"]
        verbose_name = _("stock of boxes")
        verbose_name_plural = _("stock of boxes")
        default_permissions = ("view", "add", "change")
        permissions = [("move_box_stock", "Can receive and count boxes")]
        constraints = [
            models.UniqueConstraint(
                fields=["box", "warehouse"], name="box_stock_unique_box_warehouse"
            )
        ]
        triggers = [pgtrigger.ReadOnly(name="identity", fields=["box", "warehouse"])]

    def __str__(self) -> str:
        return f"{self.box} · {self.warehouse}"

    @property
    def is_low(self) -> bool:
        return bool(self.reorder_point) and self.quantity <= self.reorder_point


class ParcelBoxQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"


class ParcelBox(models.Model):
    """The parcel is in such a box: as it was scanned, else as it was proposed when it closed."""

    parcel = models.OneToOneField(
        Parcel,
        models.CASCADE,
        primary_key=True,
        related_name="in_box",
        verbose_name=_("parcel"),
    )
    box = models.ForeignKey(
        Box, models.PROTECT, related_name="+", verbose_name=_("box"), db_index=False
    )
    is_scanned = models.BooleanField(_("scanned"), default=False)
    at = models.DateTimeField(_("at"))

    objects = ParcelBoxQuerySet.as_manager()

    class Meta:
        verbose_name = _("box of a parcel")
        verbose_name_plural = _("boxes of parcels")

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.box_id}"


class BoxMovementQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"


class BoxMovement(models.Model):
    """Boxes came (above zero) or went (below). Append-only, held by the database.

    A parcel takes one box, once.
    """

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        USED = "used", _("used for a parcel")
        COUNTED = "counted", _("corrected by a count")

    stock = models.ForeignKey(
        BoxStock, models.PROTECT, related_name="movements", verbose_name=_("stock of boxes")
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    quantity = models.IntegerField(_("boxes"))
    parcel = models.ForeignKey(
        Parcel,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("parcel"),
        db_index=False,
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = BoxMovementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("movement of boxes")
        verbose_name_plural = _("movements of boxes")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(kind="used"), name="box_movement_one_per_parcel"
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="box_movement_moves_boxes"),
            models.CheckConstraint(
                condition=Q(kind="used", parcel__isnull=False, quantity__lt=0)
                | (~Q(kind="used") & Q(parcel=None)),
                name="box_movement_used_for_a_parcel",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+}"

"""Where in a warehouse goods lie (FUL-1)."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import User

# As it is printed and scanned: no blanks, nothing that a scanner's keyboard layout would change.
bin_code = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9.-]*$", _("Letters, digits, dots and hyphens; a letter or digit first.")
)


class ZoneQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"


class Zone(models.Model):
    """A part of a warehouse that is walked on its own. Zones are walked by `position`."""

    class Kind(models.TextChoices):
        PICK = "pick", _("picking")
        BULK = "bulk", _("reserve stock")
        COLD = "cold", _("cold chain")
        RETURNS = "returns", _("returns")

    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        related_name="zones",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=20, validators=[bin_code])
    name = models.CharField(_("name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PICK)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    objects = ZoneQuerySet.as_manager()

    class Meta:
        ordering = ["warehouse_id", "position", "code"]
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "code"], name="zone_unique_warehouse_code")
        ]
        triggers = [pgtrigger.ReadOnly(name="identity", fields=["warehouse"])]

    def __str__(self) -> str:
        return self.name or self.code


class BinQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def active(self) -> Self:
        return self.filter(is_active=True)

    def free(self) -> Self:
        """Nothing lies in them."""
        lying = BinStock.objects.filter(bin=OuterRef("pk"), quantity__gt=0)
        return self.filter(~Exists(lying))


class Bin(models.Model):
    """A place in a zone with a label to scan: so far along an aisle, so high.

    `aisle` and `bay` say where one walks; the same aisle is walked from its lowest bay or from its
    highest.
    """

    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="bins", verbose_name=_("warehouse"), db_index=False
    )
    zone = models.ForeignKey(Zone, models.PROTECT, related_name="bins", verbose_name=_("zone"))
    code = models.CharField(_("code"), max_length=40, validators=[bin_code])
    aisle = models.PositiveSmallIntegerField(_("aisle"))
    bay = models.PositiveSmallIntegerField(_("bay"))
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    is_active = models.BooleanField(_("active"), default=True)

    objects = BinQuerySet.as_manager()

    class Meta:
        ordering = ["warehouse_id", "code"]
        verbose_name = _("bin")
        verbose_name_plural = _("bins")
        constraints = [
            models.UniqueConstraint(fields=["warehouse", "code"], name="bin_unique_warehouse_code")
        ]
        triggers = [
            # The zone names the warehouse again: the two never differ.
            pgtrigger.Trigger(
                name="of_its_zone",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("warehouse_id", "zone_id"),
                func="""
                IF NEW.warehouse_id <>
                   (SELECT z.warehouse_id FROM fulfillment_zone z WHERE z.id = NEW.zone_id) THEN
                    RAISE EXCEPTION 'A bin lies in the warehouse of its zone.'
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
            *recording(
                "code",
                "is_active",
                label="{row}.code",
                store=(
                    "(SELECT w.store_id FROM catalog_warehouse w WHERE w.id = {row}.warehouse_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class BinStockQuerySet(WarehouseQuerySet):
    store_field = "bin__warehouse__store_id"
    warehouse_field = "bin__warehouse_id"

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("bin_id", "sku_id")


class BinStock(models.Model):
    """So many pieces of a SKU lie in a bin. Only `services.bins` changes it, with a movement.

    What a warehouse holds beyond its bins has not been put away.
    """

    bin = models.ForeignKey(
        Bin, models.PROTECT, related_name="stock", verbose_name=_("bin"), db_index=False
    )
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="bins", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("pieces"))

    objects = BinStockQuerySet.as_manager()

    class Meta:
        permissions = [("move_bin_stock", "Can put goods away, move and count them in bins")]
        verbose_name = _("stock of a bin")
        verbose_name_plural = _("stock of bins")
        constraints = [
            models.UniqueConstraint(fields=["bin", "sku"], name="bin_stock_unique_bin_sku")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"


class BinMovementQuerySet(WarehouseQuerySet):
    store_field = "bin__warehouse__store_id"
    warehouse_field = "bin__warehouse_id"


class BinMovement(models.Model):
    """Pieces came into a bin (positive) or left it (negative). Append-only, held by the database.

    The stock of the warehouse does not change by it: that is what its ledger is for.
    """

    class Kind(models.TextChoices):
        PUT_AWAY = "put_away", _("put away")
        PICKED = "picked", _("picked")
        PUT_BACK = "put_back", _("put back")
        MOVED = "moved", _("moved")
        COUNTED = "counted", _("counted")
        LEFT = "left", _("left the warehouse")

    bin = models.ForeignKey(Bin, models.PROTECT, related_name="movements", verbose_name=_("bin"))
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    quantity = models.IntegerField(_("pieces"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    reference = models.CharField(_("reference"), max_length=60, blank=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = BinMovementQuerySet.as_manager()

    class Meta:
        verbose_name = _("bin movement")
        verbose_name_plural = _("bin movements")
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="bin_movement_moves_pieces")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.quantity:+}"

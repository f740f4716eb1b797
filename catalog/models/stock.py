from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.bundles import no_stock_of_its_own
from catalog.models.products import Sku
from catalog.models.warehouses import Warehouse, WarehouseQuerySet
from opsdesk.stores.models import User


class StockState(models.TextChoices):
    """Where a piece can be. Available and reserved are on the shelf; sold has left for good."""

    AVAILABLE = "available", _("available")
    RESERVED = "reserved", _("reserved")
    SHIPPED = "shipped", _("shipped")
    RETURNING = "returning", _("returning")
    DAMAGED = "damaged", _("damaged")
    SOLD = "sold", _("sold")


class StockLevelQuerySet(WarehouseQuerySet):
    store_field = "sku__store_id"
    warehouse_field = "warehouse_id"

    def locked(self) -> Self:
        """Lock the rows, always in SKU order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("sku_id", "warehouse_id")

    def of_skus(self, sku_ids: Iterable[int]) -> Self:
        return self.filter(sku__in=list(sku_ids))


class StockLevel(models.Model):
    """Pieces of one SKU in one warehouse, by state. Equal to the sum of its movements (CAT-7).

    Only `catalog.services.stock` and the SQL function `reserve_orders` change it, both of which
    write the movement in the same transaction.
    """

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="stock_levels", verbose_name=_("SKU"))
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="stock_levels", verbose_name=_("warehouse")
    )
    available = models.IntegerField(_("available"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    shipped = models.IntegerField(_("shipped"), default=0)
    returning = models.IntegerField(_("returning"), default=0)
    damaged = models.IntegerField(_("damaged"), default=0)
    sold = models.IntegerField(_("sold"), default=0)

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        permissions = [
            ("receive_stock", "Can receive goods into stock"),
            ("adjust_stock", "Can correct stock, or ask for it above the limits"),
            ("approve_adjustment", "Can decide on corrections of stock"),
            ("handle_stock", "Can book what came back and what was found damaged"),
            ("transfer_stock", "Can send goods to another warehouse and receive them there"),
            ("count_stock", "Can count stock"),
            ("compare_stock", "Can send in what other systems have in stock"),
            ("settle_difference", "Can settle differences with other systems' stock"),
        ]
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse"], name="stock_level_unique_sku_warehouse"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{state}__gte": 0}), name=f"stock_level_{state}_not_negative"
                )
                for state in StockState.values
            ),
        ]
        triggers = [no_stock_of_its_own()]

    def __str__(self) -> str:
        return f"{self.sku} @ {self.warehouse}"

    @property
    def on_hand(self) -> int:
        """Pieces that can be touched in the warehouse."""
        return self.available + self.reserved + self.damaged


class StockMovementQuerySet(WarehouseQuerySet):
    store_field = "sku__store_id"
    warehouse_field = "warehouse_id"


class StockMovement(models.Model):
    """A line of the stock ledger: so many pieces went from one state to another (CAT-7).

    An empty state is the world outside: a receipt has no `from_state`, a write-off no `to_state`.
    Append-only: the database refuses UPDATE and DELETE.
    """

    class Kind(models.TextChoices):
        RECEIVE = "receive", _("received")
        RESERVE = "reserve", _("reserved")
        RELEASE = "release", _("released")
        SHIP = "ship", _("shipped")
        DELIVER = "deliver", _("delivered")
        RETURN = "return", _("coming back")
        ACCEPT = "accept", _("accepted back")
        REJECT = "reject", _("found damaged")
        TRANSFER_OUT = "transfer_out", _("sent to another warehouse")
        TRANSFER_IN = "transfer_in", _("came from another warehouse")
        RECALL = "recall", _("back, the transfer was cancelled")
        COUNT = "count", _("corrected by a count")
        DAMAGE = "damage", _("damaged on the shelf")
        WRITE_OFF = "write_off", _("written off")

    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="movements", verbose_name=_("SKU"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    from_state = models.CharField(_("from"), max_length=10, choices=StockState, blank=True)
    to_state = models.CharField(_("to"), max_length=10, choices=StockState, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    reference = models.CharField(
        _("reference"), max_length=60, blank=True, help_text=_("What caused it, such as order:42.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="stock_movement_quantity_positive"
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="stock_movement_changes_state"
            ),
            models.CheckConstraint(
                condition=Q(from_state__in=["", *StockState.values])
                & Q(to_state__in=["", *StockState.values]),
                name="stock_movement_states_known",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "warehouse", "id"], name="stock_movement_ledger"),
            BrinIndex(fields=["at"], autosummarize=True, name="stock_movement_at"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity} × {self.sku}"

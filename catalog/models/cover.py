from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from catalog.models.warehouses import Warehouse, WarehouseQuerySet
from opsdesk.stores.models import Store

# Days of cover of what nobody buys: no end in sight.
ENDLESS = Decimal(9999)


class StockCoverQuerySet(WarehouseQuerySet):
    warehouse_field = "warehouse_id"

    def low(self) -> Self:
        """At or below the safety stock. What nobody buys needs none."""
        return self.filter(average__gt=0, available__lte=F("safety_stock"))

    def lasting_less_than(self, days: int) -> Self:
        return self.filter(cover_days__lt=days)


class StockCover(models.Model):
    """How long the pieces of a SKU in a warehouse last, and how many must not be undercut (CAT-8).

    Only `catalog.services.replenishment` writes it: average and safety stock once a day, from the
    ledger; available and cover whenever it follows the balances.
    """

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="+", verbose_name=_("store"), db_index=False
    )
    sku = models.ForeignKey(
        Sku, models.CASCADE, related_name="covers", verbose_name=_("SKU"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.CASCADE, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    average = models.DecimalField(_("average daily sales"), max_digits=12, decimal_places=3)
    days_counted = models.PositiveSmallIntegerField(_("days counted"))
    safety_stock = models.PositiveIntegerField(_("safety stock"))
    available = models.IntegerField(_("available"))
    cover_days = models.DecimalField(_("days of cover"), max_digits=6, decimal_places=1)
    computed_at = models.DateTimeField(_("computed"))

    objects = StockCoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("days of cover")
        verbose_name_plural = _("days of cover")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse"], name="stock_cover_unique_sku_warehouse"
            ),
            models.CheckConstraint(
                condition=Q(average__gte=0), name="stock_cover_average_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(cover_days__gte=0, cover_days__lte=ENDLESS),
                name="stock_cover_days_known",
            ),
        ]
        indexes = [
            models.Index(fields=["cover_days", "id"], name="stock_cover_next_out"),
            models.Index(fields=["store", "cover_days", "id"], name="stock_cover_store_next_out"),
            models.Index(
                fields=["cover_days", "id"],
                condition=Q(average__gt=0, available__lte=F("safety_stock")),
                name="stock_cover_low",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} @ {self.warehouse}"

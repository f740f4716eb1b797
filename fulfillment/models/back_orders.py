"""Orders that wait for goods that were not where the pick list said (FUL-1)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.picks import ShortPick
from opsdesk.stores.models import User
from orders.models import Order


class BackOrderQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        return self.filter(ended_at=None)


class BackOrder(models.Model):
    """The order is picked again once so many pieces of the SKU lie in the warehouse's bins.

    Until then no wave takes it. What it holds of the stock it keeps.
    """

    class Ended(models.TextChoices):
        ARRIVED = "arrived", _("the goods are there")
        RESUMED = "resumed", _("picked again as it is")
        GONE = "gone", _("the order is not served from here any more")

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="back_orders", verbose_name=_("order"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    pieces = models.PositiveIntegerField(_("pieces"))
    short = models.ForeignKey(
        ShortPick, models.PROTECT, related_name="back_orders", verbose_name=_("short pick")
    )
    since = models.DateTimeField(_("since"))
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_because = models.CharField(_("why"), max_length=10, choices=Ended, blank=True)

    objects = BackOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("back order")
        verbose_name_plural = _("back orders")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "warehouse", "short"],
                condition=Q(ended_at=None),
                name="back_order_once_per_short_pick",
            ),
            models.CheckConstraint(condition=Q(pieces__gt=0), name="back_order_waits_for_pieces"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="back_order_ended_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "since", "id"],
                condition=Q(ended_at=None),
                name="back_order_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pieces} × {self.sku_id}"

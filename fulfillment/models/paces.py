"""How much a warehouse ships in a working hour (FUL-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from opsdesk.stores.models import User

MOST_PARCELS = 100_000


class WarehousePaceQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def valid_at(self, at: datetime) -> Self:
        """Per warehouse the row that holds at that moment."""
        begun = self.filter(valid_from__lte=at).order_by("warehouse_id", "-valid_from", "-pk")
        return begun.distinct("warehouse_id")


class WarehousePace(models.Model):
    """From a moment on the warehouse ships so many parcels in a working hour; 0: as the store's
    number says. Rows are never edited, so they are the history."""

    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        related_name="paces",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    per_hour = models.PositiveIntegerField(
        _("parcels per working hour"),
        validators=[MaxValueValidator(MOST_PARCELS)],
        help_text=_("0: as the number of the procedure says."),
    )
    valid_from = models.DateTimeField(_("from"))
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("set by"), db_index=False
    )
    set_at = models.DateTimeField(_("set"))

    objects = WarehousePaceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("pace of a warehouse")
        verbose_name_plural = _("paces of warehouses")
        default_permissions = ("view", "add")
        indexes = [
            models.Index(fields=["warehouse", "-valid_from", "-id"], name="warehouse_pace_holds")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.warehouse}: {self.per_hour}"

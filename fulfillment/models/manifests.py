"""The lists against which carriers take parcels over (FUL-3)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.carriers import Carrier
from opsdesk.stores.models import User


class ManifestQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        return self.filter(state=Manifest.State.OPEN)


class Manifest(models.Model):
    """The list against which a carrier takes parcels over (揽收交接). One is open at a time."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        HANDED_OVER = "handed_over", _("handed over")

    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        related_name="manifests",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    carrier = models.ForeignKey(
        Carrier,
        models.PROTECT,
        related_name="manifests",
        verbose_name=_("carrier"),
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    handed_over_at = models.DateTimeField(_("handed over"), null=True)
    handed_over_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("handed over by"),
        db_index=False,
    )
    taken_by = models.CharField(_("taken by"), max_length=80, blank=True)

    objects = ManifestQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("manifest")
        verbose_name_plural = _("manifests")
        constraints = [
            models.UniqueConstraint(
                fields=["warehouse", "carrier"],
                condition=Q(state="open"),
                name="manifest_one_open_per_warehouse_and_carrier",
            ),
            models.CheckConstraint(
                condition=Q(state="open", handed_over_at=None)
                | Q(state="handed_over", handed_over_at__isnull=False),
                name="manifest_handed_over_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"M{self.pk:08d}" if self.pk else "M"

"""How long parcels take from a warehouse to a province, by own experience (FUL-7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.carriers import CarrierService
from fulfillment.models.parcels import Parcel
from opsdesk.stores.models import ScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from opsdesk.stores.models import User


class LaneTimeQuerySet(ScopedQuerySet):
    store_field = "service__carrier__store_id"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of the person's stores; of lanes, those from warehouses that they see."""
        seen = Warehouse.objects.visible_to(user)
        return super().visible_to(user).filter(Q(warehouse=None) | Q(warehouse__in=seen))


class LaneTime(models.Model):
    """How long a service took from a warehouse to a region, of parcels that were delivered lately.

    Without warehouse and region, everywhere together. Regions are provinces (33) or countries (DE).
    Hours are from handing over to delivery: half the parcels took no longer than the median, nine
    of ten no longer than `p90_hours`; nine of ten were never silent for longer than
    `silence_hours`. Worked out anew every night, row by row as a whole.
    """

    service = models.ForeignKey(
        CarrierService,
        models.CASCADE,
        related_name="lanes",
        verbose_name=_("service"),
        db_index=False,
    )
    warehouse = models.ForeignKey(
        Warehouse,
        models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("of a lane", "from warehouse"),
        db_index=False,
    )
    region = models.CharField(_("region"), max_length=2, blank=True)
    parcels = models.PositiveIntegerField(_("parcels"))
    median_hours = models.DecimalField(_("half arrive within (h)"), max_digits=7, decimal_places=1)
    p90_hours = models.DecimalField(
        _("nine of ten arrive within (h)"), max_digits=7, decimal_places=1
    )
    silence_hours = models.DecimalField(
        _("nine of ten are silent at most (h)"), max_digits=7, decimal_places=1
    )
    computed_at = models.DateTimeField(_("worked out"))

    objects = LaneTimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["service", "warehouse", "region"],
                nulls_distinct=False,
                name="lane_time_unique_service_warehouse_region",
            ),
            models.CheckConstraint(
                condition=Q(warehouse=None, region="") | Q(warehouse__isnull=False) & ~Q(region=""),
                name="lane_time_of_a_lane_or_of_all",
            ),
            models.CheckConstraint(
                condition=Q(parcels__gt=0)
                & Q(median_hours__gte=0)
                & Q(median_hours__lte=F("p90_hours"))
                & Q(silence_hours__gte=0),
                name="lane_time_makes_sense",
            ),
        ]
        indexes = [models.Index(fields=["parcels", "id"], name="lane_time_list")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.warehouse_id or ''}→{self.region}"


class ParcelEtaQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"


class ParcelEta(models.Model):
    """Between which moments a parcel is expected to arrive; written as it leaves, anew each night.

    By its lane, else by its service, each from enough parcels on (`sample`), else by what was
    promised.
    """

    class Basis(models.TextChoices):
        LANE = "lane", _("its lane")
        SERVICE = "service", _("its service")
        PROMISE = "promise", pgettext_lazy("basis of an expectation", "the promise")

    parcel = models.OneToOneField(
        Parcel,
        models.CASCADE,
        primary_key=True,
        related_name="eta",
        verbose_name=_("parcel"),
    )
    earliest = models.DateTimeField(_("expected from"))
    latest = models.DateTimeField(_("expected until"))
    basis = models.CharField(_("by"), max_length=8, choices=Basis)
    sample = models.PositiveIntegerField(_("parcels"), default=0)

    objects = ParcelEtaQuerySet.as_manager()

    class Meta:
        verbose_name = _("expected arrival")
        verbose_name_plural = _("expected arrivals")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(earliest__lte=F("latest")), name="parcel_eta_has_a_span"
            )
        ]

    def __str__(self) -> str:
        return f"{self.earliest:%Y-%m-%d} – {self.latest:%Y-%m-%d}"

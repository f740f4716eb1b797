"""When sources that don't push are asked of a parcel (FUL-7)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.carriers import Carrier
from fulfillment.models.parcels import Parcel
from opsdesk.exchange.models import Target


class ParcelPollQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"

    def open(self) -> Self:
        return self.filter(next_at__isnull=False)

    def parked(self) -> Self:
        """Given up after failing too often, of parcels that are still under way."""
        return self.filter(parked_at__isnull=False, parcel__state=Parcel.State.HANDED_OVER)


class ParcelPoll(models.Model):
    """A source is asked of a parcel again and again; one row per parcel and target.

    `next_at` is when, empty where nothing is to be asked any more. `attempts` counts what failed in
    a row, the one under way included; `reference` is what the source calls the waybill.
    """

    parcel = models.ForeignKey(
        Parcel, models.PROTECT, related_name="polls", verbose_name=_("parcel"), db_index=False
    )
    target = models.ForeignKey(
        Target, models.PROTECT, related_name="+", verbose_name=_("target"), db_index=False
    )
    carrier = models.ForeignKey(
        Carrier, models.PROTECT, related_name="+", verbose_name=_("carrier"), db_index=False
    )
    reference = models.CharField(_("known there as"), max_length=60, blank=True)
    next_at = models.DateTimeField(_("asked next"), null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    asked_at = models.DateTimeField(_("asked last"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    parked_at = models.DateTimeField(_("given up"), null=True)

    objects = ParcelPollQuerySet.as_manager()

    class Meta:
        verbose_name = _("question about a parcel")
        verbose_name_plural = _("questions about parcels")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "target"], name="parcel_poll_unique_parcel_target"
            ),
            models.CheckConstraint(
                condition=Q(next_at__isnull=False) | Q(lease_until=None),
                name="parcel_poll_leased_while_open",
            ),
            models.CheckConstraint(
                condition=Q(parked_at=None) | Q(next_at=None), name="parcel_poll_parked_is_over"
            ),
        ]
        indexes = [
            models.Index(
                fields=["target", "carrier", "next_at"],
                condition=Q(next_at__isnull=False),
                name="parcel_poll_open",
            ),
            models.Index(
                fields=["target"], condition=Q(parked_at__isnull=False), name="parcel_poll_parked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel_id} → {self.target_id}"

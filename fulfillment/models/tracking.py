"""What carriers tell of parcels, and what follows from it (FUL-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.parcels import Parcel
from opsdesk.stores.models import ScopedQuerySet, Store


class Progress(models.TextChoices):
    """Where a parcel has come, in the same words for every carrier; the later one stands lower."""

    ANNOUNCED = "announced", _("announced to the carrier")
    PICKED_UP = "picked_up", _("picked up")
    IN_TRANSIT = "in_transit", _("on its way")
    ARRIVED = "arrived", _("arrived at a hub")
    CUSTOMS = "customs", _("at customs")
    OUT_FOR_DELIVERY = "out_for_delivery", _("out for delivery")
    FAILED = "failed_attempt", _("delivery failed")
    TO_COLLECT = "to_collect", _("ready for collection")
    EXCEPTION = "exception", _("in trouble")
    DAMAGED = "damaged", pgettext_lazy("a parcel", "damaged")
    CANCELLED = "cancelled", _("cancelled by the carrier")
    LOST = "lost", pgettext_lazy("a parcel", "lost")
    RETURNING = "returning", _("on its way back")
    RETURNED = "returned", _("back at the sender")
    DELIVERED = "delivered", _("delivered")


# Of events at the same moment the one further down counts.
ORDER = tuple(Progress.values)
# Once one of these was told, nothing but another one of them changes where a parcel is: scans of
# the way come late, and the way back is a way, too.
DECISIVE = (Progress.RETURNING, Progress.RETURNED, Progress.DELIVERED)
# The carrier has the parcel.
MOVING = tuple(state for state in Progress.values if state not in ("announced", "cancelled"))


class Source(models.TextChoices):
    """Who told it."""

    KUAIDI100 = "kuaidi100", _("Kuaidi100")
    EASYPOST = "easypost", _("EasyPost")
    PROGRAM = "tracking", _("a program")
    PERSON = "person", _("a person")


class TrackingEventQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"

    def counting(self, at: datetime) -> Self:
        """Without what the waybill's former life left, and what is dated ahead of its time."""
        return self.exclude(mark=TrackingEvent.Mark.BEFORE).exclude(
            mark=TrackingEvent.Mark.EARLY, at__gt=at
        )


class TrackingEvent(models.Model):
    """A carrier's word on a parcel, once. Append-only, held by the database.

    `at` is the carrier's time, `text` the carrier's own words, `code` its own code. The digest is
    of all of these, so the same thing told again, by push or poll, is the same row. Nothing refers
    to an event, and every key begins with parcel and moment: the table can be cut by months.
    """

    class Mark(models.TextChoices):
        EARLY = "early", _("dated ahead of its time")
        BEFORE = "before", _("from before the parcel was")

    parcel = models.ForeignKey(
        Parcel, models.PROTECT, related_name="events", verbose_name=_("parcel"), db_index=False
    )
    at = models.DateTimeField(_("at"))
    state = models.CharField(_("state"), max_length=20, choices=Progress)
    text = models.TextField(_("the carrier's words"), blank=True)
    place = models.CharField(pgettext_lazy("a town", "place"), max_length=120, blank=True)
    code = models.CharField(_("the carrier's code"), max_length=60, blank=True)
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=10, choices=Source)
    mark = models.CharField(_("mark"), max_length=6, choices=Mark, blank=True)
    received_at = models.DateTimeField(_("received"))
    digest = models.UUIDField(editable=False)

    objects = TrackingEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("tracking event")
        verbose_name_plural = _("tracking events")
        permissions = [("tell_trackingevent", "Can tell where parcels are")]
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "at", "digest"], name="tracking_event_unique_parcel_at_digest"
            ),
            models.CheckConstraint(
                condition=Q(state__in=Progress.values), name="tracking_event_known_state"
            ),
        ]
        indexes = [
            # What waits for its time to come.
            models.Index(fields=["at"], condition=Q(mark="early"), name="tracking_event_early"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.state}"


class WaitingEventQuerySet(ScopedQuerySet):
    pass


class WaitingEvent(models.Model):
    """A carrier's word on a waybill that no parcel bears yet; it moves to the parcel that will.

    `carrier` is what the source calls the carrier.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=10, choices=Source)
    carrier = models.CharField(_("carrier"), max_length=60)
    waybill = models.CharField(_("waybill"), max_length=60)
    at = models.DateTimeField(_("at"))
    state = models.CharField(_("state"), max_length=20, choices=Progress)
    text = models.TextField(_("the carrier's words"), blank=True)
    place = models.CharField(pgettext_lazy("a town", "place"), max_length=120, blank=True)
    code = models.CharField(_("the carrier's code"), max_length=60, blank=True)
    received_at = models.DateTimeField(_("received"))
    digest = models.UUIDField(editable=False)

    objects = WaitingEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("tracking event of an unknown parcel")
        verbose_name_plural = _("tracking events of unknown parcels")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "waybill", "source", "carrier", "at", "digest"],
                name="waiting_event_unique_told",
            ),
        ]
        indexes = [models.Index(fields=["received_at"], name="waiting_event_age")]

    def __str__(self) -> str:
        return f"{self.waybill} {self.state}"


class ParcelProgressQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"


class ParcelProgress(models.Model):
    """What follows from a parcel's events, whatever the order in which they came.

    `event_at`, `text` and `place` are those of the event that says the state; `news_at` is the
    newest event's moment. Written by `services.tracking` alone.
    """

    parcel = models.OneToOneField(
        Parcel,
        models.CASCADE,
        primary_key=True,
        related_name="progress",
        verbose_name=_("parcel"),
    )
    state = models.CharField(_("state"), max_length=20, choices=Progress)
    event_at = models.DateTimeField(_("since"))
    text = models.TextField(_("the carrier's words"), blank=True)
    place = models.CharField(pgettext_lazy("a town", "place"), max_length=120, blank=True)
    news_at = models.DateTimeField(_("latest news"))
    moved_at = models.DateTimeField(_("taken by the carrier"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    damaged_at = models.DateTimeField(_("told to be damaged"), null=True)
    failures = models.PositiveSmallIntegerField(_("failed attempts"), default=0)

    objects = ParcelProgressQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress of a parcel")
        verbose_name_plural = _("progress of parcels")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False),
                name="parcel_progress_delivered_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(event_at__lte=models.F("news_at")),
                name="parcel_progress_news_not_before_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["damaged_at"],
                condition=Q(damaged_at__isnull=False),
                name="parcel_progress_damaged",
            )
        ]

    def __str__(self) -> str:
        return self.get_state_display()

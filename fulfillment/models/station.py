"""What is done at the packing station, and what follows a parcel that has left (FUL-1, FUL-7)."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.parcels import Parcel
from opsdesk.audit.triggers import recording
from opsdesk.exchange.models import Target
from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User


class StationScan(models.Model):
    """A scan that was answered: sent again under its key, it gets this answer and does nothing.

    Append-only, held by the database; the retention job takes away what no station repeats.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    person = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("person"), db_index=False
    )
    key = models.UUIDField(_("key"))
    answer = models.JSONField(_("answer"))
    at = models.DateTimeField(_("at"), db_index=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("scan at a packing station")
        verbose_name_plural = _("scans at packing stations")
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="station_scan_once_per_key")
        ]
        triggers = [pgtrigger.ReadOnly(name="answered_once")]

    def __str__(self) -> str:
        return str(self.key)


class InterceptQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"

    def asked(self) -> Self:
        """The carrier has not said yet whether it stops the parcel."""
        return self.filter(state=Intercept.State.ASKED)

    def locked(self) -> Self:
        return self.select_for_update(of=("self",)).order_by("pk")


class Intercept(models.Model):
    """A carrier was asked to stop a parcel that is under way. One request is open at a time."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("not stopped")

    parcel = models.ForeignKey(
        Parcel, models.PROTECT, related_name="intercepts", verbose_name=_("parcel")
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    reason = models.CharField(_("reason"), max_length=200)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
        db_index=False,
    )
    answer = models.CharField(_("what the carrier said"), max_length=300, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("put down by"),
        db_index=False,
    )

    objects = InterceptQuerySet.as_manager()

    class Meta:
        verbose_name = _("interception")
        verbose_name_plural = _("interceptions")
        constraints = [
            models.UniqueConstraint(
                fields=["parcel"], condition=Q(state="asked"), name="intercept_one_open_per_parcel"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="intercept_has_reason"),
            models.CheckConstraint(
                condition=Q(state="asked", answered_at=None)
                | (~Q(state="asked") & Q(answered_at__isnull=False)),
                name="intercept_answered_has_moment",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="asked_once", fields=["parcel", "reason", "asked_at", "asked_by"]
            ),
            pgtrigger.Protect(
                name="answered_once",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=~pgtrigger.Q(old__state="asked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parcel}"


class ChannelPushQuerySet(ScopedQuerySet):
    store_field = "channel__store_id"

    def active(self) -> Self:
        return self.filter(channel__accepts_waybill_push=True)


class ChannelPush(models.Model):
    """The channel is told of parcels of its orders that have left, through this target (FUL-3).

    As long as the channel accepts waybills, which is said of the channel itself.
    """

    class Form(models.TextChoices):
        PLAIN = "plain", _("plain")
        SHOPIFY = "shopify", _("like Shopify's fulfilments")

    channel = models.OneToOneField(
        Channel, models.PROTECT, related_name="parcel_push", verbose_name=_("channel")
    )
    target = models.ForeignKey(
        Target, models.PROTECT, related_name="+", verbose_name=_("target"), db_index=False
    )
    form = models.CharField(_("form"), max_length=8, choices=Form, default=Form.PLAIN)

    objects = ChannelPushQuerySet.as_manager()

    class Meta:
        verbose_name = _("push to a channel")
        verbose_name_plural = _("pushes to channels")
        triggers = [
            pgtrigger.Trigger(
                name="target_of_the_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                IF NOT EXISTS (
                    SELECT FROM stores_channel c JOIN exchange_target t ON t.store_id = c.store_id
                    WHERE c.id = NEW.channel_id AND t.id = NEW.target_id
                ) THEN
                    RAISE EXCEPTION 'channel and target are of one store'
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NEW;
                """,
            ),
            *recording(
                "target_id",
                "form",
                label="(SELECT c.code FROM stores_channel c WHERE c.id = {row}.channel_id)",
                store="(SELECT c.store_id FROM stores_channel c WHERE c.id = {row}.channel_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.target}"

"""Which sources push what becomes of a parcel, and which gave it up (FUL-7)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.parcels import Parcel
from opsdesk.audit.triggers import recording
from opsdesk.exchange.models import Target
from opsdesk.stores.models import User


class FollowingQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"

    def given_up(self) -> Self:
        return self.filter(state=Following.State.GIVEN_UP)


class Following(models.Model):
    """A source was asked to push what it hears of a parcel. One row per parcel and target.

    `turn` counts how often it was asked. A source that gives up says why in its own words, and may
    name the carrier that it finds to be right, by its own code.
    """

    class State(models.TextChoices):
        FOLLOWED = "followed", _("followed")
        GIVEN_UP = "given_up", _("given up")
        OVER = "over", _("over")

    parcel = models.ForeignKey(
        Parcel, models.PROTECT, related_name="followings", verbose_name=_("parcel"), db_index=False
    )
    target = models.ForeignKey(
        Target, models.PROTECT, related_name="+", verbose_name=_("target"), db_index=False
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.FOLLOWED)
    turn = models.PositiveSmallIntegerField(_("asked so often"), default=1)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
        db_index=False,
    )
    given_up_at = models.DateTimeField(_("given up"), null=True)
    words = models.CharField(_("the source's words"), max_length=200, blank=True)
    right_carrier = models.CharField(_("carrier it found to be right"), max_length=40, blank=True)

    objects = FollowingQuerySet.as_manager()

    class Meta:
        verbose_name = _("following of a parcel")
        verbose_name_plural = _("followings of parcels")
        default_permissions = ()
        permissions = [("follow_parcel", "Can have sources follow parcels again")]
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "target"], name="following_unique_parcel_target"
            ),
            models.CheckConstraint(
                condition=~Q(state="given_up") | Q(given_up_at__isnull=False),
                name="following_given_up_at_a_moment",
            ),
        ]
        triggers = recording(
            "state",
            "turn",
            "right_carrier",
            label="'P' || lpad({row}.parcel_id::text, 9, '0')",
            store="(SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = {row}.parcel_id)",
        )

    def __str__(self) -> str:
        return f"{self.parcel_id} {self.target_id}"

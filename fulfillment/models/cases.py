"""Parcels that somebody has to look after (FUL-7)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.parcels import Parcel
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Store, User


class ParcelCaseQuerySet(WarehouseQuerySet):
    store_field = "store_id"
    warehouse_field = "parcel__warehouse_id"

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def closed(self) -> Self:
        return self.filter(closed_at__isnull=False)

    def of_kind(self, kind: str) -> Self:
        return self.open().filter(kind=kind)

    def locked(self) -> Self:
        """Lock the rows, always in the same order; parcels are not locked after them."""
        return self.select_for_update(of=("self",)).order_by("pk")


class ParcelCase(models.Model):
    """Something is wrong with a parcel. One is open per parcel and kind, one ever per cause.

    `cause_at` is the moment of the news, or of the last news before a silence, that made it: a case
    that a person closed comes back for another cause only. Closed by itself when news say better;
    damage, and what a customer says, are not undone by news.
    """

    class Kind(models.TextChoices):
        STALLED = "stalled", _("no news")
        FAILED = "failed", _("delivery failed")
        TROUBLE = "trouble", _("in trouble")
        DAMAGED = "damaged", pgettext_lazy("a parcel", "damaged")
        RETURNED = "returned", _("comes back")
        LOST = "lost", pgettext_lazy("a parcel", "lost")
        NOT_RECEIVED = "not_received", _("customer has not received it")

    class Ended(models.TextChoices):
        NEWS = "news", _("by news")
        PERSON = "person", _("by a person")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    parcel = models.ForeignKey(
        Parcel, models.PROTECT, related_name="cases", verbose_name=_("parcel"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    cause_at = models.DateTimeField(_("since"))
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
        db_index=False,
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    handled_at = models.DateTimeField(_("first step"), null=True)
    asked_at = models.DateTimeField(_("carrier asked"), null=True)
    told_at = models.DateTimeField(_("customer told"), null=True)
    claim_amount = models.DecimalField(
        _("claimed from the carrier"), max_digits=12, decimal_places=2, null=True
    )
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("closed by"),
        db_index=False,
    )
    ended = models.CharField(_("ended"), max_length=6, choices=Ended, blank=True)
    result = models.CharField(_("result"), max_length=300, blank=True)

    objects = ParcelCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("parcel case")
        verbose_name_plural = _("parcel cases")
        default_permissions = ("view",)
        permissions = [("work_parcelcase", "Can open, work on and close parcel cases")]
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "kind", "cause_at"], name="parcel_case_unique_cause"
            ),
            models.UniqueConstraint(
                fields=["parcel", "kind"],
                condition=Q(closed_at=None),
                name="parcel_case_one_open_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, ended="", result="", closed_by=None)
                | Q(closed_at__isnull=False, ended="news", closed_by=None)
                | (Q(closed_at__isnull=False, ended="person") & ~Q(result="")),
                name="parcel_case_ended_somehow",
            ),
            models.CheckConstraint(
                condition=Q(claim_amount=None) | Q(claim_amount__gt=0),
                name="parcel_case_claims_something",
            ),
            models.CheckConstraint(
                condition=Q(handled_at__isnull=False)
                | Q(asked_at=None, told_at=None, claim_amount=None),
                name="parcel_case_steps_are_handling",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="parcel_case_list"),
            models.Index(
                fields=["store", "kind"], condition=Q(closed_at=None), name="parcel_case_open"
            ),
        ]
        triggers = recording(
            "kind",
            "asked_at",
            "told_at",
            "claim_amount",
            "closed_at",
            "result",
            label="'P' || lpad({row}.parcel_id::text, 9, '0')",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.parcel.number} · {self.get_kind_display()}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

"""What others deliver to us: stored as it came, worked on afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.stores.models import ScopedQuerySet, Store, User


class InboundDeliveryQuerySet(ScopedQuerySet):
    def due(self, at: datetime) -> Self:
        """To be worked on now: their time has come, or the worker that had them died."""
        State = InboundDelivery.State
        return self.filter(
            Q(state=State.WAITING, next_at__lte=at) | Q(state=State.WORKING, lease_until__lte=at)
        )

    def unsettled(self) -> Self:
        return self.filter(state__in=[InboundDelivery.State.WAITING, InboundDelivery.State.WORKING])


class InboundDelivery(models.Model):
    """One delivery of a source, unique by the id the source gave it: a copy changes nothing.

    `body` holds the bytes as they came and is emptied after a while; size and digest stay.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        WORKING = "working", _("being worked on")
        DONE = "done", _("done")
        IGNORED = "ignored", _("ignored")
        PARKED = "parked", _("parked")
        DISCARDED = "discarded", _("discarded")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=40)
    delivery_id = models.CharField(_("delivery"), max_length=200)
    headers = models.JSONField(_("headers"), default=dict)
    body = models.BinaryField(_("body"), null=True)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("digest"), max_length=64)
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    decided_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
        db_index=False,
    )

    objects = InboundDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        permissions = [
            ("settle_inbounddelivery", "Can work parked deliveries again and discard them"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source", "delivery_id"],
                name="inbound_unique_store_source_delivery",
            ),
            models.CheckConstraint(
                condition=Q(state="working", lease_until__isnull=False)
                | ~Q(state="working") & Q(lease_until=None),
                name="inbound_lease_while_working",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["done", "ignored", "parked", "discarded"], finished_at__isnull=False
                )
                | Q(state__in=["waiting", "working"], finished_at=None),
                name="inbound_settled_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=["waiting", "working"]),
                name="inbound_unsettled",
            ),
            models.Index(fields=["store", "-received_at", "-id"], name="inbound_list"),
            models.Index(
                fields=["store", "finished_at"],
                condition=Q(body__isnull=False, finished_at__isnull=False),
                name="inbound_to_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.delivery_id}"

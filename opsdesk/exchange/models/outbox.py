"""What is to be sent: targets, messages, and what was tried."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from opsdesk import sealing
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User


class TargetQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Target(models.Model):
    """Where messages of a store go: one receiver or provider, reached through one adapter.

    `token` and `secret` are stored sealed. A target that fails again and again is left alone until
    `open_until`; then one message tries whether it is back.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="targets", verbose_name=_("store"), db_index=False
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    adapter = models.CharField(_("kind"), max_length=20)
    address = models.CharField(_("address"), max_length=500, blank=True)
    sealed_token = models.TextField(blank=True, editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Messages wait while their target is not active.")
    )
    failures_in_row = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    open_until = models.DateTimeField(_("left alone until"), null=True, editable=False)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="target_unique_store_code"),
        ]
        # Failures are counted by the thousand. Keys stand in addresses too.
        triggers = recording(
            "store_id",
            "code",
            "name",
            "adapter",
            "is_active",
            hidden=["address", "sealed_token", "sealed_secret"],
            label="{row}.code",
            inserts=True,
            busy=True,
        )

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def token(self) -> str:
        """The key that stands in the receiver's address. Raises Unreadable."""
        return sealing.unseal(self.sealed_token)

    @token.setter
    def token(self, value: str) -> None:
        self.sealed_token = sealing.seal(value)

    @property
    def secret(self) -> str:
        """What requests are signed with. Raises Unreadable."""
        return sealing.unseal(self.sealed_secret)

    @secret.setter
    def secret(self, value: str) -> None:
        self.sealed_secret = sealing.seal(value)


class OutboundMessageQuerySet(ScopedQuerySet):
    def due(self, at: datetime) -> Self:
        """To be sent now: their time has come, or the worker that had them died."""
        State = OutboundMessage.State
        return self.filter(
            Q(state__in=[State.WAITING, State.UNKNOWN], next_at__lte=at)
            | Q(state=State.SENDING, lease_until__lte=at),
            Q(target__open_until=None) | Q(target__open_until__lte=at),
            target__is_active=True,
        )

    def unsettled(self) -> Self:
        return self.filter(state__in=OutboundMessage.UNSETTLED)

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class OutboundMessage(models.Model):
    """One thing to be told to one target, written in the transaction of its cause.

    `key` names the cause: the same cause never sends twice. `public_id` goes along with every
    attempt, so that a receiver can tell a repeat from a second message. `unknown` means that the
    request went out and no answer came back: it is sent again under the same id.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        UNKNOWN = "unknown", _("outcome unknown")
        SENT = "sent", _("sent")
        PARKED = "parked", _("parked")
        CANCELLED = "cancelled", _("cancelled")

    UNSETTLED = ["waiting", "sending", "unknown"]

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    target = models.ForeignKey(
        Target,
        models.PROTECT,
        related_name="messages",
        verbose_name=_("target"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("cause"), max_length=200)
    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    recipient = models.CharField(_("recipient"), max_length=254, blank=True)
    payload = models.JSONField(_("content"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Made before somebody decided to try again: the count towards parking starts there.
    forgiven = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(_("next attempt"))
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    emptied_at = models.DateTimeField(_("content removed"), null=True)

    objects = OutboundMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        permissions = [
            ("settle_outboundmessage", "Can send parked messages again and cancel messages"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["target", "key"], name="outbound_unique_target_key"),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | ~Q(state="sending") & Q(lease_until=None),
                name="outbound_lease_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sent", "parked", "cancelled"], finished_at__isnull=False)
                | Q(state__in=["waiting", "sending", "unknown"], finished_at=None),
                name="outbound_settled_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(forgiven__lte=F("attempts")), name="outbound_forgiven_were_made"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=["waiting", "sending", "unknown"]),
                name="outbound_unsettled",
            ),
            models.Index(fields=["target"], condition=Q(state="parked"), name="outbound_parked"),
            models.Index(fields=["store", "-created_at", "-id"], name="outbound_list"),
            models.Index(
                fields=["store", "finished_at"],
                condition=Q(emptied_at=None, finished_at__isnull=False),
                name="outbound_to_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.target_id}"


class OutboundAttemptQuerySet(ScopedQuerySet):
    store_field = "message__store_id"


class OutboundAttempt(models.Model):
    """What was tried with a message, or decided about it. Append-only, held by the database."""

    class Outcome(models.TextChoices):
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("outcome unknown")
        LOST = "lost", _("its worker died")
        REPLAYED = "replayed", _("to be sent again")
        CANCELLED = "cancelled", _("cancelled")

    message = models.ForeignKey(
        OutboundMessage, models.PROTECT, related_name="log", verbose_name=_("message")
    )
    number = models.PositiveSmallIntegerField(_("attempt"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    at = models.DateTimeField(_("at"), default=now)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    detail = models.CharField(_("details"), max_length=500, blank=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )

    objects = OutboundAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "number"],
                condition=Q(outcome__in=["sent", "failed", "unknown", "lost"]),
                name="outbound_attempt_unique_number",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.outcome}"

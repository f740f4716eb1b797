from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User


class ApiTokenQuerySet(ScopedQuerySet):
    def live(self, at: datetime) -> Self:
        """Those that still open something, if their person does."""
        return self.filter(revoked_at=None, expires_at__gt=at)


class ApiToken(models.Model):
    """A program may act for a person in one store, within scopes, until a moment.

    The secret is shown once and not kept: `digest` is its SHA-256, `prefix` its beginning, by
    which people and logs name it. Tokens that replaced each other share a `family`.
    """

    class Standing(models.TextChoices):
        LIVE = "live", _("live")
        EXPIRED = "expired", _("expired")
        REVOKED = "revoked", _("revoked")

    user = models.ForeignKey(
        User, models.PROTECT, related_name="api_tokens", verbose_name=_("acts for")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="api_tokens", verbose_name=_("store")
    )
    name = models.CharField(_("purpose"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=16, unique=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    family = models.UUIDField(default=uuid.uuid4, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    requests_per_minute = models.PositiveIntegerField(_("requests per minute"))
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("issued by")
    )
    created_at = models.DateTimeField(_("issued"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("revoked by")
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(condition=Q(scopes__len__gt=0), name="api_token_has_scopes"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(requests_per_minute__gt=0), name="api_token_may_ask"
            ),
        ]
        indexes = [models.Index(fields=["family"], name="api_token_family")]
        # `last_used_at` moves with every minute of use.
        triggers = recording(
            "user_id",
            "store_id",
            "name",
            "prefix",
            "scopes",
            "requests_per_minute",
            "expires_at",
            "revoked_at",
            hidden=["digest"],
            label="{row}.name || ' (' || {row}.prefix || '…)'",
            inserts=True,
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def standing(self, at: datetime) -> Standing:
        if self.revoked_at is not None:
            return self.Standing.REVOKED
        return self.Standing.EXPIRED if self.expires_at <= at else self.Standing.LIVE


class OfATokenQuerySet(ScopedQuerySet):
    store_field = "token__store_id"


class RequestCount(models.Model):
    """How many requests a token has made in one minute; the next minute takes the row over.

    The table is unlogged: counting costs no wait for the disk, and what a crash of the database
    forgets is a minute's count.
    """

    token = models.OneToOneField(ApiToken, models.CASCADE, primary_key=True, related_name="+")
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField()

    objects = OfATokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("request count")
        verbose_name_plural = _("request counts")

    def __str__(self) -> str:
        return f"{self.token_id}: {self.requests}"


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered, written together with its effect.

    Unique per family of tokens and key: a retry after a rotation meets it too.
    """

    token = models.ForeignKey(ApiToken, models.PROTECT, related_name="+", db_index=False)
    family = models.UUIDField()
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    location = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = OfATokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            models.UniqueConstraint(fields=["family", "key"], name="kept_answer_unique_family_key"),
        ]
        indexes = [models.Index(fields=["created_at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return self.key

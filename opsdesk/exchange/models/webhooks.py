"""Who may deliver to us by webhook, and how often somebody else tried."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk import sealing
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, Store


class WebhookSource(models.Model):
    """A platform or program that delivers to a store, and the secret it signs with.

    What it delivers belongs to `channel`. While a secret is changed the one before it is good too,
    until `previous_until`. Both are stored sealed.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=40)
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="+", verbose_name=_("channel"), db_index=False
    )
    sealed_secret = models.TextField(editable=False)
    sealed_previous = models.TextField(blank=True, editable=False)
    changed_at = models.DateTimeField(_("secret entered"), editable=False)
    previous_until = models.DateTimeField(_("old secret good until"), null=True, editable=False)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("While it is not, its deliveries are refused.")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "source"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source"], name="webhook_source_unique_store_source"
            ),
            models.CheckConstraint(
                condition=~Q(sealed_secret=""), name="webhook_source_has_secret"
            ),
            models.CheckConstraint(
                condition=Q(sealed_previous="", previous_until=None)
                | ~Q(sealed_previous="") & Q(previous_until__isnull=False),
                name="webhook_source_old_secret_ends",
            ),
        ]
        triggers = recording(
            "store_id",
            "source",
            "channel_id",
            "is_active",
            hidden=["sealed_secret", "sealed_previous"],
            label="{row}.source",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.source

    def secrets(self, at: datetime) -> list[str]:
        """What is good at that moment, the newest first. Raises Unreadable."""
        good = [sealing.unseal(self.sealed_secret)]
        if self.previous_until is not None and at < self.previous_until:
            good.append(sealing.unseal(self.sealed_previous))
        return good


class WebhookRefusal(models.Model):
    """How many deliveries of a source were refused on a day of the store, and why.

    Nothing else is kept of them: who can't sign may send what they like.
    """

    class Reason(models.TextChoices):
        NOT_SET_UP = "not_set_up", _("not set up, or switched off")
        NO_SIGNATURE = "no_signature", _("without a signature")
        FORGED = "forged", _("signature doesn't fit")
        LATE = "late", _("sent too long ago")
        EARLY = "early", _("dated in the future")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=40)
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    count = models.PositiveBigIntegerField(_("refused"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "source", "reason"]
        verbose_name = _("refused deliveries")
        verbose_name_plural = _("refused deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "source", "day", "reason"],
                name="webhook_refusal_unique_store_source_day_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.day} {self.reason}"

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class GuardQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of no store, and nobody's business."""
        return self if user.is_authenticated and user.is_superuser else self.none()


class Guard(models.Model):
    """How often a log-in failed by one key, and when the next one is let through.

    `key` is a keyed digest, of an account with a network address or of an address alone: what
    somebody typed as their name, perhaps their password, is nowhere to be read.
    """

    key = models.CharField(_("key"), max_length=64, unique=True)
    failures = models.PositiveIntegerField(_("failures"))
    free_at = models.DateTimeField(_("next attempt from"))
    last_at = models.DateTimeField(_("last attempt"), db_index=True)

    objects = GuardQuerySet.as_manager()

    class Meta:
        verbose_name = _("log-in guard")
        verbose_name_plural = _("log-in guards")
        constraints = [
            models.CheckConstraint(
                condition=Q(free_at__gte=models.F("last_at")), name="guard_never_frees_the_past"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.failures}"


class RefusalQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A counter; what it counts is told by the audit trail."""
        return self if user.is_authenticated and user.is_superuser else self.none()


class Refusal(models.Model):
    """When a person was last refused something on record, and how often since then.

    `what` is the name of the address. Without a person: log-ins by names that are nobody's.
    """

    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    what = models.CharField(_("what"), max_length=120)
    minute = models.DateTimeField(_("last entry"))
    uncounted = models.PositiveIntegerField(_("refused since"), default=0)

    objects = RefusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("counter of refusals")
        verbose_name_plural = _("counters of refusals")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "what"],
                nulls_distinct=False,
                name="refusal_unique_person_what",
            ),
        ]
        indexes = [models.Index(fields=["minute"], name="refusal_age")]

    def __str__(self) -> str:
        return f"{self.what}: {self.uncounted}"

"""The words of messages, as a store wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, Store, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class MessageTemplateQuerySet(ScopedQuerySet):
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the person's stores, and those that hold for all stores."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(store__in=user.store_ids) | Q(store=None))
        return super().visible_to(user)

    def newest(self) -> Self:
        """Of every text only its newest version."""
        newest = (
            MessageTemplate.objects.order_by("code", "store_id", "language", "-version")
            .distinct("code", "store_id", "language")
            .values("pk")
        )
        return self.filter(pk__in=newest)


class MessageTemplate(models.Model):
    """The words of one kind of message in one language, for a store or (empty) for every store.

    Rows are never edited: a change is a further version, and the versions are the history. One
    without a body ends the wording: the wider one holds again.
    """

    code = models.CharField(_("message"), max_length=60)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
        help_text=_("Empty: every store that has no wording of its own."),
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject line"), max_length=200, blank=True)
    body = models.TextField(
        _("text"), max_length=4000, blank=True, help_text=_("Empty: back to the wider wording.")
    )
    written_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"))

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["code", "store_id", "language", "-version"]
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "store", "language", "version"],
                nulls_distinct=False,
                name="message_template_unique_version",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="message_template_version_counts_from_one"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.language} {self.version}"

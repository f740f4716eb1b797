"""The numbers of the procedure as people set them, with their history."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores import procedure
from opsdesk.stores.models.people import User
from opsdesk.stores.models.places import Channel, Store
from opsdesk.stores.models.scope import ScopedQuerySet
from opsdesk.stores.procedure import Number, Unit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class SettingOverrideQuerySet(ScopedQuerySet):
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the person's stores, and those that hold for all stores."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(store__in=user.store_ids) | Q(store=None))
        return super().visible_to(user)

    def in_force(self, at: datetime) -> Self:
        """For every key and scope the one row that holds at that moment."""
        return (
            self.filter(valid_from__lte=at)
            .order_by("key", "store_id", "channel_id", "-valid_from", "-pk")
            .distinct("key", "store_id", "channel_id")
        )

    def not_yet_applied(self, at: datetime) -> Self:
        return self.filter(applied_at=None, valid_from__lte=at)


class SettingOverride(models.Model):
    """From `valid_from` on, a number of the procedure has this value for this scope.

    Rows are never edited: the rows of a key are its history. An empty value ends an override.
    Scope: a channel, else a store, else (both empty) every store.
    """

    key = models.CharField(_("setting"), max_length=80)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="setting_overrides",
        verbose_name=_("store"),
    )
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="setting_overrides",
        verbose_name=_("channel"),
    )
    value = models.DecimalField(
        _("value"),
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Empty: back to the value of the wider scope."),
    )
    unit = models.CharField(
        _("unit"),
        max_length=20,
        choices=procedure.CHOICES_OF_TIME,
        blank=True,
        default="",
        help_text=_("Of a promise; empty: the number's own."),
    )
    valid_from = models.DateTimeField(_("valid from"))
    set_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("set by"),
    )
    set_at = models.DateTimeField(_("set"), default=now, editable=False)
    reason = models.CharField(_("reason"), max_length=300)
    applied_at = models.DateTimeField(
        _("applied to open clocks"), null=True, blank=True, editable=False
    )

    objects = SettingOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel=None) | Q(store__isnull=False),
                name="setting_override_channel_has_store",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="setting_override_has_reason"),
            models.CheckConstraint(
                condition=Q(unit__in=["", *procedure.OF_TIME]), name="setting_override_unit_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["key", "store", "channel", "-valid_from"], name="setting_override_lookup"
            ),
            models.Index(
                fields=["valid_from"],
                condition=Q(applied_at=None),
                name="setting_override_unapplied",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only_delete", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="append_only_update",
                fields=[
                    "key",
                    "store",
                    "channel",
                    "value",
                    "unit",
                    "valid_from",
                    "set_by",
                    "reason",
                ],
            ),
            *recording(
                "key",
                "channel",
                "value",
                "unit",
                "valid_from",
                "reason",
                label="{row}.key",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"

    @property
    def number(self) -> Number | None:
        """What holds by this row; None where it ends an override."""
        if self.value is None:
            return None
        return Number(self.value, Unit(self.unit) if self.unit else procedure.get(self.key).unit)

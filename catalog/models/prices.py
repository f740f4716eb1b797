"""What SKUs sell for, and what people asked to be changed about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User


def _one_at_a_time() -> list[tuple[Any, str]]:
    """No two rows of a SKU share a moment on one channel; without a channel a row is for all."""
    return [
        ("sku", RangeOperators.EQUAL),
        (Coalesce("channel", Value(0, models.BigIntegerField())), RangeOperators.EQUAL),
        ("valid", RangeOperators.OVERLAPS),
    ]


def _sound(prefix: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(amount__gte=0), name=f"{prefix}_not_negative"),
        models.CheckConstraint(
            condition=Q(valid__isempty=False) & Q(valid__lower_inf=False),
            name=f"{prefix}_begins",
        ),
    ]


class PriceQuerySet(ScopedQuerySet):
    store_field = "sku__store_id"

    def at(self, at: datetime) -> Self:
        return self.filter(valid__contains=at)

    def of_skus(self, sku_ids: Iterable[int]) -> Self:
        return self.filter(sku__in=list(sku_ids))


class Price(models.Model):
    """What a SKU sells for from one moment to another, on one channel or on all (CAT-6).

    The rows are the history: the database lets nobody change or delete one, only end it sooner.
    `line` is the request that it comes from; empty for what held before the first one.
    """

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="prices", verbose_name=_("SKU"))
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("channel"),
        db_index=False,
    )
    amount = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    valid = DateTimeRangeField(_("valid"))
    line = models.ForeignKey(
        "catalog.PriceChangeLine", models.PROTECT, null=True, related_name="prices", db_index=False
    )

    objects = PriceQuerySet.as_manager()

    class Meta:
        ordering = ["sku_id", "valid"]
        default_permissions = ("view",)
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            ExclusionConstraint(name="price_one_at_a_time", expressions=_one_at_a_time()),
            *_sound("price"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_asked_stays",
                fields=["sku", "channel", "amount", "line"],
            ),
            pgtrigger.Trigger(
                name="only_ends_sooner",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
                       OR NOT NEW.valid <@ OLD.valid THEN
                        RAISE EXCEPTION 'A price is only ever ended sooner.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "sku",
                "channel",
                "amount",
                "valid",
                label="(SELECT k.code FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                store="(SELECT k.store_id FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.amount}"


class PriceChangeQuerySet(ScopedQuerySet):
    def waiting(self) -> Self:
        """Nobody has decided yet, or what was decided is about to be carried out."""
        return self.filter(approval__state__in=Approval.OPEN)

    def planned(self) -> Self:
        """Agreed on, and at least one of its prices still waits for its moment."""
        return self.filter(Exists(PriceChangeLine.objects.planned().filter(change=OuterRef("pk"))))

    def over(self) -> Self:
        still = PriceChangeLine.objects.planned().filter(change=OuterRef("pk"))
        return self.exclude(approval__state__in=Approval.OPEN).exclude(Exists(still))


class PriceChange(models.Model):
    """A request to sell SKUs at other prices from a moment on (CAT-6). Its lines say which."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="price_changes", verbose_name=_("store")
    )
    reason = models.CharField(_("reason"), max_length=300)
    approval = models.OneToOneField(
        Approval, models.PROTECT, null=True, related_name="+", verbose_name=_("approval")
    )
    filed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("filed by"), db_index=False
    )
    filed_at = models.DateTimeField(_("filed"), default=timezone.now)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancelled_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("cancelled by"),
        db_index=False,
    )

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        default_permissions = ("view",)
        permissions = [
            ("request_price", "Can ask for other prices"),
            ("approve_price", "Can decide on price changes"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="price_change_has_reason"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None, cancelled_by=None)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="price_change_cancelled_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="price_change_list")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_filed_stays", fields=["store", "reason", "filed_by", "filed_at"]
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PriceChangeLineQuerySet(ScopedQuerySet):
    store_field = "change__store_id"

    def planned(self) -> Self:
        return self.filter(state=PriceChangeLine.State.PLANNED)

    def temporary(self) -> Self:
        """In effect until a moment that is known."""
        return self.filter(state=PriceChangeLine.State.APPLIED, valid__upper_inf=False)

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class PriceChangeLine(models.Model):
    """One SKU's price of a request. Agreed on, it is planned; at its moment it takes effect.

    `before` is what the SKU sold for when it was filed, `afterwards` what holds again once a
    temporary price has ended (known when it begins), `note` why it did not take effect.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        PLANNED = "planned", _("planned")
        APPLIED = "applied", _("took effect")
        ENDED = "ended", _("over")
        DROPPED = "dropped", _("not applied")
        CANCELLED = "cancelled", _("cancelled")

    change = models.ForeignKey(PriceChange, models.PROTECT, related_name="lines", db_index=False)
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="price_change_lines", verbose_name=_("SKU")
    )
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("channel"),
        db_index=False,
    )
    before = models.DecimalField(_("before"), max_digits=12, decimal_places=2, null=True)
    amount = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    valid = DateTimeRangeField(_("valid"))
    afterwards = models.DecimalField(_("afterwards"), max_digits=12, decimal_places=2, null=True)
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    settled_at = models.DateTimeField(_("settled"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = PriceChangeLineQuerySet.as_manager()

    class Meta:
        ordering = ["change_id", "pk"]
        verbose_name = _("line of a price change")
        verbose_name_plural = _("lines of price changes")
        default_permissions = ()
        constraints = [
            ExclusionConstraint(
                name="price_planned_one_at_a_time",
                expressions=_one_at_a_time(),
                condition=Q(state="planned"),
            ),
            models.UniqueConstraint(
                "change",
                "sku",
                Coalesce("channel", Value(0, models.BigIntegerField())),
                name="price_change_line_once_per_sku_and_channel",
            ),
            *_sound("price_change_line"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "planned"], settled_at=None)
                | Q(
                    state__in=["applied", "ended", "dropped", "cancelled"], settled_at__isnull=False
                ),
                name="price_change_line_settled_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                Func(F("valid"), function="lower"),
                condition=Q(state="planned"),
                name="price_change_line_due",
            ),
            models.Index(
                Func(F("valid"), function="upper"),
                condition=Q(state="applied", valid__upper_inf=False),
                name="price_change_line_to_end",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_was_asked_stays",
                fields=["change", "sku", "channel", "before", "amount", "valid", "reason"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.amount}"

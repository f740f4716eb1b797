"""What orders are reviewed by, what each look found, and why an order is held (ORD-4, ORD-5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User
from opsdesk.stores.roles import Role
from orders.models.customers import Customer
from orders.models.orders import Order

_STORE_OF_ORDER = "(SELECT o.store_id FROM orders_order o WHERE o.id = {row}.order_id)"


class ReviewRuleQuerySet(ScopedQuerySet):
    def current(self) -> Self:
        """Of every rule of every store the version that is in force: the last one."""
        last = (
            ReviewRule.objects.filter(store=OuterRef("store"), code=OuterRef("code"))
            .order_by()
            .values("code")
            .annotate(last=Max("version"))
        )
        return self.filter(version=Subquery(last.values("last")))


class ReviewRule(models.Model):
    """How one store's orders are looked at by one rule (ORD-4): its values, and whether it is on.

    Rows are never edited: a change is a new version, and the versions of a code are its history.
    `code` names the rule that `orders.review` registers, whose schema `parameters` keeps to.
    Version 1 is what the rule came with.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="review_rules", verbose_name=_("store"), db_index=False
    )
    code = models.SlugField(_("rule"), max_length=40, db_index=False)
    version = models.PositiveIntegerField(_("version"))
    is_on = models.BooleanField(_("on"), default=True)
    position = models.PositiveSmallIntegerField(
        _("order of looking"), help_text=_("Rules with a smaller number are looked at first.")
    )
    owner_role = models.CharField(_("for"), max_length=40, choices=Role)
    parameters = models.JSONField(_("values"), default=dict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("set by"), db_index=False
    )
    set_at = models.DateTimeField(_("set"), default=timezone.now, editable=False)

    objects = ReviewRuleQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "position", "code", "-version"]
        verbose_name = _("review rule")
        verbose_name_plural = _("review rules")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "code", "version"], name="review_rule_unique_version"
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="review_rule_version_positive"
            ),
            models.CheckConstraint(
                condition=Q(version=1) | (Q(set_by__isnull=False) & ~Q(reason="")),
                name="review_rule_changed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(owner_role__in=Role.values), name="review_rule_owner_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            *recording(
                "code",
                "version",
                "is_on",
                "position",
                "owner_role",
                "parameters",
                "reason",
                label="{row}.code",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class ReviewResultQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class ReviewResult(models.Model):
    """One look at one order: what every rule said, so that "why?" has an answer (ORD-4).

    `verdicts` are [code, version, verdict] in the order of looking. Append-only; a look that finds
    what the last one found leaves no row.
    """

    class Verdict(models.TextChoices):
        PASSED = "passed", _("passed")
        FAILED = "failed", _("failed")
        ACCEPTED = "accepted", _("failed, accepted by a person")
        CRASHED = "crashed", _("could not be judged")

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="review_results", verbose_name=_("order")
    )
    at = models.DateTimeField(_("at"))
    has_passed = models.BooleanField(_("passed"))
    verdicts = models.JSONField(_("verdicts"))

    objects = ReviewResultQuerySet.as_manager()

    class Meta:
        ordering = ["order_id", "pk"]
        verbose_name = _("review result")
        verbose_name_plural = _("review results")
        default_permissions = ("view",)
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.order_id} {self.at:%Y-%m-%d %H:%M}"


class HoldQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def open(self) -> Self:
        """Nobody has released it yet."""
        return self.filter(released_at=None)

    def of_orders(self, order_ids: Iterable[int]) -> Self:
        return self.filter(order__in=list(order_ids))


class Hold(models.Model):
    """Why an order may not go on (ORD-4), and how that ended (ORD-5).

    `code` is the review rule's, or the reason of the service that raised it; `rule` is the version
    that judged. `evidence` holds the values that were compared, personal ones masked. An order has
    one open hold per code. `seen_at` is the last look that found it still so.
    """

    class Outcome(models.TextChoices):
        PASSED = "passed", _("passed as it is")
        MENDED = "mended", _("mended")
        SWAPPED = "swapped", _("goods swapped")
        READDRESSED = "readdressed", _("address changed")
        REFUNDED = "refunded", _("refunded")
        CANCELLED = "cancelled", _("order cancelled")
        GONE = "gone", _("no longer so")

    # What a person may say; that a cause is gone is found by looking.
    BY_HAND = (
        Outcome.PASSED,
        Outcome.MENDED,
        Outcome.SWAPPED,
        Outcome.READDRESSED,
        Outcome.REFUNDED,
        Outcome.CANCELLED,
    )

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="holds", verbose_name=_("order"), db_index=False
    )
    code = models.SlugField(_("reason"), max_length=40, db_index=False)
    rule = models.ForeignKey(
        ReviewRule,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("rule"),
        db_index=False,
    )
    evidence = models.JSONField(_("evidence"), default=dict)
    owner_role = models.CharField(_("for"), max_length=40, choices=Role)
    raised_at = models.DateTimeField(_("held since"))
    seen_at = models.DateTimeField(_("last found"), default=timezone.now)
    contacted_at = models.DateTimeField(_("customer contacted"), null=True)
    released_at = models.DateTimeField(_("released"), null=True)
    released_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("released by"),
        db_index=False,
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["order_id", "pk"]
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["order", "code"],
                condition=Q(released_at=None),
                name="hold_one_open_per_order_and_code",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, outcome="", released_by=None)
                | (Q(released_at__isnull=False) & ~Q(outcome="")),
                name="hold_released_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(owner_role__in=Role.values), name="hold_owner_known"
            ),
        ]
        indexes = [
            models.Index(fields=["order", "code"], name="hold_order"),
            models.Index(
                fields=["code", "order"], condition=Q(released_at=None), name="hold_open_code"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="what_was_held_stays", fields=["order", "code", "owner_role", "raised_at"]
            ),
            pgtrigger.Protect(
                name="released_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__released_at__isnull=False),
            ),
            *recording(
                "released_at",
                "released_by_id",
                "outcome",
                "note",
                label="{row}.code",
                store=_STORE_OF_ORDER,
                busy=True,
            ),
        ]

    def __str__(self) -> str:
        return self.code


class InForceQuerySet(ScopedQuerySet):
    def in_force(self, at: datetime) -> Self:
        return self.filter(ended_at=None).filter(Q(until=None) | Q(until__gt=at))


class _Barred(models.Model):
    """Somebody or somewhere a store doesn't send to: why, by whom, until when."""

    reason = models.CharField(_("reason"), max_length=300)
    added_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("added by"), db_index=False
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: until somebody ends it.")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("ended by"),
        db_index=False,
    )

    objects = InForceQuerySet.as_manager()

    class Meta:
        abstract = True


def _ended_by_somebody(prefix: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(ended_at=None, ended_by=None)
            | Q(ended_at__isnull=False, ended_by__isnull=False),
            name=f"{prefix}_ended_by_somebody",
        ),
        models.CheckConstraint(condition=~Q(reason=""), name=f"{prefix}_has_reason"),
        models.CheckConstraint(
            condition=Q(until=None) | Q(until__gt=F("added_at")), name=f"{prefix}_until_later"
        ),
    ]


class BlacklistEntry(_Barred):
    """A recipient whose orders a person has to look at: by phone, by customer, or by both.

    The phone is kept sealed, and found by its digest; `hint` is what people may read of it.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="blacklist", verbose_name=_("store")
    )
    hint = models.CharField(_("recipient"), max_length=40, editable=False)
    sealed_phone = models.BinaryField(default=b"", db_default=b"")
    phone_digest = models.BinaryField(null=True)
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        related_name="blacklisted",
        verbose_name=_("customer"),
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("blacklisted recipient")
        verbose_name_plural = _("blacklist")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(phone_digest__isnull=False) | Q(customer__isnull=False),
                name="blacklist_names_somebody",
            ),
            models.UniqueConstraint(
                fields=["store", "phone_digest"],
                condition=Q(ended_at=None, phone_digest__isnull=False),
                name="blacklist_phone_once",
            ),
            models.UniqueConstraint(
                fields=["store", "customer"],
                condition=Q(ended_at=None, customer__isnull=False),
                name="blacklist_customer_once",
            ),
            *_ended_by_somebody("blacklist"),
        ]
        triggers = recording(
            "reason", "until", "ended_at", "ended_by", label="{row}.hint", inserts=True
        )

    def __str__(self) -> str:
        return self.hint


class BlockedRegion(_Barred):
    """A province, city or district a store doesn't send to, by its code of GB/T 2260."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="blocked_regions", verbose_name=_("store")
    )
    code = models.CharField(_("region code"), max_length=6)
    name = models.CharField(_("region"), max_length=120, editable=False)

    class Meta:
        ordering = ["code", "-pk"]
        verbose_name = _("blocked region")
        verbose_name_plural = _("blocked regions")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[1-9]\d{5}$"), name="blocked_region_code"
            ),
            models.UniqueConstraint(
                fields=["store", "code"],
                condition=Q(ended_at=None),
                name="blocked_region_once",
            ),
            *_ended_by_somebody("blocked_region"),
        ]
        triggers = recording(
            "code", "reason", "until", "ended_at", "ended_by", label="{row}.name", inserts=True
        )

    def __str__(self) -> str:
        return self.name

"""What customers get for a delay, by rule (FUL-2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User
from orders.models import Order

_HOURS = Func(
    F("hours_from"), F("hours_to"), function="int4range", output_field=IntegerRangeField()
)


class CompensationKind(models.TextChoices):
    COUPON = "coupon", _("coupon")
    MONEY = "money", pgettext_lazy("compensation", "money")
    POINTS = "points", pgettext_lazy("compensation", "points")


class CompensationRuleQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class CompensationRule(models.Model):
    """From so many hours late on, customers get so much. A channel's own rule comes first.

    Either a fixed `amount` or `percent` of what was paid, never more than `cap`. Coupons and money
    are in the store's currency, points are points. Without `hours_to` there is no end.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("channel"),
        db_index=False,
        help_text=_("Empty: for all channels without a rule of their own."),
    )
    hours_from = models.PositiveIntegerField(_("late from (hours)"), default=1)
    hours_to = models.PositiveIntegerField(_("to below (hours)"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=CompensationKind)
    amount = models.DecimalField(
        _("fixed amount"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    percent = models.DecimalField(
        _("percent of what was paid"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(100)],
    )
    cap = models.DecimalField(_("at most"), max_digits=12, decimal_places=2, null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = CompensationRuleQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "channel_id", "hours_from"]
        verbose_name = _("rule of compensation")
        verbose_name_plural = _("rules of compensation")
        default_permissions = ("view", "add", "change")
        constraints = [
            ExclusionConstraint(
                name="compensation_rule_one_per_hour",
                expressions=[
                    ("store", RangeOperators.EQUAL),
                    (Coalesce("channel", Value(0, models.BigIntegerField())), RangeOperators.EQUAL),
                    (_HOURS, RangeOperators.OVERLAPS),
                ],
                condition=Q(is_active=True),
                violation_error_message=_("Another rule holds for some of these hours."),
            ),
            models.CheckConstraint(
                condition=Q(hours_to=None) | Q(hours_to__gt=F("hours_from")),
                name="compensation_rule_hours_in_order",
                violation_error_message=_("The hours end before they begin."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, percent=None)
                | Q(amount=None, percent__gt=0, percent__lte=100),
                name="compensation_rule_one_way",
                violation_error_message=_("Give a fixed amount or a percentage, not both."),
            ),
            models.CheckConstraint(
                condition=Q(cap=None) | Q(cap__gt=0), name="compensation_rule_cap_positive"
            ),
        ]
        triggers = recording(
            "channel",
            "hours_from",
            "hours_to",
            "kind",
            "amount",
            "percent",
            "cap",
            "is_active",
            label="{row}.kind",
            inserts=True,
        )

    def __str__(self) -> str:
        until = "" if self.hours_to is None else self.hours_to
        return f"{self.get_kind_display()} {self.hours_from}–{until} h"

    def clean(self) -> None:
        """Said before the database makes a range of the hours, which it then can't."""
        if self.hours_to is not None and self.hours_to <= (self.hours_from or 0):
            raise ValidationError({"hours_to": _("The hours end before they begin.")})


class CompensationQuerySet(ScopedQuerySet):
    def waiting(self) -> Self:
        """Agreed to, and the customer has not got it."""
        return self.filter(state=Compensation.State.APPROVED)

    def granted(self) -> Self:
        return self.filter(state=Compensation.State.GRANTED)


class Compensation(models.Model):
    """What the customer of an order gets for a delay of it. One per order and delay (FUL-2).

    Above the limit of one person it waits for a second (`asked`); who refuses ends it. What is
    approved is granted once, and it is on record by whom and how.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("waits for approval")
        APPROVED = "approved", _("to be granted")
        REFUSED = "refused", _("refused")
        GRANTED = "granted", pgettext_lazy("compensation", "granted")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="compensations",
        verbose_name=_("order"),
        db_index=False,
    )
    delay = models.PositiveSmallIntegerField(_("delay"))
    rule = models.ForeignKey(
        CompensationRule, models.PROTECT, related_name="+", verbose_name=_("rule"), db_index=False
    )
    hours_late = models.PositiveIntegerField(_("hours late"))
    kind = models.CharField(_("kind"), max_length=8, choices=CompensationKind)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    state = models.CharField(_("state"), max_length=10, choices=State)
    approval = models.ForeignKey(
        Approval,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("approval"),
        db_index=False,
    )
    proposed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("proposed by"), db_index=False
    )
    proposed_at = models.DateTimeField(_("proposed"))
    approved_at = models.DateTimeField(_("approved"), null=True)
    granted_at = models.DateTimeField(_("granted at"), null=True)
    granted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("granted by"),
        db_index=False,
    )
    granted_how = models.CharField(
        _("how it was granted"), max_length=200, blank=True, db_default=""
    )

    objects = CompensationQuerySet.as_manager()

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        default_permissions = ("view",)
        permissions = [
            ("propose_compensation", "Can propose compensations for delays"),
            ("approve_compensation", "Can decide on compensations for delays"),
            ("grant_compensation", "Can put compensations for delays down as granted"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "delay"], name="compensation_one_per_order_and_delay"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="compensation_gives_something"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "refused"], approved_at=None, granted_at=None)
                | Q(state="approved", approved_at__isnull=False, granted_at=None)
                | Q(state="granted", approved_at__isnull=False, granted_at__isnull=False),
                name="compensation_moments_fit_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["asked", "refused"]) | Q(approval__isnull=False),
                name="compensation_asked_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="granted", granted_by__isnull=False) & ~Q(granted_how="")
                | ~Q(state="granted") & Q(granted_by=None, granted_how=""),
                name="compensation_granted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(granted_by=None) | ~Q(kind="money") | ~Q(granted_by=F("proposed_by")),
                name="compensation_money_takes_two",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "proposed_at", "id"], name="compensation_list_store"),
            models.Index(
                fields=["approval"], condition=Q(state="asked"), name="compensation_asked"
            ),
            models.Index(
                fields=["store"], condition=Q(state="approved"), name="compensation_to_grant"
            ),
        ]
        triggers = recording(
            "state",
            "kind",
            "amount",
            "granted_how",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.order}"

    def is_by(self, person: User) -> bool:
        """Did this person propose it?"""
        return self.proposed_by_id == person.pk

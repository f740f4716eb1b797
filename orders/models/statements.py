"""What providers say of the store's money, and where that differs from the orders (ORD-9)."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.exchange.models import ImportSession
from opsdesk.stores.models import ScopedQuerySet, Store, User
from orders.models.money import Payment, Provider, Refund
from orders.models.orders import Order


class Statement(models.Model):
    """One file of a provider's: which days it speaks of, in the store's zone, both included."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="statements", verbose_name=_("store"), db_index=False
    )
    provider = models.CharField(_("provider"), max_length=10, choices=Provider)
    import_session = models.OneToOneField(
        ImportSession, models.PROTECT, related_name="+", verbose_name=_("came with")
    )
    first_day = models.DateField(pgettext_lazy("a moment", "from"))
    last_day = models.DateField(_("until"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        permissions = [("import_statement", "Can bring statements of providers in")]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")), name="statement_begins_before_its_end"
            ),
        ]
        indexes = [models.Index(fields=["store", "first_day", "id"], name="statement_days")]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.first_day} – {self.last_day}"


class StatementLineQuerySet(ScopedQuerySet):
    def unmatched(self) -> Self:
        """Money in or back of which no order tells."""
        return self.filter(
            Q(kind=StatementLine.Kind.PAYMENT, payment=None)
            | Q(kind=StatementLine.Kind.REFUND, refund=None)
        )


class StatementLine(models.Model):
    """A movement of the store's money at a provider; never changed, only matched.

    `amount` is signed: in is positive, out negative. `fee` is what the provider kept on the very
    line (negative where it gave it back); fees booked on their own are lines of their kind.
    `trade` is the provider's number that a payment, its refunds and its fees share.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        REFUND = "refund", _("refund")
        FEE = "fee", _("fee")
        PAYOUT = "payout", pgettext_lazy("of money", "transfer")
        OTHER = "other", _("other")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="lines", verbose_name=_("statement")
    )
    row = models.PositiveIntegerField(_("line in the file"))
    provider = models.CharField(_("provider"), max_length=10, choices=Provider)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    reference = models.CharField(_("provider's reference"), max_length=80)
    trade = models.CharField(_("trade"), max_length=80, blank=True)
    order_number = models.CharField(_("order number"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    fee = models.DecimalField(_("fee"), max_digits=14, decimal_places=2, default=Decimal(0))
    balance = models.DecimalField(_("balance"), max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(_("currency"), max_length=3)
    at = models.DateTimeField(_("booked"))
    order = models.ForeignKey(
        Order, models.SET_NULL, null=True, related_name="statement_lines", verbose_name=_("order")
    )
    payment = models.ForeignKey(
        Payment,
        models.SET_NULL,
        null=True,
        related_name="lines",
        verbose_name=_("payment"),
    )
    refund = models.ForeignKey(
        Refund, models.SET_NULL, null=True, related_name="lines", verbose_name=_("refund")
    )

    objects = StatementLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "provider", "kind", "reference"],
                name="statement_line_unique_reference",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="statement_line_has_reference"),
            models.CheckConstraint(
                condition=Q(kind="payment", amount__gt=0, refund=None)
                | Q(kind="refund", amount__lt=0, payment=None)
                | Q(kind__in=["fee", "payout", "other"], payment=None, refund=None),
                name="statement_line_matched_once_by_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "at", "id"], name="statement_line_days"),
            models.Index(
                fields=["store", "trade"], condition=~Q(trade=""), name="statement_line_trade"
            ),
            models.Index(
                fields=["store", "order_number"],
                condition=~Q(order_number=""),
                name="statement_line_order_number",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="append_only",
                fields=[
                    "store",
                    "statement",
                    "row",
                    "provider",
                    "kind",
                    "reference",
                    "trade",
                    "order_number",
                    "amount",
                    "fee",
                    "balance",
                    "currency",
                    "at",
                ],
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount}"


class MoneyDifferenceQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(state=MoneyDifference.State.OPEN)

    def standing(self) -> Self:
        """What differs now, whether or not somebody settled it."""
        return self.exclude(state=MoneyDifference.State.GONE)

    def late_funds(self) -> Self:
        """Money that should be here and isn't (ORD-7)."""
        Kind = MoneyDifference.Kind
        return self.open().filter(
            kind__in=[Kind.LATE, Kind.MISSING_THERE], theirs=0, payment__isnull=False
        )


class MoneyDifference(models.Model):
    """A statement says something else than the orders do (ORD-9).

    Of a payment, a refund, or a line that nothing here fits. `ours` and `theirs` are signed like
    lines. It goes by itself when both agree, and is open again when one of them changes.
    """

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("missing here")
        MISSING_THERE = "missing_there", _("missing there")
        AMOUNT = "amount", _("amount")
        DUPLICATE = "duplicate", _("duplicate")
        FEE = "fee", _("fee")
        LATE = "late", _("late")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ASKED = "asked", _("waits for approval")
        SETTLED = "settled", pgettext_lazy("a difference", "settled")
        GONE = "gone", _("gone by itself")

    class How(models.TextChoices):
        ACCEPTED = "accepted", _("the provider's figure is accepted")
        CLAIMED = "claimed", _("claimed from the provider")
        PAID_BACK = "paid_back", _("paid back to the buyer")
        CORRECTED = "corrected", _("the order is corrected")
        WRITTEN_OFF = "written_off", _("written off")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    payment = models.ForeignKey(
        Payment, models.CASCADE, null=True, related_name="differences", verbose_name=_("payment")
    )
    refund = models.ForeignKey(
        Refund, models.CASCADE, null=True, related_name="differences", verbose_name=_("refund")
    )
    line = models.ForeignKey(
        StatementLine,
        models.CASCADE,
        null=True,
        related_name="differences",
        verbose_name=_("statement line"),
    )
    ours = models.DecimalField(_("ours"), max_digits=14, decimal_places=2)
    theirs = models.DecimalField(_("theirs"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    # The moment of the payment, refund or line: what a list or a day is narrowed by.
    at = models.DateTimeField(_("as of"))
    opened_at = models.DateTimeField(_("opened"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    how = models.CharField(_("how it is settled"), max_length=12, choices=How, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, related_name="+", verbose_name=_("request")
    )
    settled_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("settled by"),
        db_index=False,
    )
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects = MoneyDifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("money difference")
        verbose_name_plural = _("money differences")
        permissions = [
            ("settle_moneydifference", "Can settle differences of money"),
            ("approve_settlement", "Can agree to settlements of large differences of money"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "payment", "refund", "line"],
                nulls_distinct=False,
                name="money_difference_one_each",
            ),
            models.CheckConstraint(
                condition=Q(payment__isnull=False, refund=None, line=None)
                | Q(payment=None, refund__isnull=False, line=None)
                | Q(payment=None, refund=None, line__isnull=False),
                name="money_difference_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(state="settled", settled_at__isnull=False) & ~Q(how="") & ~Q(note="")
                | Q(state="asked", approval__isnull=False) & ~Q(how="")
                | Q(state="open", settled_at=None, how="", approval=None)
                | Q(state="gone"),
                name="money_difference_settled_with_a_note",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "at", "id"], name="money_difference_list"),
            models.Index(
                fields=["store", "id"],
                condition=Q(state__in=["open", "asked"]),
                name="money_difference_open",
            ),
        ]
        triggers = recording(
            "ours",
            "theirs",
            "state",
            "how",
            "note",
            "settled_by_id",
            label="{row}.kind || ' ' || {row}.ours || ' / ' || {row}.theirs",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ours} / {self.theirs}"

    @property
    def amount(self) -> Decimal:
        """By how much theirs is above ours."""
        return self.theirs - self.ours

    @property
    def order(self) -> Order | None:
        subject = self.payment or self.refund or self.line
        return subject.order if subject else None

    @property
    def order_number(self) -> str:
        if self.order is not None:
            return self.order.external_number
        return self.line.order_number if self.line else ""

    @property
    def known_by(self) -> str:
        """The order's number; of money that nobody can place, the provider's own."""
        return self.order_number or (self.line.reference if self.line else "")

"""What buyers of a presale have paid, and when the rest is due."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import PresaleLot
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet
from orders.models.orders import Order


class PresaleOrderQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def still_here(self) -> Self:
        """Neither cancelled nor gone."""
        return self.filter(order__fulfilment_state__in=["waiting", "reserved"])

    def standing(self, standing: str, *, at: datetime) -> Self:
        """Those that stand so at that moment, see `PresaleOrder.Standing`."""
        here = self.still_here()
        owing = here.owing()
        opened = Q(balance_from__lte=at)
        Standing = PresaleOrder.Standing
        return {
            Standing.DEPOSIT_DUE: lambda: here.filter(deposit_paid_at=None, missed_at=None),
            Standing.DEPOSIT_PAID: lambda: owing.exclude(opened),
            Standing.BALANCE_DUE: lambda: owing.filter(opened),
            Standing.PAID: lambda: self.filter(balance_paid_at__isnull=False),
            Standing.MISSED: lambda: self.filter(missed_at__isnull=False),
            Standing.CANCELLED: lambda: self.filter(
                order__fulfilment_state="cancelled", balance_paid_at=None, missed_at=None
            ),
        }[Standing(standing)]()

    def to_return(self) -> Self:
        """We hold the deposit of a cancelled order, and it is not ours to keep."""
        return self.filter(
            Q(returns_deposit=True) | Q(missed_at=None),
            order__fulfilment_state=Order.Fulfilment.CANCELLED,
            deposit_paid__gt=0,
            balance_paid_at=None,
            deposit_returned_at=None,
        )

    def owing(self) -> Self:
        """The deposit is paid and the balance is not."""
        return self.filter(deposit_paid_at__isnull=False, balance_paid_at=None, missed_at=None)

    def locked(self) -> Self:
        """Lock the rows, always in the same order; the orders are locked before them."""
        return self.select_for_update(of=("self",)).order_by("pk")


class PresaleOrder(models.Model):
    """How far an order of a presale is paid (CAT-11, ORD-6).

    Its lot is the one with the latest promise. What was agreed is copied when the order comes in;
    `promised_from` is the beginning of the promised day where the store is: the order's clocks
    start then. An order that is paid at once owes neither deposit nor balance.
    """

    class Standing(models.TextChoices):
        DEPOSIT_DUE = "deposit_due", _("deposit due")
        DEPOSIT_PAID = "deposit_paid", _("deposit paid")
        BALANCE_DUE = "balance_due", _("balance due")
        PAID = "paid", _("paid")
        MISSED = "missed", _("balance missed")
        CANCELLED = "cancelled", _("cancelled")

    order = models.OneToOneField(
        Order, models.CASCADE, related_name="presale", verbose_name=_("order")
    )
    lot = models.ForeignKey(
        PresaleLot, models.PROTECT, related_name="orders", verbose_name=_("presale")
    )
    deposit_amount = models.DecimalField(_("deposit"), max_digits=14, decimal_places=2)
    promised_from = models.DateTimeField(_("promised"))
    balance_from = models.DateTimeField(_("balance from"), null=True)
    balance_until = models.DateTimeField(_("balance until"), null=True)
    returns_deposit = models.BooleanField(_("deposit goes back"), default=False)
    deposit_paid = models.DecimalField(
        _("deposit paid"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    deposit_paid_at = models.DateTimeField(_("deposit paid at"), null=True)
    balance_paid = models.DecimalField(
        _("balance paid"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    balance_paid_at = models.DateTimeField(_("balance paid at"), null=True)
    missed_at = models.DateTimeField(_("balance missed"), null=True)
    deposit_returned_at = models.DateTimeField(_("deposit returned at"), null=True)

    objects = PresaleOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view", "change")
        verbose_name = _("presale order")
        verbose_name_plural = _("presale orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(deposit_amount__gte=0, deposit_paid__gte=0, balance_paid__gte=0),
                name="presale_order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(deposit_paid=0, deposit_paid_at=None)
                | Q(deposit_paid_at__isnull=False),
                name="presale_order_deposit_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(balance_paid=0, balance_paid_at=None)
                | Q(balance_paid_at__isnull=False, deposit_paid_at__isnull=False),
                name="presale_order_balance_after_deposit",
            ),
            models.CheckConstraint(
                condition=Q(missed_at=None)
                | Q(balance_paid_at=None, deposit_paid_at__isnull=False),
                name="presale_order_missed_is_not_paid",
            ),
            models.CheckConstraint(
                condition=Q(deposit_returned_at=None)
                | Q(deposit_paid_at__isnull=False, balance_paid_at=None),
                name="presale_order_returns_a_deposit",
            ),
            models.CheckConstraint(
                condition=Q(balance_from=None, balance_until=None)
                | Q(balance_from__lt=F("balance_until")),
                name="presale_order_window_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["balance_until"],
                condition=Q(balance_paid_at=None, missed_at=None)
                & Q(deposit_paid_at__isnull=False, balance_until__isnull=False),
                name="presale_order_owing",
            ),
        ]
        triggers = recording(
            "deposit_amount",
            "deposit_paid",
            "deposit_paid_at",
            "balance_paid",
            "balance_paid_at",
            "missed_at",
            "deposit_returned_at",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            store="(SELECT o.store_id FROM orders_order o WHERE o.id = {row}.order_id)",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.order} · {self.lot_id}"

    @property
    def balance_amount(self) -> Decimal:
        """What is to be paid after the deposit."""
        return max(self.order.total_amount - self.deposit_amount, Decimal(0))

    def standing(self, at: datetime) -> Standing:
        if self.balance_paid_at is not None:
            return self.Standing.PAID
        if self.missed_at is not None:
            return self.Standing.MISSED
        if self.order.fulfilment_state == Order.Fulfilment.CANCELLED:
            return self.Standing.CANCELLED
        if self.deposit_paid_at is None:
            return self.Standing.DEPOSIT_DUE
        if self.balance_from is not None and self.balance_from <= at:
            return self.Standing.BALANCE_DUE
        return self.Standing.DEPOSIT_PAID

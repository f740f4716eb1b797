"""Money that orders say came in or went back, and what a provider may keep of it (ORD-7, ORD-9)."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store
from orders.models.orders import Order


class Provider(models.TextChoices):
    """Who takes the buyers' money for the store."""

    ALIPAY = "alipay", _("Alipay")
    WECHAT = "wechat", _("WeChat Pay")
    GENERIC = "generic", _("other provider")


class OfAnOrder(models.Model):
    """What an order tells of its money, and the provider's number of it once a line is matched."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    provider = models.CharField(_("provider"), max_length=10, choices=Provider, blank=True)
    reference = models.CharField(_("provider's reference"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class Payment(OfAnOrder):
    """What was paid for an order, gross, as the order tells it. One per paid order.

    A part payment is a line of a statement; all lines of the order together are compared with it.
    `fee` is what the provider kept by its lines so far. The reference is its first line's.
    """

    order = models.OneToOneField(
        Order, models.CASCADE, related_name="payment", verbose_name=_("order")
    )
    fee = models.DecimalField(_("fee"), max_digits=14, decimal_places=2, default=Decimal(0))
    paid_at = models.DateTimeField(_("paid at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "provider", "reference"],
                condition=~Q(reference=""),
                name="payment_unique_reference",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="payment_not_negative"),
        ]
        indexes = [models.Index(fields=["store", "paid_at"], name="payment_days")]
        triggers = recording(
            "amount",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount}"


class Refund(OfAnOrder):
    """What went back to the buyer of an order, all in all, as the order tells it."""

    order = models.OneToOneField(
        Order, models.CASCADE, related_name="refund", verbose_name=_("order")
    )
    refunded_at = models.DateTimeField(_("refunded at"))

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "provider", "reference"],
                condition=~Q(reference=""),
                name="refund_unique_reference",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="refund_not_negative"),
        ]
        indexes = [models.Index(fields=["store", "refunded_at"], name="refund_days")]
        triggers = recording(
            "amount",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.order_id}: {self.amount}"


class FeeRate(models.Model):
    """What a provider may keep of each payment, from a day on until a later rate holds (ORD-9).

    To the cent, half a cent up, line by line. Where it `comes_back`, a refund returns its fee.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="fee_rates", verbose_name=_("store"), db_index=False
    )
    provider = models.CharField(_("provider"), max_length=10, choices=Provider)
    percent = models.DecimalField(
        _("percent"),
        max_digits=6,
        decimal_places=3,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    comes_back = models.BooleanField(_("given back with refunds"), default=True)
    valid_from = models.DateField(_("valid from"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        verbose_name = _("fee rate")
        verbose_name_plural = _("fee rates")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "provider", "valid_from"], name="fee_rate_unique_day"
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="fee_rate_is_a_share"
            ),
        ]
        triggers = recording(
            "provider",
            "percent",
            "comes_back",
            "valid_from",
            label="{row}.provider",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.get_provider_display()} {self.percent} %"

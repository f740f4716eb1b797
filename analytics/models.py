from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import Channel, ScopedQuerySet, Store


class DayBasis(models.TextChoices):
    """Which of an order's moments decides the business day it counts in."""

    CREATED = "created", _("order created")
    PAID = "paid", _("order paid")


class DailySalesQuerySet(ScopedQuerySet):
    def between(self, first: date, last: date) -> Self:
        """Business days first … last, both included."""
        return self.filter(date__gte=first, date__lte=last)


class DailySales(models.Model):
    """A store's orders of one business day and channel, rolled up from the orders (ANA-2).

    `orders` counts all orders, `paid_orders` the paid ones; money is of paid orders only, in the
    store's currency: `gmv` what was captured, gross, `refunds` what of it went back. Rebuilt from
    the orders at any time; no other source.
    """

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="+", verbose_name=_("store"), db_index=False
    )
    channel = models.ForeignKey(
        Channel, models.CASCADE, related_name="+", verbose_name=_("channel"), db_index=False
    )
    basis = models.CharField(_("counted by"), max_length=8, choices=DayBasis)
    date = models.DateField(_("business day"))
    orders = models.PositiveIntegerField(_("orders"), default=0)
    paid_orders = models.PositiveIntegerField(_("paid orders"), default=0)
    buyers = models.PositiveIntegerField(_("buyers"), default=0)
    units = models.PositiveIntegerField(_("pieces"), default=0)
    gmv = models.DecimalField(_("GMV"), max_digits=16, decimal_places=2, default=Decimal(0))
    refunds = models.DecimalField(_("refunds"), max_digits=16, decimal_places=2, default=Decimal(0))
    refund_orders = models.PositiveIntegerField(_("orders with a refund"), default=0)

    objects = DailySalesQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "date"]
        verbose_name = _("daily sales")
        verbose_name_plural = _("daily sales")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "basis", "date", "channel"],
                name="daily_sales_unique_store_basis_date_channel",
            ),
            models.CheckConstraint(
                condition=Q(basis__in=DayBasis.values), name="daily_sales_basis_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.date}"


class RollupMark(models.Model):
    """Up to when a store's changed orders have been rolled up, and in which time zone.

    In another zone every order may belong to another day: then everything is rolled up again.
    """

    store = models.OneToOneField(Store, models.CASCADE, related_name="+")
    rolled_up_to = models.DateTimeField(_("rolled up to"))
    timezone = models.CharField(max_length=50, default="")

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("roll-up mark")
        verbose_name_plural = _("roll-up marks")

    def __str__(self) -> str:
        return f"{self.store_id} {self.rolled_up_to:%Y-%m-%d %H:%M}"

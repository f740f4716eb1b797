"""Orders that will be shipped late, found before they are (FUL-2)."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from opsdesk.stores.models import Store
from orders.models import CustomerMessage, Order


class LateRiskQuerySet(WarehouseQuerySet):
    store_field = "store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def closed(self) -> Self:
        return self.filter(closed_at__isnull=False)

    def of_reason(self, reason: str) -> Self:
        """In danger for this reason now."""
        return self.open().filter(reason=reason)

    def untold(self) -> Self:
        """Of whose delay no message is on its way to the customer."""
        return self.open().filter(told_at=None)

    def certain(self, at: datetime) -> Self:
        """Not packed yet may still be; of the others nobody expects that they leave in time."""
        lacking = [LateRisk.Reason.SHORTAGE, LateRisk.Reason.PRESALE]
        is_sure = Q(reason__in=lacking) | Q(expected_at__gt=F("due_at"))
        return self.open().filter(is_sure | Q(due_at__lte=at))

    def unsaid(self) -> Self:
        """Neither told, nor is it on record why the customer can't be told."""
        said = CustomerMessage.objects.filter(
            order=OuterRef("order"), kind=CustomerMessage.Kind.DELAY, turn=OuterRef("delay")
        )
        return self.untold().filter(~Exists(said))

    def locked(self) -> Self:
        """Lock the rows, always in the same order; the orders are locked before them."""
        return self.select_for_update(of=("self",)).order_by("pk")


class LateRisk(models.Model):
    """An order whose ship-by is in danger, or has passed (FUL-2). One is open per order.

    Only `fulfillment.services.late_risks` writes what it says: opened, told anew each time one
    looks and closed by itself when the order is shipped or the cause is gone. `expected_at` is when
    the order is expected to leave; empty where nobody can say. `delay` counts the ship-by moments
    of the order that came into danger: of each of them its customer is told once.
    """

    class Reason(models.TextChoices):
        SHORTAGE = "shortage", _("goods are missing")
        PRESALE = "presale", _("a presale's day can't be kept")
        NOT_READY = "not_ready", _("not packed yet")
        CAPACITY = "capacity", _("more than the warehouse ships")

    class Stage(models.TextChoices):
        """How far an order has come that is not packed yet."""

        STOCK = "stock", _("waits for stock")
        REVIEW = "review", _("waits for its review")
        PICKING = "picking", _("waits to be picked")
        PACKING = "packing", _("waits to be packed")
        HAND_OVER = "hand_over", _("waits to be handed over")

    class Ended(models.TextChoices):
        SHIPPED = "shipped", _("shipped")
        CANCELLED = "cancelled", _("cancelled")
        GONE = "gone", _("no longer in danger")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    order = models.ForeignKey(
        Order, models.CASCADE, related_name="late_risks", verbose_name=_("order")
    )
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    evidence = models.JSONField(_("evidence"), default=dict)
    due_at = models.DateTimeField(_("ship by"))
    expected_at = models.DateTimeField(_("expected to leave"), null=True)
    delay = models.PositiveSmallIntegerField(_("delay"), default=1)
    opened_at = models.DateTimeField(_("found"))
    seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    ended = models.CharField(_("ended"), max_length=10, choices=Ended, blank=True)
    told_at = models.DateTimeField(_("customer told"), null=True)

    objects = LateRiskQuerySet.as_manager()

    class Meta:
        verbose_name = _("late order")
        verbose_name_plural = _("late orders")
        default_permissions = ("view",)
        permissions = [("tell_delay", "Can tell customers that their orders are late")]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(closed_at=None), name="late_risk_one_open_per_order"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, ended="") | (Q(closed_at__isnull=False) & ~Q(ended="")),
                name="late_risk_ended_at_a_moment",
            ),
            models.CheckConstraint(condition=Q(delay__gt=0), name="late_risk_delay_counts"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="late_risk_list"),
            models.Index(
                fields=["store", "reason", "due_at", "id"],
                condition=Q(closed_at=None),
                name="late_risk_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} · {self.get_reason_display()}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

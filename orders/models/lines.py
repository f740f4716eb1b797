"""What was ordered, and what is kept for it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, Warehouse
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet
from orders.models.orders import Order


class OrderLineQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class OrderLine(models.Model):
    """One article of an order, as ordered. `sku` is empty while the code is unknown here."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(_("line"))
    sku = models.ForeignKey(
        Sku, models.PROTECT, null=True, related_name="order_lines", verbose_name=_("SKU")
    )
    sku_code = models.CharField(_("SKU code"), max_length=80)
    title = models.CharField(_("title"), max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        ordering = ["order_id", "position"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "position"], name="order_line_unique_order_position"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="order_line_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, amount__gte=0),
                name="order_line_amounts_not_negative",
            ),
        ]
        triggers = recording(
            "sku_code",
            "quantity",
            "unit_price",
            "amount",
            label="{row}.sku_code",
            store="(SELECT o.store_id FROM orders_order o WHERE o.id = {row}.order_id)",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_code}"


class ReservationQuerySet(ScopedQuerySet):
    store_field = "line__order__store_id"

    def open(self) -> Self:
        return self.filter(state=Reservation.State.OPEN)


class Reservation(models.Model):
    """Pieces in a warehouse that are promised to one order line (ORD-2); of a bundle, its parts."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SHIPPED = "shipped", _("shipped")
        RELEASED = "released", _("released")

    line = models.ForeignKey(OrderLine, models.CASCADE, related_name="reservations")
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+", db_index=False)
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("warehouse"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    reserved_at = models.DateTimeField(_("reserved"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(
                fields=["line", "sku"],
                condition=Q(state="open"),
                name="reservation_one_open_per_line_and_sku",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="reservation_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="reservation_closed_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sku", "warehouse"],
                condition=Q(state="open"),
                name="reservation_open_stock",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku_id}"

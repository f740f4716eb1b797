"""Shipments that were missed, or left short, day by day (FUL-4)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Store, User
from orders.models import Order


class ShipmentMissQuerySet(WarehouseQuerySet):
    store_field = "store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        """Nobody follows them up, and they are not settled."""
        return self.filter(state=ShipmentMiss.State.OPEN)

    def unsettled(self) -> Self:
        return self.filter(state__in=ShipmentMiss.UNSETTLED)

    def of_kind(self, kind: str) -> Self:
        return self.unsettled().filter(kind=kind)


class ShipmentMiss(models.Model):
    """An order that was not handed over by the end of a business day though its ship-by had passed,
    or left on it without all of its goods (FUL-4). One per order and day.

    Closed by itself when all of the order has left or it is cancelled. Who follows it up is on
    record with a note; an order missed day after day keeps its owner.
    """

    class Kind(models.TextChoices):
        MISSED = "missed", _("missed")
        SHORT = "short", pgettext_lazy("a missed shipment", "short")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("a missed shipment", "open")
        FOLLOWED_UP = "followed_up", _("followed up")
        CLOSED = "closed", _("closed")

    UNSETTLED = [State.OPEN, State.FOLLOWED_UP]

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    order = models.ForeignKey(
        Order,
        models.CASCADE,
        related_name="shipment_misses",
        verbose_name=_("order"),
        db_index=False,
    )
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    due_at = models.DateTimeField(_("ship by"), null=True)
    pieces = models.PositiveIntegerField(_("pieces missing"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    owner = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    found_at = models.DateTimeField(_("found"))
    followed_up_at = models.DateTimeField(_("followed up"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = ShipmentMissQuerySet.as_manager()

    class Meta:
        verbose_name = _("missed or short shipment")
        verbose_name_plural = _("missed and short")
        default_permissions = ("view",)
        permissions = [("follow_up_miss", "Can follow up missed and short shipments")]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "day"], name="shipment_miss_one_per_order_and_day"
            ),
            models.CheckConstraint(
                condition=Q(state="open", followed_up_at=None, closed_at=None)
                | Q(state="followed_up", followed_up_at__isnull=False, closed_at=None)
                & Q(owner__isnull=False)
                & ~Q(note="")
                | Q(state="closed", closed_at__isnull=False),
                name="shipment_miss_moments_fit_state",
            ),
        ]
        indexes = [
            models.Index(fields=["day", "id"], name="shipment_miss_list"),
            models.Index(fields=["store", "day", "id"], name="shipment_miss_list_store"),
            models.Index(
                fields=["store", "order"],
                condition=~Q(state="closed"),
                name="shipment_miss_unsettled",
            ),
        ]
        triggers = recording(
            "state",
            "owner_id",
            "note",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            busy=True,
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day:%m-%d} · {self.order}"

"""The timeline of an order."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, User
from orders.models.orders import Order


class OrderEventQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class OrderEvent(models.Model):
    """A line of an order's timeline. `at` is when it happened, `recorded_at` when we learnt it.

    Append-only, held by the database.
    """

    class Kind(models.TextChoices):
        PLACED = "placed", _("placed")
        PAID = "paid", _("paid")
        RESERVED = "reserved", _("stock reserved")
        RELEASED = "released", _("stock released")
        HELD = "held", _("held")
        LET_GO = "let_go", _("hold released")
        REVIEWED = "reviewed", _("review passed")
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")
        CANCELLED = "cancelled", _("cancelled")
        REFUNDED = "refunded", _("refunded")
        CHANGED = "changed", _("changed")
        CONFLICTED = "conflicted", _("contradicting copy refused")

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    data = models.JSONField(_("details"), default=dict)

    objects = OrderEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

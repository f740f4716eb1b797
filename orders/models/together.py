"""Orders of one recipient that are packed and shipped as one."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User
from orders.models.orders import Order


class ShipTogether(models.Model):
    """One parcel for several orders; each keeps its own number and money (ORD-5)."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    formed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("formed by"), db_index=False
    )
    formed_at = models.DateTimeField(_("formed"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("shipment of several orders")
        verbose_name_plural = _("shipments of several orders")
        permissions = [("merge_order", "Can have orders of one recipient shipped as one")]
        triggers = [pgtrigger.ReadOnly(name="formed_once")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ShipTogetherMemberQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def current(self) -> Self:
        return self.filter(left_at=None)


class ShipTogetherMember(models.Model):
    """An order is in one such shipment at a time, until it leaves it."""

    group = models.ForeignKey(ShipTogether, models.PROTECT, related_name="members")
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="shipments_together", db_index=False
    )
    left_at = models.DateTimeField(_("left"), null=True)

    objects = ShipTogetherMemberQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("order shipped with others")
        verbose_name_plural = _("orders shipped with others")
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(left_at=None), name="ship_together_one_per_order"
            ),
        ]
        triggers = recording(
            "group_id",
            "order_id",
            "left_at",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            store="(SELECT o.store_id FROM orders_order o WHERE o.id = {row}.order_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.group_id}: {self.order_id}"

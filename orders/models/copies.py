"""What is kept of copies of orders that are no longer the newest, and of days they left."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, Store
from orders.models.orders import Order


class SupersededCopyQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class SupersededCopy(models.Model):
    """The digest of a copy that a later one replaced: should it arrive again, it is no news."""

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="superseded_copies", db_index=False
    )
    content_hash = models.CharField(max_length=32)

    objects = SupersededCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("superseded copy")
        verbose_name_plural = _("superseded copies")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "content_hash"], name="superseded_copy_unique_order_hash"
            ),
        ]

    def __str__(self) -> str:
        return self.content_hash


class TouchedDay(models.Model):
    """A business day that lost orders: what was counted from them has to be counted again.

    Rows are only added and, once the day is counted again, deleted; a day may be named twice.
    """

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    day = models.DateField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("touched day")
        verbose_name_plural = _("touched days")

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}"

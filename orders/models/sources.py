"""What platforms told us of orders, in whatever order it arrived (ORD-1)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, Store
from orders.models.orders import Order


class SourceCopyQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class SourceCopy(models.Model):
    """How new the newest copy is that the source sent of an order: an older one overwrites nothing.

    Sources count in seconds. Of two copies of one second that which tells of more is the newer one
    (`progress`); of two that tell of the same, the greater digest: any rule will do, as long as it
    is the same whichever comes first.
    """

    order = models.OneToOneField(
        Order, models.CASCADE, primary_key=True, related_name="source_copy", verbose_name=_("order")
    )
    stated_at = models.DateTimeField(_("as of"))
    progress = models.PositiveSmallIntegerField(_("progress"))
    content_hash = models.CharField(max_length=32)

    objects = SourceCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of the source")
        verbose_name_plural = _("copies of the source")

    def __str__(self) -> str:
        return f"{self.order_id} {self.stated_at:%Y-%m-%d %H:%M:%S}"


class SourceFact(models.Model):
    """Something that happened to an order elsewhere: paid, cancelled, refunded, sent.

    Kept by the order's number, since it may come before the order does. A fact is known by its
    source's id; hearing of it again only ever adds: the earlier moment, the larger amount. So it
    doesn't matter in which order facts come in.
    """

    class Kind(models.TextChoices):
        PAID = "paid", _("paid")
        CANCELLED = "cancelled", _("cancelled")
        REFUND = "refund", _("refund")
        SHIPMENT = "shipment", _("shipment")
        SHIPPED = "shipped", _("shipped whole")
        DELIVERED = "delivered", _("delivered whole")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    external_number = models.CharField(_("order number"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    key = models.CharField(_("id at the source"), max_length=80, blank=True)
    at = models.DateTimeField(_("at"))
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    pieces = models.PositiveIntegerField(_("pieces"), default=0, db_default=0)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    is_void = models.BooleanField(_("taken back"), default=False, db_default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("fact of the source")
        verbose_name_plural = _("facts of the source")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_number", "kind", "key"],
                name="source_fact_unique_store_number_kind_key",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="source_fact_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.external_number} {self.kind} {self.key}".rstrip()

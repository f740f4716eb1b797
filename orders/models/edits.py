"""What the channel said of an order before we changed it here."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet
from orders.models.orders import Order


class ChannelSaysQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class ChannelSays(models.Model):
    """Of an order that was changed here: what its channel last said of the parts that were changed.

    A later copy is compared with this, not with what we made of the order (ORD-5). `lines` is
    pieces by SKU code and stands with `total_amount`, of the whole family where an order was split;
    both are empty while its goods are as the channel sent them. `paid_amount`, `freight_amount` and
    `discount_amount` are those of a whole family, which its members' add up to. `contact` holds a
    keyed digest for each part of the contact that was changed here, by its name.
    """

    order = models.OneToOneField(
        Order, models.CASCADE, primary_key=True, related_name="channel_says"
    )
    lines = models.JSONField(_("lines"), null=True)
    total_amount = models.DecimalField(_("total"), max_digits=14, decimal_places=2, null=True)
    paid_amount = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, null=True)
    freight_amount = models.DecimalField(_("freight"), max_digits=14, decimal_places=2, null=True)
    discount_amount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, null=True)
    contact = models.JSONField(_("contact"), default=dict)

    objects = ChannelSaysQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("word of the channel")
        verbose_name_plural = _("words of the channel")
        permissions = [
            ("change_address", "Can change whom an order goes to, before it leaves"),
            ("change_goods", "Can change the goods of an order, before it leaves"),
            ("split_order", "Can split an order, before it leaves"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lines=None, total_amount=None)
                | Q(lines__isnull=False, total_amount__gte=0),
                name="channel_says_lines_with_total",
            ),
            models.CheckConstraint(
                condition=Q(paid_amount=None, freight_amount=None, discount_amount=None)
                | Q(
                    lines__isnull=False,
                    paid_amount__gte=0,
                    freight_amount__gte=0,
                    discount_amount__gte=0,
                ),
                name="channel_says_money_of_a_family",
            ),
        ]

    def __str__(self) -> str:
        return str(self.order_id)

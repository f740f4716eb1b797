"""The customers that count."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet
from orders.models.customers import Customer


class ValuedCustomerQuerySet(ScopedQuerySet):
    store_field = "customer__store_id"


class ValuedCustomer(models.Model):
    """A customer with as many orders and as much money lately as makes one valued (MKT-10).

    Worked out each night from the orders, so it is written by nobody else. `amount` is what was
    paid less what was refunded, in the store's currency.
    """

    customer = models.OneToOneField(
        Customer,
        models.CASCADE,
        primary_key=True,
        related_name="valued",
        verbose_name=_("customer"),
    )
    orders = models.PositiveIntegerField(_("orders"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    since = models.DateTimeField(_("valued since"))
    counted_at = models.DateTimeField(_("counted"))

    objects = ValuedCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("valued customer")
        verbose_name_plural = _("valued customers")
        constraints = [
            models.CheckConstraint(
                condition=Q(orders__gte=1, amount__gte=0), name="valued_customer_bought"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.customer_id}"

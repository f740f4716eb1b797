"""How order and customer lists are narrowed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from opsdesk.filters import (
    ChannelFilter,
    DaysFilter,
    ListFilters,
    PrefixFilter,
    StateFilter,
    StoreFilter,
)
from orders.models import Customer, Order


class OrderFilters(ListFilters):
    number = PrefixFilter(label=_("Order number"), field_name="external_number")
    customer = PrefixFilter(label=_("Customer id"), field_name="external_id", through="customer")
    store = StoreFilter()
    channel = ChannelFilter()
    fulfilment = StateFilter(
        Order.Fulfilment.choices, _("Fulfilment"), field_name="fulfilment_state"
    )
    payment = StateFilter(Order.Payment.choices, _("Payment"), field_name="payment_state")
    review = StateFilter(Order.Review.choices, _("Review"), field_name="review_state")
    after_sales = StateFilter(
        Order.AfterSales.choices, _("After-sales"), field_name="after_sales_state"
    )
    amounts = StateFilter(
        [("True", _("amounts only")), ("False", _("with articles"))],
        _("Kind"),
        field_name="is_amount_only",
    )
    placed = DaysFilter(label=_("Placed"), field_name="placed_at")

    class Meta:
        model = Order
        fields: list[str] = []


class CustomerFilters(ListFilters):
    buyer = PrefixFilter(label=_("Customer id"), field_name="external_id")
    store = StoreFilter()

    class Meta:
        model = Customer
        fields: list[str] = []

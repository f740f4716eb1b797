"""How order and customer lists are narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.filters import (
    AmountsFilter,
    ChannelFilter,
    DaysFilter,
    ListFilters,
    PlainSearch,
    PrefixFilter,
    StateFilter,
    StoreFilter,
)
from orders import extras
from orders.models import Customer, Hold, Order
from orders.review import registry
from orders.screens.tagging import TagFilter
from orders.services.contact import REVEAL


class PhoneFilter(django_filters.CharFilter):
    """Digests of one phone, as the page that was given the phone wrote them: addresses are logged.

    Only orders of stores in which the person may see contacts: that somebody bought there is one.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Phone"), max_length=330, widget=HiddenInput(), **kwargs)

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        request = self.parent.request
        stores = request.user.stores_allowing(REVEAL) if request else []
        return rows.filter(phone_digest__in=_digests(value), store__in=stores)


def _digests(text: str) -> list[bytes]:
    try:
        return [bytes.fromhex(part) for part in text.split(".")]
    except ValueError:
        return []


def _reasons() -> list[tuple[str, str | Promise]]:
    return [(reason.code, reason.title) for reason in registry.all_reasons()]


class HoldFilter(StateFilter):
    """Orders that something of this reason is open on."""

    def __init__(self) -> None:
        super().__init__(_reasons, _("Held for"))

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        return rows.filter(pk__in=Hold.objects.open().filter(code=value).values("order"))


class NumberFilter(PrefixFilter):
    """Orders whose number begins with these letters, or from `ANYWHERE` letters on has them in it.

    Three letters make a trigram; of so short a piece there are more than anybody reads.
    """

    ANYWHERE = 4

    def _first(self, rows: QuerySet, value: str) -> QuerySet:
        beginning = super()._first(rows, value)
        if len(value) < self.ANYWHERE:
            return beginning
        inside = rows.filter(external_number__icontains=value).order_by().values("pk")
        return beginning.union(inside[: self.MOST])


class WaybillFilter(django_filters.CharFilter):
    """Orders with a parcel whose waybill begins with these letters."""

    def __init__(self, **kwargs: Any) -> None:
        widget = PlainSearch(attrs={"placeholder": _("Waybill")})
        super().__init__(label=_("Waybill"), max_length=60, widget=widget, **kwargs)

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        return extras.by_waybill(rows, value) if value else rows


class OrderFilters(ListFilters):
    number = NumberFilter(label=_("Order number"), field_name="external_number")
    customer = PrefixFilter(label=_("Customer id"), field_name="external_id", through="customer")
    waybill = WaybillFilter()
    store = StoreFilter()
    channel = ChannelFilter()
    fulfilment = StateFilter(
        Order.Fulfilment.choices, _("Fulfilment"), field_name="fulfilment_state"
    )
    payment = StateFilter(Order.Payment.choices, _("Payment"), field_name="payment_state")
    review = StateFilter(Order.Review.choices, _("Review"), field_name="review_state")
    hold = HoldFilter()
    tag = TagFilter()
    after_sales = StateFilter(
        Order.AfterSales.choices, _("After-sales"), field_name="after_sales_state"
    )
    amounts = StateFilter(
        [("True", _("amounts only")), ("False", _("with articles"))],
        _("Kind"),
        field_name="is_amount_only",
    )
    placed = DaysFilter(label=_("Placed"), field_name="placed_at")
    total = AmountsFilter(label=_("Total"), field_name="total_amount")
    phone = PhoneFilter()

    class Meta:
        model = Order
        fields: list[str] = []


class CustomerFilters(ListFilters):
    buyer = PrefixFilter(label=_("Customer id"), field_name="external_id")
    store = StoreFilter()

    class Meta:
        model = Customer
        fields: list[str] = []

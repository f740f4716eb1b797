"""What the checks look at: orders of one store with their lines and contacts, read once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from opsdesk import sealing
from opsdesk.stores.models import WorkCalendar
from orders.contacts import Contact
from orders.models import Order, OrderLine

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

# Where a store without a work calendar sells, by its money.
_COUNTRIES = {"CNY": "CN", "USD": "US", "BRL": "BR", "GBP": "GB", "JPY": "JP", "HKD": "HK"}


def country_of(store: Store) -> str:
    """Two letters: whose numbers and addresses are usual in the store; empty: nobody's."""
    calendar = WorkCalendar.objects.filter(store=store).first()
    return (calendar and calendar.country) or _COUNTRIES.get(store.currency, "")


class Line(NamedTuple):
    order_id: int
    position: int
    sku_id: int | None
    sku_code: str
    quantity: int
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """One order. The contact is None where no key opens it."""

    order: Order
    lines: Sequence[Line]
    contact: Contact | None

    @property
    def pk(self) -> int:
        return self.order.pk


@dataclass(frozen=True)
class Look:
    """Orders of one store at one moment; nothing in it is ever written down in clear."""

    store: Store
    at: datetime
    facts: Sequence[Facts]

    @cached_property
    def country(self) -> str:
        return country_of(self.store)

    @property
    def ids(self) -> list[int]:
        return [facts.pk for facts in self.facts]

    def only(self, facts: Facts) -> Look:
        return Look(self.store, self.at, [facts])


def look_at(orders: Iterable[Order], *, at: datetime) -> list[Look]:
    """One look per store, with everything that the orders themselves say. One statement.

    The orders come with their store and channel.
    """
    orders = list(orders)
    lines: dict[int, list[Line]] = {}
    rows = OrderLine.objects.filter(order__in=[order.pk for order in orders])
    for row in rows.order_by("order_id", "position").values_list(*Line._fields):
        lines.setdefault(row[0], []).append(Line(*row))
    by_store: dict[int, list[Facts]] = {}
    for order in orders:
        facts = Facts(order, lines.get(order.pk, []), contact_of(order))
        by_store.setdefault(order.store_id, []).append(facts)
    return [Look(facts[0].order.store, at, facts) for facts in by_store.values()]


def contact_of(order: Order) -> Contact | None:
    """None where no key opens it."""
    try:
        return order.contact
    except sealing.Unreadable:
        return None

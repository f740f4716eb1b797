"""What SKUs sell for, and the floor that no price goes below (CAT-6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import BundlePart, Price, Sku
from catalog.services import bundles
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store, User

CENT = Decimal("0.01")
VIEW_COST = "catalog.view_cost"

FILED_AHEAD = Setting(
    key="catalog.price_filed_ahead",
    clause="CAT-6",
    title=gettext_lazy("A price change is filed ahead by"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    is_limit=True,
)
MARGIN = Setting(
    key="catalog.minimum_margin",
    clause="CAT-6",
    title=gettext_lazy("Least margin on the cost"),
    default=Decimal(15),
    unit=Unit.PERCENT,
    maximum=Decimal(1_000),
    is_limit=True,
)
FINANCE_PERCENT = Setting(
    key="catalog.price_finance_percent",
    clause="CAT-6",
    title=gettext_lazy("Price changes up to this are decided without finance"),
    default=Decimal(10),
    unit=Unit.PERCENT,
    maximum=Decimal(1_000),
    is_limit=True,
)
FINANCE_SKUS = Setting(
    key="catalog.price_finance_skus",
    clause="CAT-6",
    title=gettext_lazy("Price changes of so many SKUs are decided without finance"),
    default=Decimal(50),
    unit=Unit.PIECES,
    is_limit=True,
)
LAUNCH_BELOW = Setting(
    key="catalog.launch_below_average",
    clause="CAT-6",
    title=gettext_lazy("Launch price below the average of the industry"),
    default=Decimal(10),
    unit=Unit.PERCENT,
    maximum=Decimal(100),
)
SETTINGS = (FILED_AHEAD, MARGIN, FINANCE_PERCENT, FINANCE_SKUS, LAUNCH_BELOW)


def mark_known_costs(rows: Iterable[Any], person: User) -> None:
    """Each row says as `sees_cost` whether the person may see costs in its store. One look-up."""
    allowed = set(person.stores_allowing(VIEW_COST))
    for row in rows:
        row.sees_cost = row.store_id in allowed


def price_of(
    sku_ids: Iterable[int], channel: Channel | None, at: datetime
) -> dict[int, Decimal | None]:
    """SKU id → what it sells for on the channel then: its own price there, else the store's.

    Without either it is the list price; None where nobody has set one. Two queries. What is only
    planned is no price yet, so a moment ahead is answered with what holds so far.
    """
    ids = list(sku_ids)
    found = dict(Sku.objects.filter(pk__in=ids).values_list("pk", "list_price"))
    places = Q(channel=None) | Q(channel=channel) if channel else Q(channel=None)
    rows = Price.objects.of_skus(ids).at(at).filter(places)
    # The channel's own come last, and count.
    rows = rows.order_by(F("channel").asc(nulls_first=True))
    found.update(rows.values_list("sku", "amount"))
    return found


@dataclass(frozen=True)
class Floor:
    """Cost and the least margin on it, in percent; without a known cost there is no floor."""

    cost: Decimal | None
    margin: Decimal

    @property
    def factor(self) -> Decimal:
        return 1 + self.margin / 100

    @property
    def amount(self) -> Decimal | None:
        if self.cost is None:
            return None
        return (self.cost * self.factor).quantize(CENT, ROUND_UP)

    def refuses(self, price: Decimal) -> bool:
        return self.amount is not None and price < self.amount

    def reckoning(self, price: Decimal) -> str:
        """cost 34.00 × 1.15 = 39.10 > 35.00, for a price that is refused."""
        return _("cost %(cost)s × %(factor)s = %(floor)s > %(price)s") % {
            "cost": f"{self.cost:.2f}",
            "factor": plain(self.factor),
            "floor": f"{self.amount:.2f}",
            "price": f"{price:.2f}",
        }


class Margins:
    """The least margin on each channel of a store at one moment; asked once per channel."""

    def __init__(self, store: Store, at: datetime) -> None:
        self.store = store
        self.at = at
        self._known: dict[int | None, Decimal] = {}
        self._bundles: dict[int, Decimal] | None = None

    def percent(self, channel: Channel | None) -> Decimal:
        key = channel.pk if channel else None
        if key not in self._known:
            self._known[key] = procedure.value_of(
                MARGIN.key, store=self.store, channel=channel, at=self.at
            )
        return self._known[key]

    def floor(self, sku: Sku, channel: Channel | None) -> Floor:
        return Floor(self._cost(sku), self.percent(channel))

    def _cost(self, sku: Sku) -> Decimal | None:
        """The SKU's own; of a bundle without one what its parts cost. One query for the store."""
        if sku.cost is not None:
            return sku.cost
        if self._bundles is None:
            self._bundles = bundles.costs_of(BundlePart.objects.filter(bundle__store=self.store))
        return self._bundles.get(sku.pk)


def plain(number: Decimal) -> str:
    """1.15, 10: without the zeros that a column pads it with."""
    return f"{number.normalize():f}"


def percent_between(before: Decimal | None, after: Decimal) -> Decimal | None:
    """By how many percent the price changes; None where there was none, or nothing to compare."""
    if not before:
        return None
    return (after - before) / before * 100

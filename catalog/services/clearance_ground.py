"""What the measures against slow stock are reckoned from: assumptions, prices, floors, partners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy

from catalog.models import Sku, SupplierItem
from catalog.services.pricing import CENT, Floor, Margins, price_of
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from catalog.models import SlowStock
    from opsdesk.stores.models import Store


def _percent(key: str, clause: str, title: Promise, default: int) -> Setting:
    return Setting(
        key=key,
        clause=clause,
        title=title,
        default=Decimal(default),
        unit=Unit.PERCENT,
        maximum=Decimal(100),
    )


def _times(key: str, title: Promise, default: int) -> Setting:
    return Setting(
        key=key,
        clause="CAT-9",
        title=title,
        default=Decimal(default),
        unit=Unit.TIMES,
        minimum=Decimal(1),
        maximum=Decimal(100),
    )


DAYS = Setting(
    key="catalog.clearance_days",
    clause="CAT-9",
    title=gettext_lazy("Days that the effect of a clearance measure is estimated over"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(365),
)
CUT = _percent("catalog.clearance_cut", "CAT-9", gettext_lazy("Clearance: price cut"), 20)
CUT_UPLIFT = _times(
    "catalog.clearance_cut_uplift", gettext_lazy("Assumed: a price cut multiplies sales by"), 3
)
NTH_OFF = _percent(
    "catalog.clearance_second_off", "CAT-9", gettext_lazy("Clearance: second piece cheaper by"), 50
)
NTH_UPLIFT = _times(
    "catalog.clearance_second_uplift",
    gettext_lazy("Assumed: a cheaper second piece multiplies sales by"),
    2,
)
BUNDLE_OFF = _percent(
    "catalog.clearance_bundle_off", "CAT-9", gettext_lazy("Clearance: bundle cheaper by"), 10
)
BUNDLE_SHARE = _percent(
    "catalog.clearance_bundle_share",
    "CAT-9",
    gettext_lazy("Assumed: so many buyers of the other article take the bundle"),
    10,
)
OFF_SITE = _percent(
    "catalog.clearance_off_site",
    "CAT-10",
    gettext_lazy("Off-site clearance brings, of the cost"),
    50,
)
RETURN_FEE = _percent(
    "catalog.clearance_return_fee", "CAT-10", gettext_lazy("Return to the supplier: fee"), 10
)
SETTINGS = (
    DAYS,
    CUT,
    CUT_UPLIFT,
    NTH_OFF,
    NTH_UPLIFT,
    BUNDLE_OFF,
    BUNDLE_SHARE,
    OFF_SITE,
    RETURN_FEE,
)


@dataclass(frozen=True)
class Partner:
    """The best-selling SKU of a category, and what it sells for."""

    sku: Sku
    average: Decimal
    price: Decimal | None
    floor: Floor


@dataclass(frozen=True)
class Ground:
    """All that the proposals of one row stand on."""

    row: SlowStock
    price: Decimal | None
    floor: Floor
    partner: Partner | None
    item: SupplierItem | None
    numbers: dict[str, Decimal]

    def number(self, setting: Setting) -> Decimal:
        return self.numbers[setting.key]

    def share(self, setting: Setting) -> Decimal:
        return self.number(setting) / 100

    @property
    def days(self) -> Decimal:
        return self.number(DAYS)

    @property
    def base(self) -> Decimal:
        """Pieces a day that an uplift multiplies."""
        return max(self.row.average, 1 / self.days)

    @property
    def cost(self) -> Decimal | None:
        return self.floor.cost

    def leaving(self, a_day: Decimal) -> int:
        """Pieces that leave at that pace; a sale at a time is not cut short by rounding."""
        return min(self.row.pieces, int((a_day * self.days).quantize(CENT)))


def grounds_of(store: Store, rows: Sequence[SlowStock], at: datetime) -> Iterator[Ground]:
    """Of each row what its proposals stand on; a handful of queries, however many rows."""
    margins = Margins(store, at)
    partners = _best_sellers(store, rows)
    skus = {row.sku_id for row in rows} | {sku.pk for two in partners.values() for sku, _ in two}
    prices = price_of(skus, None, at)
    preferred = SupplierItem.objects.preferred().filter(sku__in={row.sku_id for row in rows})
    items = {item.sku_id: item for item in preferred.select_related("supplier")}
    asked = procedure.numbers_of([s.key for s in SETTINGS], store=store, channel=None, at=at)
    numbers = {key: number.value for key, number in asked.items()}
    for row in rows:
        others = partners.get(row.sku.product.category, [])
        other = next((each for each in others if each[0].pk != row.sku_id), None)
        partner = None
        if other:
            sku, average = other
            partner = Partner(sku, average, prices[sku.pk], margins.floor(sku, None))
        yield Ground(
            row=row,
            price=prices[row.sku_id],
            floor=margins.floor(row.sku, None),
            partner=partner,
            item=items.get(row.sku_id),
            numbers=numbers,
        )


# Two of each category: a SKU is not bundled with itself.
_BEST = """
SELECT category, sku_id, average FROM (
    SELECT p.category, c.sku_id, sum(c.average) AS average,
           row_number() OVER (
               PARTITION BY p.category ORDER BY sum(c.average) DESC, c.sku_id
           ) AS place
    FROM catalog_stockcover c
    JOIN catalog_sku k ON k.id = c.sku_id
    JOIN catalog_product p ON p.id = k.product_id
    WHERE c.store_id = %s AND k.is_active AND p.category <> '' AND p.category = ANY (%s)
    GROUP BY p.category, c.sku_id
    HAVING sum(c.average) > 0 AND sum(c.available) > 0
) ranked WHERE place <= 2 ORDER BY category, place
"""


def _best_sellers(store: Store, rows: Sequence[SlowStock]) -> dict[str, list[tuple[Sku, Decimal]]]:
    categories = sorted({row.sku.product.category for row in rows})
    with connection.cursor() as cursor:
        cursor.execute(_BEST, [store.pk, categories])
        best = cursor.fetchall()
    skus = Sku.objects.in_bulk([sku_id for _category, sku_id, _average in best])
    found: dict[str, list[tuple[Sku, Decimal]]] = {}
    for category, sku_id, average in best:
        found.setdefault(category, []).append((skus[sku_id], average))
    return found

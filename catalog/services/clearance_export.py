"""The list of slow and overstocked SKUs as a table (CAT-9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from catalog.models.cover import ENDLESS
from opsdesk import exports
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile

if TYPE_CHECKING:
    from catalog.models.clearance import SlowStockQuerySet

MOST = 100_000
HEADER = [
    "store",
    "sku",
    "product",
    "category",
    "finding",
    "since",
    "closed_at",
    "pieces",
    "average_daily_sales",
    "sold_in_month",
    "sell_through_percent",
    "turnover_days",
]
OF_COST = ["cost", "money_tied_up"]


def export_slow_stock(
    rows: SlowStockQuerySet, *, with_cost: bool, as_workbook: bool
) -> ExportedFile:
    """These rows, those that tie up most money first; what they cost only `with_cost`.

    Turnover days are empty where nobody buys. Raises DomainError where there are too many.
    """
    header = [*HEADER, *OF_COST] if with_cost else HEADER
    lines = _lines(rows.order_by("-value", "pk")[: MOST + 1], with_cost)
    file = (
        exports.xlsx_file(header, lines, "slow") if as_workbook else exports.csv_file(header, lines)
    )
    if file.rows > MOST:
        file.content.close()
        raise DomainError(_("More than %(most)s SKUs: narrow the list first.") % {"most": MOST})
    return file


def _lines(rows: SlowStockQuerySet, with_cost: bool) -> Iterator[list[Any]]:
    for row in rows.select_related("store", "sku__product").iterator(chunk_size=2_000):
        cells = [
            row.store.code,
            row.sku.code,
            row.sku.product.name,
            row.sku.product.category,
            row.finding,
            row.since,
            row.closed_at,
            row.pieces,
            row.average,
            row.sold,
            row.sell_through,
            None if row.turnover_days >= ENDLESS else row.turnover_days,
        ]
        yield [*cells, row.cost, row.value] if with_cost else cells

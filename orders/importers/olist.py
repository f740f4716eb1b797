"""`olist`: the folder of the Brazilian Olist set; orders with items, payments and customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange.columns import Column, match_columns, require_complete
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, FileRefused, Problem
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import Table, open_table
from opsdesk.exchange.sheets import rejected
from orders.importers.base import OrderImporter, cell_readers

ORDERS = "olist_orders_dataset.csv"
ITEMS = "olist_order_items_dataset.csv"
PAYMENTS = "olist_order_payments_dataset.csv"
CUSTOMERS = "olist_customers_dataset.csv"
PRODUCTS = "olist_products_dataset.csv"

NEEDED: dict[str, tuple[str, ...]] = {
    ORDERS: (
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ),
    ITEMS: ("order_id", "product_id", "price", "freight_value"),
    PAYMENTS: ("order_id", "payment_value"),
    CUSTOMERS: ("customer_id", "customer_unique_id", "customer_city", "customer_state"),
    PRODUCTS: ("product_id", "product_category_name", "product_weight_g"),
}
OPTIONAL = {PRODUCTS}
CANCELLED = {"canceled", "unavailable"}
MOMENTS = {
    "placed_at": "order_purchase_timestamp",
    "paid_at": "order_approved_at",
    "shipped_at": "order_delivered_carrier_date",
    "delivered_at": "order_delivered_customer_date",
}
ESTIMATE = "order_estimated_delivery_date"


class Part:
    """One file of the folder; a row is a dict of the columns we need."""

    def __init__(self, name: str, table: Table) -> None:
        columns = tuple(Column(field, field, is_required=True) for field in NEEDED[name])
        match = match_columns(table.header, columns, {}, line=table.header_line, is_strict=False)
        require_complete(match, table.header_line)
        self.name, self.table, self.match = name, table, match

    def rows(self) -> Iterator[tuple[int, list[str], dict[str, str]]]:
        """Line, cells as they stand there, cells by column. A ragged row has no columns."""
        width = len(self.table.header)
        with self.table.rows() as rows:
            next(rows)
            for line, cells in rows:
                if len(cells) != width:
                    yield line, cells, {}
                else:
                    values = {field: cells[i].strip() for field, i in self.match.positions.items()}
                    yield line, cells, values

    def strict_rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows of a part that orders are put together from: a ragged one spoils the folder."""
        for line, _cells, row in self.rows():
            if not row:
                raise FileRefused(
                    "ragged_row",
                    _("%(file)s: the row doesn't fit the header.") % {"file": self.name},
                    line=line,
                )
            yield line, row


@dataclass
class Money:
    """What the other files say of one order."""

    paid: Decimal = Decimal(0)
    freight: Decimal = Decimal(0)
    # (product, price) → pieces: a line of the file is one piece.
    pieces: dict[tuple[str, str], int] = field(default_factory=dict)
    problem: Problem | None = None


class OlistImporter(OrderImporter):
    """History as it happened: purchase, approval, handing over to the carrier, delivery, and the
    delivery that was promised at purchase.

    An order's total is the sum of its payments; it is captured when it was approved. Stock counts
    as confirmed at approval. `canceled` and `unavailable` are cancelled at the last moment the
    file knows. Orders without items are amounts only. The buyer is `customer_unique_id`. Times are
    in the store's zone. Articles the catalogue lacks are made. Rows of items and payments that
    belong to no order of the folder are left out and counted.
    """

    name = "olist"
    title = gettext_lazy("Olist (folder of CSV files)")
    description = gettext_lazy("Orders, items, payments, customers and products.")
    takes_folder = True
    makes_articles = True
    number_column = "order_id"
    columns = ()

    def open(self, path: Path, *, name: str, column_map: Mapping[str, str]) -> Source:
        if not path.is_dir():
            raise FileRefused("no_folder", _("This format is a folder of CSV files, not one file."))
        tables = {}
        for part in NEEDED:
            file = path / part
            if file.is_file():
                tables[part] = _within(part, file)
            elif part not in OPTIONAL:
                raise FileRefused(
                    "missing_file", _("The folder has no file %(file)s.") % {"file": part}
                )
        return Source(tables, None, {"kind": "folder", "files": sorted(tables)})

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        parts = {name: _part(name, table) for name, table in source.tables.items()}
        readers = cell_readers(context)
        money = _money(parts, readers)
        people = {
            row["customer_id"]: (row["customer_unique_id"], _region(row))
            for _line, row in parts[CUSTOMERS].strict_rows()
        }
        articles = _articles(parts.get(PRODUCTS))
        for line, cells, row in parts[ORDERS].rows():
            number = row.get("order_id", "")
            try:
                data = _order(row, money.pop(number, Money()), people, articles, readers)
            except _Rejected as found:
                yield rejected(line, number, cells, found.problem)
            else:
                yield Record(line, number, cells, data)
        source.dialect["unused_rows"] = sum(sum(m.pieces.values()) or 1 for m in money.values())


class _Rejected(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _within(part: str, file: Path) -> Table:
    """The table of a part; what refuses it names the part."""
    try:
        return open_table(file, encoding=survey(file).encoding, name=part)
    except FileRefused as refusal:
        raise _named(part, refusal) from refusal


def _part(name: str, table: Table) -> Part:
    try:
        return Part(name, table)
    except FileRefused as refusal:
        raise _named(name, refusal) from refusal


def _named(part: str, refusal: FileRefused) -> FileRefused:
    return FileRefused(
        refusal.code,
        _("%(file)s: %(reason)s") % {"file": part, "reason": refusal.message},
        line=refusal.line,
        column=refusal.column,
    )


def _money(parts: Mapping[str, Part], readers: Mapping[str, Any]) -> dict[str, Money]:
    """Order id → what items and payments say of it; a bad cell is the order's problem."""
    orders: dict[str, Money] = defaultdict(Money)
    read = readers["total_amount"]
    for line, row in parts[ITEMS].strict_rows():
        order = orders[row["order_id"]]
        price = _cell(order, ITEMS, line, row, "price", read)
        order.freight += Decimal(_cell(order, ITEMS, line, row, "freight_value", read))
        piece = (row["product_id"], price)
        order.pieces[piece] = order.pieces.get(piece, 0) + 1
    for line, row in parts[PAYMENTS].strict_rows():
        order = orders[row["order_id"]]
        order.paid += Decimal(_cell(order, PAYMENTS, line, row, "payment_value", read))
    return orders


def _cell(order: Money, part: str, line: int, row: Mapping[str, str], column: str, read) -> str:
    try:
        return read(row[column])
    except BadValue as error:
        message = _("%(file)s, line %(line)d: %(reason)s") % {
            "file": part,
            "line": line,
            "reason": error.message,
        }
        order.problem = order.problem or Problem(error.code, column, message)
        return "0"


def _region(row: Mapping[str, str]) -> str:
    return " ".join(filter(None, (row["customer_state"], row["customer_city"])))[:120]


def _articles(part: Part | None) -> dict[str, tuple[str, int | None]]:
    """Product id → category and weight in grams."""
    if part is None:
        return {}
    return {
        row["product_id"]: (
            row["product_category_name"],
            int(row["product_weight_g"]) if row["product_weight_g"].isdecimal() else None,
        )
        for _line, row in part.strict_rows()
    }


def _order(
    row: Mapping[str, str],
    money: Money,
    people: Mapping[str, tuple[str, str]],
    articles: Mapping[str, tuple[str, int | None]],
    readers: Mapping[str, Any],
) -> dict[str, Any]:
    """The order of a row. Raises _Rejected."""
    if not row:
        raise _Rejected(Problem("ragged_row", "", _("The row doesn't fit the header.")))
    if money.problem is not None:
        raise _Rejected(money.problem)
    data = _moments(row, readers) | _promised(row, readers)
    customer, region = people.get(row["customer_id"], ("", ""))
    data |= {"total_amount": f"{money.paid:.2f}", "freight_amount": f"{money.freight:.2f}"}
    if "paid_at" in data:
        data["paid_amount"] = data["total_amount"]
    if customer:
        data |= {"customer": customer, "region": region}
    if money.pieces:
        data["lines"] = [
            _line(product, price, pieces, articles)
            for (product, price), pieces in money.pieces.items()
        ]
    return data


def _moments(row: Mapping[str, str], readers: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, column in {"order_number": "order_id", **MOMENTS}.items():
        try:
            if row[column]:
                data[name] = readers[name](row[column])
        except BadValue as error:
            raise _Rejected(error.in_column(column)) from error
    for name, column in (("order_number", "order_id"), ("placed_at", MOMENTS["placed_at"])):
        if name not in data:
            raise _Rejected(Problem("missing_value", column, _("The cell is empty.")))
    del data["order_number"]
    if "paid_at" not in data and "shipped_at" in data:
        data["paid_at"] = data["shipped_at"]  # not on record; nobody ships unpaid goods
    elif "paid_at" in data:
        data["confirmed_at"] = data["paid_at"]
    if row["order_status"] in CANCELLED:
        data["cancelled_at"] = max(data.values())
    return data


def _promised(row: Mapping[str, str], readers: Mapping[str, Any]) -> dict[str, Any]:
    """The delivery that was promised, if the file knows it."""
    try:
        return {"deliver_by": readers["deliver_by"](row[ESTIMATE])} if row[ESTIMATE] else {}
    except BadValue as error:
        raise _Rejected(error.in_column(ESTIMATE)) from error


def _line(
    product: str, price: str, pieces: int, articles: Mapping[str, tuple[str, int | None]]
) -> list[Any]:
    category, weight = articles.get(product, ("", None))
    # The set names no articles: the category and the beginning of the id tell them apart.
    title = f"{category.replace('_', ' ')} {product[:8]}".strip()
    amount = f"{pieces * Decimal(price):.2f}"
    return [product, pieces, price, amount, title, category, weight]

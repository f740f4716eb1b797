"""`uci-retail`: order lines of the UCI Online Retail set; an invoice is an order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from opsdesk.exchange.columns import Column
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import Problem
from opsdesk.exchange.sheets import rejected
from orders.importers.base import (
    LINES_OF_AN_ORDER,
    OrderImporter,
    Sheet,
    on_line,
    too_many_lines,
)


@dataclass
class Invoice:
    """The lines of one invoice, wherever they stand."""

    first: int
    rows: list[list[str]] = field(default_factory=list)
    lines: list[list[Any]] = field(default_factory=list)
    placed_at: str = ""
    customer: str = ""
    region: str = ""
    problem: Problem | None = None


class UciRetailImporter(OrderImporter):
    """Sold over the counter, so to say: paid and shipped at the invoice's time.

    Invoices that begin with C cancel another one without saying which, those with A correct the
    books: both are rejected with that reason, as is an invoice with a line of no or negative
    pieces. Articles the catalogue lacks are made. A record is an invoice.
    """

    name = "uci-retail"
    title = gettext_lazy("UCI Online Retail")
    description = gettext_lazy("InvoiceNo, StockCode, Quantity, InvoiceDate, UnitPrice …")
    number_column = "InvoiceNo"
    makes_articles = True
    columns = (
        Column(
            "order_number",
            gettext_lazy("invoice"),
            ("InvoiceNo", "Invoice"),
            is_required=True,
        ),
        Column("sku_code", gettext_lazy("SKU code"), ("StockCode",), is_required=True),
        Column("title", gettext_lazy("article"), ("Description",)),
        Column("quantity", gettext_lazy("quantity"), ("Quantity",), is_required=True),
        Column("placed_at", gettext_lazy("placed"), ("InvoiceDate",), is_required=True),
        Column("unit_price", gettext_lazy("unit price"), ("UnitPrice", "Price"), is_required=True),
        Column("customer", gettext_lazy("buyer id"), ("CustomerID", "Customer ID")),
        Column("region", gettext_lazy("region"), ("Country",)),
    )

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        sheet = Sheet(source, context)
        number = sheet.positions["order_number"]
        invoices: dict[str, Invoice] = {}
        with sheet.table.rows() as rows:
            next(rows)
            for line, cells in rows:
                key = cells[number].strip() if len(cells) > number else ""
                if key:
                    _add(sheet, invoices.setdefault(key, Invoice(line)), key, line, cells)
                else:
                    fits = sheet.fit_all(cells) is not None
                    problem = sheet.missing("order_number") if fits else sheet.ragged(cells)
                    yield rejected(line, "", cells, problem)
        for key, invoice in invoices.items():
            yield _record(key, invoice)


def _add(sheet: Sheet, invoice: Invoice, key: str, line: int, cells: list[str]) -> None:
    fitting = sheet.fit_all(cells)
    if invoice.problem is not None and len(invoice.rows) >= LINES_OF_AN_ORDER:
        return
    invoice.rows.append(cells)
    if invoice.problem is not None:
        return
    problem = (
        sheet.ragged(cells)
        if fitting is None
        else _unwanted(sheet, invoice, key) or _read(sheet, invoice, fitting)
    )
    if problem is not None:
        invoice.problem = on_line(problem, line, invoice.first)


def _unwanted(sheet: Sheet, invoice: Invoice, key: str) -> Problem | None:
    column = sheet.column("order_number")
    if key[0] in "Cc":
        return Problem(
            "cancellation",
            column,
            _(
                "It cancels another invoice without saying which. Cancel or refund that order by "
                "hand."
            ),
        )
    if key[0] in "Aa":
        return Problem("adjustment", column, _("It corrects the books and is no order."))
    if len(invoice.lines) == LINES_OF_AN_ORDER:
        return too_many_lines()
    return None


def _read(sheet: Sheet, invoice: Invoice, cells: list[str]) -> Problem | None:
    data: dict[str, Any] = {}
    problem = sheet.read(cells, data)
    if problem is not None:
        return problem
    for required in ("sku_code", "quantity", "placed_at", "unit_price"):
        if not data.get(required):
            return sheet.missing(required)
    amount = data["quantity"] * Decimal(data["unit_price"])
    invoice.lines.append(
        [
            data["sku_code"],
            data["quantity"],
            data["unit_price"],
            f"{amount:.2f}",
            data.get("title", ""),
        ]
    )
    # An invoice written over the turn of a minute has two times: it began at the earlier one.
    invoice.placed_at = min(invoice.placed_at or data["placed_at"], data["placed_at"])
    # The set was saved as decimals: 17850.0 is customer 17850.
    invoice.customer = invoice.customer or data.get("customer", "").removesuffix(".0")
    invoice.region = invoice.region or data.get("region", "")
    return None


def _record(key: str, invoice: Invoice) -> Record:
    cells: list[Any] = invoice.rows if len(invoice.rows) > 1 else invoice.rows[0]
    if invoice.problem is not None:
        return rejected(invoice.first, key, cells, invoice.problem)
    total = f"{sum(Decimal(line[3]) for line in invoice.lines):.2f}"
    data = {
        "placed_at": invoice.placed_at,
        "total_amount": total,
        "paid_amount": total,
        "paid_at": invoice.placed_at,
        "shipped_at": invoice.placed_at,
        "lines": invoice.lines,
    }
    data |= {
        name: value
        for name, value in (("customer", invoice.customer), ("region", invoice.region))
        if value
    }
    return Record(invoice.first, key, cells, data)

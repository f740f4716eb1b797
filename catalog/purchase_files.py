"""A purchase order as a file for the supplier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _

from catalog.models import PurchaseOrder
from opsdesk import exports
from opsdesk.audit import exporting


def order_file(order: PurchaseOrder, *, as_workbook: bool, with_cost: bool) -> FileResponse:
    """Its lines, with number and warehouse on each; the export is on record."""
    header = [
        _("Number"),
        _("Warehouse"),
        _("SKU code"),
        _("Name"),
        _("Spec"),
        _("Barcode"),
        _("Pieces"),
    ]
    if with_cost:
        header += [_("Cost of a piece"), _("Amount"), _("Currency")]
    rows = _rows(order, with_cost=with_cost)
    if as_workbook:
        file = exports.xlsx_file(header, rows, order.number)
    else:
        file = exports.csv_file(header, rows)
    name = f"{order.number}.{'xlsx' if as_workbook else 'csv'}"
    return exporting.sent(file, name, model=PurchaseOrder, store=order.store, subject_id=order.pk)


def _rows(order: PurchaseOrder, *, with_cost: bool) -> Iterator[list[Any]]:
    for line in order.lines.select_related("sku__product"):
        cost = [line.cost, line.amount, order.currency] if with_cost else []
        yield [
            order.number,
            order.warehouse.name,
            line.sku.code,
            line.sku.product.name,
            line.sku.spec,
            line.sku.barcode,
            line.quantity,
            *cost,
        ]

"""The list of SKUs as a table that can be brought in again, changed or not (CAT-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.importers.generic import COLUMNS
from catalog.models import Sku
from catalog.services.codes import aliases_of, with_codes
from opsdesk import exports
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile

MOST = 100_000
HEADER = [column.field for column in COLUMNS]


def export_skus(skus: QuerySet[Sku], *, as_workbook: bool, shows_cost: bool) -> ExportedFile:
    """These SKUs in the columns of the format `products`, by code. Of one store: a file names none.

    Without `shows_cost` that column is empty, which tells nothing when it is brought in again.
    Raises DomainError where they are of several stores, or too many.
    """
    stores = list(skus.order_by().values_list("store_id", flat=True).distinct()[:2])
    if len(stores) > 1:
        raise DomainError(_("A file holds the SKUs of one store: choose the store first."))
    rows = _rows(skus.order_by("code")[: MOST + 1], shows_cost)
    if as_workbook:
        file = exports.xlsx_file(HEADER, rows, "products")
    else:
        file = exports.csv_file(HEADER, rows)
    if file.rows > MOST:
        file.content.close()
        raise DomainError(_("More than %(most)s SKUs: narrow the list first.") % {"most": MOST})
    return file


def _rows(skus: QuerySet[Sku], shows_cost: bool) -> Iterator[list[Any]]:
    for sku in with_codes(skus.select_related("product")).iterator(chunk_size=2_000):
        cells = {
            "product": sku.product.code,
            "name": sku.product.name,
            "brand": sku.product.brand,
            "category": sku.product.category,
            "aliases": ";".join(aliases_of(sku)),
            "is_active": "yes" if sku.is_active else "no",
            "cost": sku.cost if shows_cost else None,
        }
        yield [cells[name] if name in cells else getattr(sku, name) for name in HEADER]

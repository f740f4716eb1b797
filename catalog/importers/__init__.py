"""The formats in which what is in stock comes as a file; see docs/imports.md."""

from catalog.importers.stock import CompareImporter, StockImporter
from opsdesk.exchange import importers


def register() -> None:
    importers.register(StockImporter(), CompareImporter())

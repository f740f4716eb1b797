"""The formats in which articles and stock come as files; see docs/imports.md."""

from catalog.importers.generic import GenericProductImporter
from catalog.importers.stock import CompareImporter, StockImporter
from catalog.importers.taobao import TaobaoProductImporter
from opsdesk.exchange import importers


def register() -> None:
    importers.register(GenericProductImporter(), TaobaoProductImporter())
    importers.register(StockImporter(), CompareImporter())

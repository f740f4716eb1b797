"""The formats in which carriers' coverage and prices come as files; see docs/imports.md."""

from fulfillment.importers.bills import BillImporter
from fulfillment.importers.coverage import CoverageImporter
from fulfillment.importers.prices import PriceImporter
from opsdesk.exchange import importers


def register() -> None:
    importers.register(BillImporter(), CoverageImporter(), PriceImporter())

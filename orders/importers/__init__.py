"""The formats in which orders come as files; see docs/imports.md."""

from opsdesk.exchange import importers
from orders.importers.generic import GenericImporter
from orders.importers.olist import OlistImporter
from orders.importers.providers import AlipayImporter, WeChatImporter
from orders.importers.statements import GenericStatementImporter
from orders.importers.tmall import TmallReportImporter
from orders.importers.uci import UciRetailImporter


def register() -> None:
    importers.register(
        GenericImporter(), OlistImporter(), TmallReportImporter(), UciRetailImporter()
    )
    importers.register(AlipayImporter(), WeChatImporter(), GenericStatementImporter())

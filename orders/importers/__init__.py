"""The formats in which orders come as files; see docs/imports.md."""

from opsdesk.exchange import importers
from orders.importers.doudian import DoudianImporter
from orders.importers.generic import GenericImporter
from orders.importers.jd import JdExportImporter
from orders.importers.olist import OlistImporter
from orders.importers.platforms import ShopifyImporter, WooCommerceImporter
from orders.importers.providers import AlipayImporter, WeChatImporter
from orders.importers.statements import GenericStatementImporter
from orders.importers.taobao import TaobaoExportImporter
from orders.importers.tmall import TmallReportImporter
from orders.importers.top import TopImporter
from orders.importers.uci import UciRetailImporter


def register() -> None:
    importers.register(
        GenericImporter(), OlistImporter(), TmallReportImporter(), UciRetailImporter()
    )
    importers.register(ShopifyImporter(), WooCommerceImporter())
    importers.register(TaobaoExportImporter(), JdExportImporter(), DoudianImporter(), TopImporter())
    importers.register(AlipayImporter(), WeChatImporter(), GenericStatementImporter())

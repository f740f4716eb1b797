"""`manage.py import_statement FILE --store CODE --format NAME`."""

from __future__ import annotations

from typing import ClassVar

from opsdesk.exchange.command import ImportCommand
from orders.importers.statements import PREFIX


class Command(ImportCommand):
    help = "Bring a payment provider's statement into a store and match it. Safe to repeat."
    formats = ("alipay", "generic", "wechat")
    importers: ClassVar = {
        "alipay": f"{PREFIX}alipay",
        "generic": f"{PREFIX}generic",
        "wechat": f"{PREFIX}wechat",
    }

"""`manage.py import_stock FILE --store CODE --format NAME`."""

from __future__ import annotations

from typing import ClassVar

from catalog.importers.stock import PREFIX
from opsdesk.exchange.command import ImportCommand


class Command(ImportCommand):
    help = "Bring a statement of stock into a store, or compare with it. Safe to repeat."
    formats = ("generic", "compare")
    importers: ClassVar = {"generic": f"{PREFIX}generic", "compare": f"{PREFIX}compare"}

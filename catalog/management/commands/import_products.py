"""`manage.py import_products FILE --store CODE --format NAME`."""

from __future__ import annotations

from typing import ClassVar

from opsdesk.exchange.command import ImportCommand


class Command(ImportCommand):
    help = "Bring a file of products into a store. Safe to repeat and to interrupt."
    formats = ("generic", "taobao-products")
    # Orders have a format of that name, too.
    importers: ClassVar = {"generic": "products"}

"""`manage.py import_orders FILE --store CODE --format NAME`."""

from __future__ import annotations

from opsdesk.exchange.command import ImportCommand


class Command(ImportCommand):
    help = "Bring an order file (or folder) into a store. Safe to repeat and to interrupt."
    formats = (
        "doudian-json",
        "generic",
        "jd-export",
        "olist",
        "shopify-json",
        "taobao-export",
        "tmall-report",
        "top-json",
        "uci-retail",
        "woocommerce-json",
    )

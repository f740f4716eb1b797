"""`manage.py import_figures FILE --store CODE --format channel-figures`."""

from __future__ import annotations

from opsdesk.exchange.command import ImportCommand


class Command(ImportCommand):
    help = "Bring in what channels say of a store, a figure a day. Safe to repeat."
    formats = ("channel-figures",)

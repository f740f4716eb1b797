"""A new store, ready to take orders: its channel, and a warehouse to serve them from."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from opsdesk.stores import services as stores
from opsdesk.stores.models import Store


def open_store(*, code: str, platform: str, timezone: str, currency: str, name: str = "") -> Store:
    """The store exists with its first channel and its first warehouse, `main`."""
    with transaction.atomic():
        store = stores.create_store(
            code=code, platform=platform, timezone=timezone, currency=currency, name=name
        )
        Warehouse.objects.create(store=store, code="main", name=_("Main warehouse"))
    return store

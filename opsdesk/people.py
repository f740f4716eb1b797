"""The person behind a request: their stores, their time zone, their language."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from opsdesk.stores.models import Store


def stores_of(request: HttpRequest) -> list[Store]:
    """The active stores this person works for, by code. One query per request."""
    if not hasattr(request, "_opsdesk_stores"):
        request._opsdesk_stores = list(Store.objects.active().visible_to(request.user))
    return request._opsdesk_stores


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The time zone most of their stores keep; UTC for somebody without stores."""
    zones = Counter(store.timezone for store in stores_of(request)).most_common(1)
    return ZoneInfo(zones[0][0]) if zones else ZoneInfo("UTC")

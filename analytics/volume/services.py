"""A store as big as you like, made inside the database: for measuring, never for working."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils.translation import gettext as _

from analytics import services as rollups
from analytics.demo import curves
from analytics.demo.services import NotForProduction
from catalog.services.opening import open_store
from opsdesk.deadlines import promised
from opsdesk.errors import Conflict
from opsdesk.stores.models import Channel, Store
from orders.models import Order

SQL = Path(__file__).parent
STEPS = ("shelf", "plan", "orders", "stock", "clocks")
SHARES = {"tmall": 0.6, "douyin": 0.25, "own": 0.15}
BUYERS_PER_ORDER = 0.6

# The caller's transaction goes on as it was.
_TIDY = """
DROP TABLE volume_order, volume_line, volume_sku, volume_reserved;
DROP FUNCTION pg_temp.chance(bigint, integer);
SET LOCAL work_mem = DEFAULT;
SET LOCAL session_replication_role = DEFAULT;
"""

Progress = Callable[[str], None]


def generate(
    *,
    code: str,
    orders: int,
    skus: int,
    days: int,
    seed: int,
    at: datetime,
    waiting: int = 0,
    in_production: bool = False,
    progress: Progress = lambda step: None,
) -> Store:
    """A new store with so many orders, in one transaction; the same rows for the same arguments.

    Orders follow the curves of the day and the year; the k-th SKU sells like 1 / k. Those of the
    last hours hold stock, the newest `waiting` still wait for it with an ORD-2 clock that the
    sweep has not seen yet, the others are history. As a superuser of the database it skips the
    checks of foreign keys, which hold by construction. Raises Conflict, NotForProduction.
    """
    if settings.PRODUCTION and not in_production:
        raise NotForProduction(_("Made-up orders by the million: not where real people work."))
    if Store.objects.filter(code=code).exists():
        raise Conflict(
            _("The store %(code)s exists already; choose another code.") % {"code": code}
        )
    with transaction.atomic(), connection.cursor() as cursor:
        store = _open(code)
        facts = _facts(store, orders=orders, skus=skus, days=days, seed=seed, at=at)
        facts |= _curves(store.zone, orders=orders, days=days, at=at)
        facts["waiting"] = min(waiting, orders)
        cursor.execute("SET LOCAL work_mem = '256MB'")
        _without_triggers(cursor)
        for step in STEPS:
            progress(step)
            cursor.execute((SQL / f"{step}.sql").read_text(encoding="utf-8"), facts)
        cursor.execute(_TIDY)
    progress("roll-up")
    rollups.roll_up(
        store=store, first=store.business_date(facts["first"]), last=store.business_date(at)
    )
    return store


def _open(code: str) -> Store:
    store = open_store(
        code=code, platform="tmall", timezone="Asia/Shanghai", currency="CNY", name=code
    )
    Channel.objects.bulk_create(
        [
            Channel(store=store, code=platform, name=platform, platform=platform)
            for platform in ("douyin", "own")
        ]
    )
    return store


def _facts(
    store: Store, *, orders: int, skus: int, days: int, seed: int, at: datetime
) -> dict[str, Any]:
    channels = list(store.channels.order_by("pk"))
    return {
        "store": store.pk,
        "currency": store.currency,
        "zone": store.timezone,
        "warehouse": store.warehouses.get().pk,
        "channels": [channel.pk for channel in channels],
        "channel_shares": _thresholds(SHARES[channel.code] for channel in channels),
        "subject_type": ContentType.objects.get_for_model(Order).pk,
        "rules": orjson.dumps(_rules(store, channels, at=at)).decode(),
        "orders": orders,
        "buyers": max(1, int(orders * BUYERS_PER_ORDER)),
        "skus": skus,
        "seed": seed,
        "at": at,
        "first": at - timedelta(days=days),
    }


def _curves(zone: ZoneInfo, *, orders: int, days: int, at: datetime) -> dict[str, Any]:
    """How many orders on which day, and the hours of a whole day and of the last one."""
    last = at.astimezone(zone).date()
    first = last - timedelta(days=days)
    counts = curves.spread(orders, curves.day_weights(first, at, zone))
    return {
        "days": list(counts),
        "counts": list(counts.values()),
        "last": last,
        "hours": _thresholds(curves.HOURS),
        "last_hours": _thresholds(curves.hours_before(at, last, zone)),
    }


def _thresholds(shares: Iterable[float]) -> list[float]:
    """Where on 0 … 1 each share but the last ends, for width_bucket."""
    sums = list(accumulate(shares))
    return [part / sums[-1] for part in sums[:-1]] or [1.0]


def _rules(store: Store, channels: Iterable[Channel], *, at: datetime) -> list[dict[str, Any]]:
    return [
        {"channel": channel.pk, **rule}
        for channel in channels
        for rule in promised.for_subject("orders.order", store=store, channel=channel, at=at)
    ]


def _without_triggers(cursor: Any) -> None:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if cursor.fetchone()[0]:
        cursor.execute("SET LOCAL session_replication_role = replica")

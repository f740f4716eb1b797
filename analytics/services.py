"""Roll-ups: a business day's orders per channel, rebuilt from the orders and from nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from analytics.models import DailySales, DayBasis, RollupMark
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOMENTS = {DayBasis.CREATED: "placed", DayBasis.PAID: "paid"}

_DAYS = """
    SELECT '{basis}' AS basis, f.{day} AS day, f.channel_id,
           count(*) FILTER (WHERE f.family = f.id) AS orders,
           count(f.paid) FILTER (WHERE f.family = f.id) AS paid_orders,
           count(DISTINCT f.customer_id) FILTER (WHERE f.paid IS NOT NULL) AS buyers,
           COALESCE(sum(f.paid_amount) FILTER (WHERE f.paid IS NOT NULL), 0) AS gmv,
           COALESCE(sum(f.refunded_amount), 0) AS refunds,
           count(DISTINCT f.family) FILTER (WHERE f.refunded_amount > 0) AS refund_orders
    FROM facts f
    WHERE f.{day} BETWEEN %(first)s AND %(last)s
    GROUP BY f.{day}, f.channel_id
"""
_BASES = ", ".join(f"('{basis.value}', p.{day})" for basis, day in _MOMENTS.items())
_ALL_DAYS = "UNION ALL".join(
    _DAYS.format(basis=basis.value, day=day) for basis, day in _MOMENTS.items()
)

# The business day is computed in the store's zone. An idempotent rebuild of the days given: rows
# of days that lost their last order go too. Orders and their lines are read once for both bases.
# An order and the parts split from it count as one order, with the money of all.
_ROLL_UP = f"""
WITH facts AS MATERIALIZED (
    SELECT o.id, COALESCE(o.split_from_id, o.id) AS family, o.channel_id, o.customer_id,
           o.paid_amount, o.refunded_amount,
           (o.placed_at AT TIME ZONE %(zone)s)::date AS placed,
           (o.paid_at AT TIME ZONE %(zone)s)::date AS paid
    FROM orders_order o
    WHERE o.store_id = %(store)s
      AND (o.placed_at >= %(start)s AND o.placed_at < %(end)s
           OR o.paid_at >= %(start)s AND o.paid_at < %(end)s)
), pieces AS (
    SELECT f.placed, f.paid, f.channel_id, sum(l.quantity) AS pieces
    FROM facts f
    JOIN orders_orderline l ON l.order_id = f.id
    WHERE f.paid IS NOT NULL
    GROUP BY f.placed, f.paid, f.channel_id
), units AS (
    SELECT b.basis, b.day, p.channel_id, sum(p.pieces) AS pieces
    FROM pieces p
    CROSS JOIN LATERAL (VALUES {_BASES}) AS b (basis, day)
    GROUP BY b.basis, b.day, p.channel_id
), days AS (
    {_ALL_DAYS}
), written AS (
    INSERT INTO analytics_dailysales AS roll (
        store_id, channel_id, basis, date, orders, paid_orders, buyers, units, gmv, refunds,
        refund_orders
    )
    SELECT %(store)s, d.channel_id, d.basis, d.day, d.orders, d.paid_orders, d.buyers,
           COALESCE(u.pieces, 0), d.gmv, d.refunds, d.refund_orders
    FROM days d
    LEFT JOIN units u USING (basis, day, channel_id)
    ON CONFLICT (store_id, basis, date, channel_id) DO UPDATE
    SET orders = excluded.orders, paid_orders = excluded.paid_orders, buyers = excluded.buyers,
        units = excluded.units, gmv = excluded.gmv, refunds = excluded.refunds,
        refund_orders = excluded.refund_orders
    RETURNING roll.basis, roll.date, roll.channel_id
)
DELETE FROM analytics_dailysales gone
WHERE gone.store_id = %(store)s AND gone.date >= %(first)s AND gone.date <= %(last)s
  AND NOT EXISTS (
      SELECT FROM written w
      WHERE w.basis = gone.basis AND w.date = gone.date AND w.channel_id = gone.channel_id
  )
"""

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('analytics.roll_up'), %s)"


def roll_up(*, store: Store, first: date, last: date) -> None:
    """The store's daily sales of business days first … last equal its orders again.

    Safe to repeat and to run twice at once: one run at a time per store, by a lock that ends with
    the transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [store.pk])
        cursor.execute(
            _ROLL_UP,
            {
                "store": store.pk,
                "zone": store.timezone,
                "first": first,
                "last": last,
                "start": store.midnight(first),
                "end": store.midnight(last + timedelta(days=1)),
            },
        )


# Everything a transaction changed carries that transaction's start (or later) as `updated_at`, so
# whatever commits from now on is newer than the oldest transaction still open.
_SAFE_UNTIL = """
SELECT COALESCE(min(xact_start), now()) FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL
"""

_TOUCHED = """
SELECT DISTINCT (moment AT TIME ZONE %(zone)s)::date
FROM orders_order o
CROSS JOIN LATERAL (VALUES (o.placed_at), (o.paid_at)) AS moments (moment)
WHERE o.store_id = %(store)s AND o.updated_at >= %(since)s AND moment IS NOT NULL
"""

_REMOVED = "DELETE FROM orders_touchedday WHERE store_id = %s RETURNING day"

_BEFORE_ALL_ORDERS = datetime(1970, 1, 1, tzinfo=UTC)


def roll_up_changed() -> int:
    """Days whose orders changed since the last run are rolled up again. Returns how many days.

    Nothing that commits late is missed: the mark never passes the oldest open transaction.
    """
    return sum(_roll_up_store(store) + _roll_up_removed(store) for store in Store.objects.active())


def _roll_up_store(store: Store) -> int:
    mark, _created = RollupMark.objects.get_or_create(
        store=store, defaults={"rolled_up_to": _BEFORE_ALL_ORDERS}
    )
    is_same_zone = mark.timezone == store.timezone
    with connection.cursor() as cursor:
        cursor.execute(_SAFE_UNTIL)
        (until,) = cursor.fetchone()
        since = mark.rolled_up_to if is_same_zone else _BEFORE_ALL_ORDERS
        cursor.execute(_TOUCHED, {"store": store.pk, "zone": store.timezone, "since": since})
        days = {day for (day,) in cursor.fetchall()}
    if not is_same_zone:
        # Days that have rows from before and, in this zone, no order any more.
        days.update(DailySales.objects.filter(store=store).values_list("date", flat=True))
    for first, last in _runs(sorted(days)):
        roll_up(store=store, first=first, last=last)
    RollupMark.objects.filter(store=store).update(
        rolled_up_to=Greatest("rolled_up_to", Value(until)), timezone=store.timezone
    )
    return len(days)


def _roll_up_removed(store: Store) -> int:
    """Days that lost orders, which leave no `updated_at` behind."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_REMOVED, [store.pk])
        days = sorted({day for (day,) in cursor.fetchall()})
        for first, last in _runs(days):
            roll_up(store=store, first=first, last=last)
    return len(days)


def _runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Sorted days as unbroken runs (first, last)."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs

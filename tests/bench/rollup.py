"""A year of a million orders rolled up, and one day of it, against the plain sums in SQL."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as midnight
from functools import partial

from django.db import connection, transaction

from analytics.services import roll_up
from opsdesk.embedded import Postgres
from opsdesk.stores.models import Store
from tests.bench.report import Figure
from tests.bench.volume import AT, DAYS, big_store

# The same figures by the same two ways of counting, summed and written without any care.
_PLAIN = """
INSERT INTO analytics_dailysales (
    store_id, channel_id, basis, date, orders, paid_orders, buyers, units, gmv, refunds,
    refund_orders
)
SELECT %(store)s, f.channel_id, %(basis)s, f.day, f.orders, f.paid_orders, f.buyers,
       COALESCE(u.pieces, 0), f.gmv, f.refunds, f.refund_orders
FROM (
    SELECT channel_id, ({moment} AT TIME ZONE %(zone)s)::date AS day, count(*) AS orders,
           count(paid_at) AS paid_orders,
           count(DISTINCT customer_id) FILTER (WHERE paid_at IS NOT NULL) AS buyers,
           COALESCE(sum(paid_amount) FILTER (WHERE paid_at IS NOT NULL), 0) AS gmv,
           sum(refunded_amount) AS refunds,
           count(*) FILTER (WHERE refunded_amount > 0) AS refund_orders
    FROM orders_order
    WHERE store_id = %(store)s AND {moment} >= %(start)s AND {moment} < %(end)s
    GROUP BY 1, 2
) AS f
LEFT JOIN (
    SELECT o.channel_id, (o.{moment} AT TIME ZONE %(zone)s)::date AS day,
           sum(l.quantity) AS pieces
    FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
    WHERE o.store_id = %(store)s AND o.{moment} >= %(start)s AND o.{moment} < %(end)s
      AND o.paid_at IS NOT NULL
    GROUP BY 1, 2
) AS u USING (channel_id, day)
"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    store = big_store(quick=quick)
    last = store.business_date(AT)
    first = last - timedelta(days=DAYS)
    rounds = 1 if quick else 2
    whole = partial(roll_up, store=store, first=first, last=last)
    plain = min(_seconds(partial(_sum_by_hand, store, first, last)) for _ in range(rounds))
    ours = min(_seconds(whole) for _ in range(rounds))
    some_day = last - timedelta(days=40)
    one_day = partial(roll_up, store=store, first=some_day, last=some_day)
    one_day_plain = partial(_sum_by_hand, store, some_day, some_day)
    by_hand = statistics.median(_seconds(one_day_plain) for _ in range(9))
    day = statistics.median(_seconds(one_day) for _ in range(9))
    note = f"by hand {1000 * by_hand:.1f} ms"
    return [
        Figure("roll-up, all days", ours, "s", 1.2, plain, at_least=False),
        Figure("roll-up, one day", 1000 * day, "ms", 10, at_least=False, note=note),
    ]


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _sum_by_hand(store: Store, first: date, last: date) -> None:
    facts = {
        "store": store.pk,
        "zone": store.timezone,
        "start": datetime.combine(first, midnight(), tzinfo=store.zone),
        "end": datetime.combine(last + timedelta(days=1), midnight(), tzinfo=store.zone),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM analytics_dailysales WHERE store_id = %s AND date BETWEEN %s AND %s",
            [store.pk, first, last],
        )
        for basis, moment in (("created", "placed_at"), ("paid", "paid_at")):
            cursor.execute(_PLAIN.format(moment=moment), facts | {"basis": basis})

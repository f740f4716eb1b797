"""100,000 lines of a statement matched with their orders, against one plain join (ORD-9)."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection, transaction

from opsdesk.embedded import Postgres
from orders.models import MoneyDifference, Statement, StatementLine
from orders.services.matching import match_money
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, BenchShop, open_shop
from tests.factories import ImportSessionFactory

LINES = 100_000
GOAL_SECONDS = 30.0
AT = MOMENT + timedelta(days=9)

_ORDERS = """
INSERT INTO orders_order (
    store_id, channel_id, external_number, review_state, payment_state, fulfilment_state,
    after_sales_state, is_amount_only, currency, total_amount, freight_amount, discount_amount,
    paid_amount, refunded_amount, placed_at, paid_at, region, content_hash, version, created_at,
    updated_at
)
SELECT %(store)s, %(channel)s, 'M' || to_char(n, 'FM0000000'), 'not_tracked', 'paid',
       'not_tracked', 'none', true, 'CNY', 10 + n %% 90, 0, 0, 10 + n %% 90, 0, moment, moment,
       '', md5(n::text), 1, moment, moment
FROM (
    SELECT n, %(start)s + (n %% 432000) * interval '1 second' AS moment
    FROM generate_series(1, %(number)s) AS n
) made
"""
# One in a hundred has another amount, another nobody knows, another is booked twice; some say no
# number, but their trade.
_LINES = """
INSERT INTO orders_statementline (
    store_id, statement_id, "row", provider, kind, reference, trade, order_number, amount, fee,
    currency, at
)
SELECT %(store)s, %(statement)s, n, 'alipay', 'payment', 'R' || n, 'T' || n,
       CASE WHEN n %% 100 = 2 THEN 'X' || n
            ELSE 'M' || to_char(CASE WHEN n %% 100 = 3 THEN n + 1 ELSE n END, 'FM0000000') END,
       10 + n %% 90 + CASE WHEN n %% 100 = 1 THEN 0.01 ELSE 0 END,
       round((10 + n %% 90) * 0.006, 2), 'CNY',
       %(start)s + (n %% 432000) * interval '1 second'
FROM generate_series(1, %(number)s) AS n
"""
_PLAIN = """
SELECT count(*), sum(l.amount - o.paid_amount)
FROM orders_statementline l
JOIN orders_order o ON o.store_id = l.store_id AND o.external_number = l.order_number
WHERE l.store_id = %s
"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 500 if quick else LINES
    shop = open_shop("matching", skus=1)
    _fill(shop, number)
    plain = _plainly(shop)
    first, again = _matched(shop), _matched(shop)
    found = MoneyDifference.objects.standing().in_stores([shop.store.pk]).count()
    matched = StatementLine.objects.exclude(payment=None).count()
    return [
        Figure(
            f"matching, {LINES:,} lines",
            first,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{matched:,} matched, {found:,} differences; a plain join {plain:.2f} s",
        ),
        Figure("matching, once more", again, "s", GOAL_SECONDS, at_least=False),
    ]


def _fill(shop: BenchShop, number: int) -> None:
    session = ImportSessionFactory(store=shop.store, importer="statement.alipay")
    days = (MOMENT.date(), AT.date())
    statement = Statement.objects.create(
        store=shop.store,
        provider="alipay",
        import_session=session,
        first_day=days[0],
        last_day=days[1],
    )
    facts = {
        "store": shop.store.pk,
        "channel": shop.channel.pk,
        "statement": statement.pk,
        "start": MOMENT,
        "number": number,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ORDERS, facts)
        cursor.execute(_LINES, facts)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_order, orders_statementline")


def _plainly(shop: BenchShop) -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_PLAIN, [shop.store.pk])
        cursor.fetchall()
    return time.perf_counter() - started


def _matched(shop: BenchShop) -> float:
    started = time.perf_counter()
    match_money(shop.store, at=AT)
    return time.perf_counter() - started

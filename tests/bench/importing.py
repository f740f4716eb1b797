"""A file of bare orders with bad lines, against COPY and set-wise SQL for the same rows."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import orjson
import psycopg2
from django.core.management import call_command

from opsdesk.embedded import Postgres
from orders.models import Order
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, open_shop

ROWS = 100_000
BAD_EVERY = 100
RUNS = 2
BARE_ORDERS_PER_SECOND = 25_000
HEADER = (
    *("订单编号", "总金额", "买家实际支付金额", "收货地址"),
    *("订单创建时间", "订单付款时间", "退款金额"),
)
# Placed, paid three seconds later, one in twenty refunded; bad: the sum, the day, the number.
BAD_CELLS = ((1, "12,50x"), (4, "2026-02-31 10:00:00"), (0, ""))

_STAGE = """
CREATE TEMP TABLE staged (
    line serial, number text, total text, paid text, region text, placed text, paid_at text,
    refunded text
) ON COMMIT DROP
"""
_CHECK = """
ALTER TABLE staged ADD column_name text, ADD reason text;
UPDATE staged SET column_name = '订单编号', reason = 'empty' WHERE number = '';
UPDATE staged SET column_name = '总金额', reason = 'not a sum'
WHERE reason IS NULL AND total !~ '^\\d+(\\.\\d{1,2})?$';
UPDATE staged SET column_name = '买家实际支付金额', reason = 'not a sum'
WHERE reason IS NULL AND paid !~ '^\\d+(\\.\\d{1,2})?$';
UPDATE staged SET column_name = '退款金额', reason = 'not a sum'
WHERE reason IS NULL AND refunded !~ '^\\d+(\\.\\d{1,2})?$';
UPDATE staged SET column_name = '订单创建时间', reason = 'no such day'
WHERE reason IS NULL AND (
    placed !~ '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$'
    OR substr(placed, 9, 2)::int > extract(day FROM
        date_trunc('month', (substr(placed, 1, 7) || '-01')::date) + interval '1 month - 1 day')
);
UPDATE staged SET column_name = '订单付款时间', reason = 'not a moment'
WHERE reason IS NULL AND paid_at !~ '^(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d)?$';
UPDATE staged s SET column_name = '订单编号', reason = 'twice in the file'
FROM (SELECT number, min(line) AS first FROM staged GROUP BY number HAVING count(*) > 1) AS twice
WHERE s.number = twice.number AND s.line > twice.first AND s.reason IS NULL;
"""
_APPLY = """
WITH good AS (
    SELECT *, total::numeric AS t, refunded::numeric AS r, paid::numeric + refunded::numeric AS c,
           placed::timestamp AT TIME ZONE 'Asia/Shanghai' AS placed_moment,
           NULLIF(paid_at, '')::timestamp AT TIME ZONE 'Asia/Shanghai' AS paid_moment
    FROM staged WHERE reason IS NULL
), made AS (
    INSERT INTO orders_order (
        store_id, channel_id, external_number, review_state, payment_state, fulfilment_state,
        after_sales_state, is_amount_only, currency, total_amount, freight_amount,
        discount_amount, paid_amount, refunded_amount, placed_at, paid_at, region,
        content_hash, import_session_id, version, created_at, updated_at
    )
    SELECT %(store)s, %(channel)s, number, 'not_tracked',
           CASE WHEN paid_moment IS NULL THEN 'unpaid' WHEN r = 0 THEN 'paid'
                WHEN r < c THEN 'part_refunded' ELSE 'refunded' END,
           'not_tracked', 'none', true, 'CNY', t, 0, 0, c, r, placed_moment, paid_moment,
           region, md5(number || total || placed || paid || refunded),
           %(session)s, 1, now(), now()
    FROM good
    ON CONFLICT (store_id, external_number) DO NOTHING
    RETURNING id, external_number, placed_at, paid_at, refunded_amount
), told AS (
    INSERT INTO orders_orderevent (order_id, kind, at, recorded_at, data)
    SELECT m.id, e.kind, e.at, now(), '{}'
    FROM made m
    CROSS JOIN LATERAL (VALUES
        ('placed', m.placed_at), ('paid', m.paid_at),
        ('refunded', CASE WHEN m.refunded_amount > 0 THEN m.paid_at END)
    ) AS e (kind, at)
    WHERE e.at IS NOT NULL
)
INSERT INTO exchange_importrow (
    session_id, line, key, raw, data, outcome, "column", code, reason, target_id
)
SELECT %(session)s, s.line + 1, s.number,
       CASE WHEN s.reason IS NULL THEN '[]'
            ELSE jsonb_build_array(s.number, s.total, s.paid, s.region, s.placed, s.paid_at,
                                   s.refunded) END,
       NULL,
       CASE WHEN s.reason IS NOT NULL THEN 'rejected' WHEN m.id IS NULL THEN 'duplicate'
            ELSE 'created' END,
       COALESCE(s.column_name, ''), COALESCE(s.reason, ''), COALESCE(s.reason, ''), m.id
FROM staged s LEFT JOIN made m ON m.external_number = s.number
"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    rows = 500 if quick else ROWS
    ours, by_hand = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *_rows(rows)])
        for number in range(1 if quick else RUNS):
            by_hand.append(rows / _by_hand(path, f"file-plain-{number}", rows))
            ours.append(rows / _import(path, f"file-{number}", rows))
    return [
        Figure("import of bare orders, 1 in 100 bad", max(ours), "rows/s", 0.5, max(by_hand)),
        Figure("import of bare orders", max(ours), "rows/s", BARE_ORDERS_PER_SECOND),
    ]


def _rows(number: int) -> Iterator[list[str]]:
    for index in range(number):
        placed = MOMENT + timedelta(seconds=index)
        refunded = "10.00" if index % 20 == 0 else "0.00"
        row = [
            f"26{index:016d}",
            "88.00",
            "78.00" if index % 20 == 0 else "88.00",
            "上海",
            f"{placed:%Y-%m-%d %H:%M:%S}",
            f"{placed + timedelta(seconds=3):%Y-%m-%d %H:%M:%S}",
            refunded,
        ]
        if index % BAD_EVERY == BAD_EVERY - 1:
            column, cell = BAD_CELLS[index // BAD_EVERY % len(BAD_CELLS)]
            row[column] = cell
        yield row


def _import(path: Path, code: str, rows: int) -> float:
    shop = open_shop(code, skus=1)
    answer = io.StringIO()
    started = time.perf_counter()
    with suppress(SystemExit):  # exit code 3: done, with rejected rows
        call_command(
            "import_orders", path, store=code, format="tmall-report", json=True, stdout=answer
        )
    seconds = time.perf_counter() - started
    _check(shop.store.pk, rows, orjson.loads(answer.getvalue())["rejected"])
    return seconds


def _by_hand(path: Path, code: str, rows: int) -> float:
    shop = open_shop(code, skus=1)
    facts = {"store": shop.store.pk, "channel": shop.channel.pk}
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    started = time.perf_counter()
    with connection, connection.cursor() as cursor, path.open(encoding="utf-8") as file:
        cursor.execute(
            "INSERT INTO exchange_importsession (store_id, channel_id, importer, file_name, file,"
            " sha256, size, column_map, on_error, as_of, state, reason, dialect, total, created,"
            " changed, duplicate, rejected, attempts, created_at) VALUES (%(store)s, %(channel)s,"
            " 'by-hand', 'orders.csv', '', '', 0, '{}', 'skip', now(), 'running', '', '{}',"
            " 0, 0, 0, 0, 0, 0, now()) RETURNING id",
            facts,
        )
        facts["session"] = cursor.fetchone()[0]
        cursor.execute(_STAGE)
        cursor.copy_expert(
            "COPY staged (number, total, paid, region, placed, paid_at, refunded)"
            " FROM STDIN (FORMAT csv, HEADER, FORCE_NOT_NULL (number, total, paid, region, placed,"
            " paid_at, refunded))",
            file,
        )
        cursor.execute(_CHECK)
        cursor.execute("ANALYZE staged")
        cursor.execute(_APPLY, facts)
        cursor.execute(
            "SELECT count(*) FROM staged WHERE reason IS NOT NULL",
        )
        (rejected,) = cursor.fetchone()
        cursor.execute(
            "UPDATE exchange_importsession SET state = 'done', finished_at = now(), total = %s,"
            " rejected = %s, created = %s WHERE id = %s",
            [rows, rejected, rows - rejected, facts["session"]],
        )
    seconds = time.perf_counter() - started
    connection.close()
    _check(shop.store.pk, rows, rejected)
    return seconds


def _check(store_id: int, rows: int, rejected: int) -> None:
    assert rejected == rows // BAD_EVERY, f"{rejected} rows were rejected"
    assert Order.objects.filter(store=store_id).count() == rows - rejected

"""A million overdue clocks in one go, and what an idle look costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from opsdesk.deadlines import rules, sweeping
from opsdesk.embedded import Postgres
from opsdesk.stores.models import Store
from orders.models import Order
from tests.bench.report import Figure
from tests.bench.shop import open_shop

DUE = datetime(2026, 3, 2, 2, tzinfo=UTC)
NOW = DUE + timedelta(hours=1)
PROBES = 50
GOAL_SECONDS = 16.0

_CLOCKS = """
INSERT INTO deadlines_deadline (
    rule, store_id, channel_id, subject_type_id, subject_id, subject_label, owner_role,
    money_at_risk, state, source, started_at, allowed_seconds, paused_seconds, due_at, next_at,
    warned_percent
)
SELECT 'orders.confirm', %(store)s, %(channel)s, %(type)s, n, 'B' || n, 'order_reviewer',
       99, 'running', 'own', %(due)s - interval '10 minutes' - n * interval '1 ms', 600, 0,
       %(due)s - n * interval '1 ms', %(due)s - interval '5 minutes' - n * interval '1 ms', 0
FROM generate_series(%(first)s, %(last)s) AS n
"""

# What the sweep must write at least, as one would by hand: claim, breach, note; no alerts.
_BY_HAND = """
WITH claimed AS (
    SELECT id FROM deadlines_deadline
    WHERE state = 'running' AND next_at <= %(at)s
    ORDER BY next_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), breached AS (
    UPDATE deadlines_deadline d SET state = 'breached', breached_at = d.due_at, next_at = NULL
    FROM claimed WHERE d.id = claimed.id RETURNING d.id
), noted AS (
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
    SELECT id, 'breached', 100, %(at)s, '' FROM breached
)
SELECT count(*) FROM breached
"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 2_000 if quick else 1_000_000
    shop = open_shop("sweeping", skus=1)
    by_hand = _timed(shop.store, number, _sweep_by_hand)
    with _alerts(on=False):
        silent = _timed(shop.store, number, _sweep)
    with _alerts(on=True):
        alerting = _timed(shop.store, number, _sweep)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM deadlines_deadline")  # as autovacuum does within a minute
    probe = _median_ms(lambda: sweeping.sweep(at=NOW))
    round_trip = _median_ms(_ask_for_one)
    _clear()
    scale = 1_000_000 / number
    return [
        Figure(
            "sweep, 1,000,000 clocks, events",
            silent * scale,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"by hand {by_hand * scale:.1f} s",
        ),
        Figure("sweep against hand-written", number / silent, "clocks/s", 0.8, number / by_hand),
        Figure(
            "sweep, 1,000,000 clocks, events and alerts",
            alerting * scale,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note="an alert with its event for each",
        ),
        Figure(
            "sweep, idle probe",
            probe,
            "ms",
            1.0,
            at_least=False,
            note=f"SELECT 1 takes {round_trip:.2f} ms",
        ),
    ]


def _timed(store: Store, number: int, sweep: Callable[[], int]) -> float:
    _clear()
    facts = {
        "store": store.pk,
        "channel": store.channels.get().pk,
        "type": ContentType.objects.get_for_model(Order).pk,
        "due": DUE,
        "first": 1,
        "last": number,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_CLOCKS, facts)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE deadlines_deadline")
        cursor.execute("CHECKPOINT")
    started = time.perf_counter()
    swept = sweep()
    seconds = time.perf_counter() - started
    assert swept == number, f"{swept} of {number} clocks were swept"
    return seconds


def _sweep() -> int:
    return sweeping.sweep(at=NOW).breached


def _sweep_by_hand() -> int:
    swept = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BY_HAND, {"at": NOW, "batch": sweeping.BATCH})
            (count,) = cursor.fetchone()
        swept += count
        if count == 0:
            return swept


@contextmanager
def _alerts(*, on: bool):
    """Let the breaches of the rule raise alerts, or not."""
    known = rules._rules["orders.confirm"]
    rules._rules["orders.confirm"] = replace(known, alerts=on)
    try:
        yield
    finally:
        rules._rules["orders.confirm"] = known


def _median_ms(work: Callable[[], object]) -> float:
    """Milliseconds that it takes, in the middle of many times."""
    times = []
    for _probe in range(PROBES):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def _ask_for_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE deadlines_deadline, deadlines_deadlineevent, alerts_alert, alerts_alertevent"
        )

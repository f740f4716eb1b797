"""A million overdue clocks in one go, and what an idle look costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

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
WITH clocks AS (
    INSERT INTO deadlines_deadline (
        rule, store_id, channel_id, subject_type_id, subject_id, subject_label, owner_role,
        money_at_risk, state, source, started_at, allowed_seconds, paused_seconds, due_at
    )
    SELECT 'orders.confirm', %(store)s, %(channel)s, %(type)s, n, 'B' || n, 'order_reviewer',
           99, 'running', 'own', %(due)s - interval '10 minutes' - n * interval '1 ms', 600, 0,
           %(due)s - n * interval '1 ms'
    FROM generate_series(%(first)s, %(last)s) AS n
    RETURNING id, rule, started_at, due_at
)
INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at)
SELECT id, rule, due_at, started_at + (due_at - started_at) / 2 FROM clocks
"""

# What the sweep must write at least, as one would by hand: claim, breach, note.
_BY_HAND = """
WITH claimed AS (
    SELECT deadline_id FROM deadlines_deadlinetimer
    WHERE next_at <= %(at)s
    ORDER BY next_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), breached AS (
    DELETE FROM deadlines_deadlinetimer t USING claimed
    WHERE t.deadline_id = claimed.deadline_id RETURNING t.deadline_id
), noted AS (
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
    SELECT deadline_id, 'breached', 100, %(at)s, '' FROM breached
){alerts}
SELECT count(*) FROM breached
"""
_ALERTS_BY_HAND = """, raised AS (
    INSERT INTO alerts_alert (
        store_id, check_code, key, clause, subject_type_id, subject_id, subject_label, severity,
        owner_role, evidence, money_at_risk, deadline_at, state, opened_at, last_seen_at,
        resolution, times_reopened
    )
    SELECT d.store_id, d.rule, 'orders.order:' || d.subject_id, 'ORD-2', d.subject_type_id,
           d.subject_id, d.subject_label, 'critical', d.owner_role,
           jsonb_build_object('started_at', d.started_at, 'due_at', d.due_at,
                              'allowed_minutes', d.allowed_seconds / 60.0),
           d.money_at_risk, d.due_at, 'open', %(at)s, %(at)s, '', 0
    FROM breached JOIN deadlines_deadline d ON d.id = breached.deadline_id
    RETURNING id
), alert_noted AS (
    INSERT INTO alerts_alertevent (alert_id, kind, at, note, data)
    SELECT id, 'opened', %(at)s, '', '{}' FROM raised
)"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 2_000 if quick else 1_000_000
    shop = open_shop("sweeping", skus=1)
    by_hand = _timed(shop.store, number, partial(_sweep_by_hand, ""))
    alerting_by_hand = _timed(shop.store, number, partial(_sweep_by_hand, _ALERTS_BY_HAND))
    with _alerts(on=False):
        silent = _timed(shop.store, number, _sweep)
    with _alerts(on=True):
        alerting = _timed(shop.store, number, _sweep)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM deadlines_deadlinetimer")  # as autovacuum does within a minute
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
            "sweep with an alert for each clock",
            number / alerting,
            "clocks/s",
            reference=number / alerting_by_hand,
            note=f"1,000,000 in {alerting * scale:.0f} s",
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
        cursor.execute("VACUUM ANALYZE deadlines_deadline, deadlines_deadlinetimer")
        cursor.execute("CHECKPOINT")
    started = time.perf_counter()
    swept = sweep()
    seconds = time.perf_counter() - started
    assert swept == number, f"{swept} of {number} clocks were swept"
    return seconds


def _sweep() -> int:
    return sweeping.sweep(at=NOW).breached


def _sweep_by_hand(alerts: str) -> int:
    statement = _BY_HAND.replace("{alerts}", alerts)
    swept = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {"at": NOW, "batch": sweeping.BATCH})
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
            "TRUNCATE deadlines_deadline, deadlines_deadlinetimer, deadlines_deadlineevent,"
            " alerts_alert, alerts_alertevent, notices_notice, inspection_checkfinding"
        )

"""A calendar changes: a hundred thousand open clocks that count its time are due anew."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from opsdesk.deadlines.models import Deadline, DeadlineEvent
from opsdesk.embedded import Postgres
from opsdesk.stores import services
from opsdesk.stores.models import WorkCalendar
from orders.models import Order
from tests.bench.report import Figure
from tests.bench.shop import open_shop

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
GOAL_SECONDS = 10.0

# Due within the next weeks, on any day and at any hour.
_CLOCKS = """
WITH clocks AS (
    INSERT INTO deadlines_deadline (
        rule, store_id, channel_id, subject_type_id, subject_id, subject_label, owner_role,
        money_at_risk, state, source, started_at, unit, allowed_seconds, paused_seconds, due_at
    )
    SELECT 'orders.confirm', %(store)s, %(channel)s, %(type)s, n, 'C' || n, 'order_reviewer',
           99, 'running', 'own', started, 'working_minutes', allowed, 0,
           clock_due('working_minutes', %(store)s, started, allowed, NULL)
    FROM (
        SELECT n, %(at)s::timestamptz - n * interval '1 s' AS started, 72000 + n AS allowed
        FROM generate_series(1, %(number)s) AS n
    ) AS made
    RETURNING id, rule, due_at
)
INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at)
SELECT id, rule, due_at, due_at FROM clocks
"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 2_000 if quick else 100_000
    shop = open_shop("calendars", skus=1)
    calendar = WorkCalendar.objects.create(store=shop.store, country="CN")
    for weekday in range(5):
        for opens, closes in ((9, 12), (13, 18)):
            calendar.hours.create(weekday=weekday, start=hour(opens), end=hour(closes))
    services.keep_work_time(shop.store, at=MONDAY)
    with connection.cursor() as cursor:
        facts = {
            "store": shop.store.pk,
            "channel": shop.store.channels.get().pk,
            "type": ContentType.objects.get_for_model(Order).pk,
            "at": MONDAY,
            "number": number,
        }
        cursor.execute(_CLOCKS, facts)
        cursor.execute("VACUUM ANALYZE deadlines_deadline, deadlines_deadlinetimer")
    calendar.exceptions.create(day=date(2026, 3, 3))

    started = time.perf_counter()
    services.keep_work_time(shop.store, at=MONDAY + timedelta(hours=1))
    moved = services.follow_work_time(at=MONDAY + timedelta(hours=1))
    seconds = time.perf_counter() - started

    assert moved > number * 0.9, f"{moved} of {number} clocks moved"
    assert DeadlineEvent.objects.filter(kind="recalculated").count() == moved
    Deadline.objects.filter(store=shop.store).update(state=Deadline.State.CANCELLED)
    return [
        Figure(
            "calendar changed, 100,000 open clocks",
            seconds * 100_000 / number,
            "s",
            GOAL_SECONDS,
            at_least=False,
        )
    ]

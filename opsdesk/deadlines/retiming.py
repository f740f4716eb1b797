"""Open clocks follow the number, and the working time, that they count by.

Locks are taken as in `services.py`: clocks by id, then their timers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from opsdesk.deadlines import promised, rules
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel, Store

_TIME_ANEW = """
    WITH held AS (
        SELECT d.id, d.state, half.moment AS half, CASE
                   WHEN {unit} = 'working_minutes' THEN finish.moment
                   ELSE clock_later(
                       {unit}, d.store_id,
                       clock_due({unit}, d.store_id, d.started_at, {seconds}, {days}),
                       d.paused_seconds
                   )
               END AS due
        FROM deadlines_deadline d
        CROSS JOIN LATERAL (
            SELECT done FROM work_done_by(d.store_id, d.started_at)
            OFFSET 0 -- worked out once, not at each mention
        ) AS start
        CROSS JOIN LATERAL work_moment_of(
            d.store_id, start.done + {seconds} + d.paused_seconds
        ) AS finish
        CROSS JOIN LATERAL work_moment_of(
            d.store_id, start.done + {seconds} * 0.5 + d.paused_seconds
        ) AS half
        WHERE {which} AND d.state IN ('running', 'paused')
        ORDER BY d.id
        FOR UPDATE OF d
    ), timed AS (
        SELECT t.deadline_id FROM deadlines_deadlinetimer t JOIN held ON held.id = t.deadline_id
        ORDER BY t.deadline_id
        FOR UPDATE OF t
    ), moved AS (
        UPDATE deadlines_deadline d
        SET unit = {unit}, allowed_days = {days}, due_at = held.due,
            allowed_seconds = coalesce(
                {seconds}, clock_seconds({unit}, d.store_id, d.started_at, held.due)
                    - d.paused_seconds
            )
        FROM held LEFT JOIN timed ON timed.deadline_id = held.id
        WHERE d.id = held.id AND (held.state = 'paused' OR timed.deadline_id IS NOT NULL)
          AND (d.due_at, d.unit) IS DISTINCT FROM (held.due, {unit})
        RETURNING d.*
    ), set_anew AS (
        UPDATE deadlines_deadlinetimer t
        SET due_at = moved.due_at, next_at = CASE
            WHEN moved.unit = 'working_minutes' AND %(at)s < held.half THEN held.half
            ELSE clock_next_step(
                moved.unit, moved.store_id, moved.due_at, moved.allowed_seconds, %(at)s
            ) END
        FROM moved JOIN held ON held.id = moved.id
        WHERE t.deadline_id = moved.id
    )
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
    SELECT id, 'recalculated', NULL, %(at)s, %(note)s FROM moved
    """


def time_anew(which: str, *, unit: str, seconds: str, days: str) -> str:
    """The open clocks that this is about are due as these (SQL) say, counted from their start.

    Timers that the sweep is taking at this moment are waited for: those clocks were overdue, and
    what was late stays late. Clocks in working time, which a change of a calendar moves by the
    hundred thousand, are timed by joins instead of calls.
    """
    return _TIME_ANEW.format(which=which, unit=unit, seconds=seconds, days=days)


_OF_A_NUMBER = """
    rule = %(rule)s AND store_id = %(store)s AND channel_id IS NOT DISTINCT FROM %(channel)s
    AND (unit, coalesce(allowed_days, allowed_seconds))
        IS DISTINCT FROM (%(unit)s, coalesce(%(days)s::integer, %(seconds)s::integer))
"""
_BY_NUMBER = time_anew(
    _OF_A_NUMBER, unit="%(unit)s", seconds="%(seconds)s::integer", days="%(days)s::integer"
)


def recalculate(
    setting_key: str, *, store: Store, channels: Iterable[Channel | None], at: datetime
) -> int:
    """Open clocks run by the number now in force; each one that moved has an event.

    Overdue clocks stay overdue: what was late was late. Returns how many clocks moved.
    """
    moved = 0
    concerned = [rule for rule in rules.all_rules() if rule.setting == setting_key]
    with transaction.atomic(), connection.cursor() as cursor:
        for channel in channels:
            number = procedure.number_of(setting_key, store=store, channel=channel, at=at)
            for rule in concerned:
                cursor.execute(
                    _BY_NUMBER,
                    {
                        "rule": rule.code,
                        "store": store.pk,
                        "channel": channel.pk if channel else None,
                        "at": at,
                        "note": f"{setting_key} = {number.value.normalize():f} {number.unit}",
                        **promised.allowed(number),
                    },
                )
                moved += cursor.rowcount
    return moved


_NEXT_OF_A_STORE = """
SELECT array_agg(id) FROM (
    SELECT id FROM deadlines_deadline
    WHERE store_id = %s AND state IN ('running', 'paused') AND unit <> 'minutes' AND id > %s
    ORDER BY id LIMIT %s
) AS next
"""
_BY_CALENDAR = time_anew(
    "id = ANY(%(clocks)s) AND unit <> 'minutes'",
    unit="unit",
    seconds="CASE WHEN allowed_days IS NULL THEN allowed_seconds END",
    days="allowed_days",
)
FOLLOWED_AT_ONCE = 5_000


def follow_work_time(store: Store, *, at: datetime) -> int:
    """The store's open clocks that count working time are due by its working time as laid out.

    In batches that commit on their own: nobody waits long for a clock. Returns how many moved.
    """
    moved = last = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_NEXT_OF_A_STORE, [store.pk, last, FOLLOWED_AT_ONCE])
            [clocks] = cursor.fetchone()
            if clocks is None:
                return moved
            note = "working time laid out anew"
            cursor.execute(_BY_CALENDAR, {"clocks": clocks, "at": at, "note": note})
            moved += cursor.rowcount
            last = clocks[-1]

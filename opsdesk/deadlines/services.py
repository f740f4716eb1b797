"""Clocks: start, pause, resume, meet, cancel. `sweeping.py` sweeps, `retiming.py` times anew.

Every function takes sets and is a statement or two; `at` is the moment it happens (UTC-aware).
A clock that is not in the state a verb needs is left alone, so a repeat does no harm. Locks are
taken in one order: clocks by id, then their timers; the sweep takes timers only and waits for none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from opsdesk.alerts import closing
from opsdesk.deadlines import promised, rules

if TYPE_CHECKING:
    from django.db import models

    from opsdesk.stores.models import Channel, Store


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clock runs on: row id, what people call it, money at risk (store's currency)."""

    pk: int
    label: str
    started_at: datetime
    money_at_risk: Decimal | None = None


_START = """
WITH started AS (
    INSERT INTO deadlines_deadline (
        rule, store_id, channel_id, subject_type_id, subject_id, subject_label, owner_role,
        money_at_risk, state, source, started_at, unit, allowed_seconds, allowed_days,
        paused_seconds, due_at
    )
    SELECT r.code, %(store)s, %(channel)s, %(subject_type)s, s.pk, s.label, r.owner_role,
           s.money_at_risk, 'running', r.source, s.started_at, r.unit,
           coalesce(r.seconds, clock_seconds(r.unit, %(store)s, s.started_at, span.due)), r.days,
           0, span.due
    FROM json_to_recordset(%(subjects)s) AS s (
        pk bigint, label text, started_at timestamptz, money_at_risk numeric
    )
    CROSS JOIN json_to_recordset(%(rules)s) AS r (
        code text, owner_role text, source text, unit text, seconds integer, days integer
    )
    CROSS JOIN LATERAL (
        SELECT clock_due(r.unit, %(store)s, s.started_at, r.seconds, r.days) AS due
    ) span
    ORDER BY s.pk, r.code
    ON CONFLICT DO NOTHING
    RETURNING *
)
INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at)
SELECT id, rule, due_at, clock_next_step(unit, store_id, due_at, allowed_seconds, started_at)
FROM started
"""


def start(
    model: type[models.Model],
    subjects: Sequence[Subject],
    *,
    on: str,
    store: Store,
    channel: Channel | None,
    at: datetime,
    reached: str | None = None,
) -> int:
    """Every rule of the model that starts on timestamp `on` runs on these subjects.

    With `reached` only those that wait for this timestamp. A subject that already has an open clock
    of a rule keeps it. Returns how many were started.
    """
    in_force = [
        rule
        for rule in promised.for_subject(
            model._meta.label_lower, store=store, channel=channel, at=at
        )
        if rule["starts"] == on and reached in (None, rule["reached"])
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _START,
            {
                "store": store.pk,
                "channel": channel.pk if channel else None,
                "subject_type": ContentType.objects.get_for_model(model).pk,
                "subjects": orjson.dumps(list(subjects), default=str).decode(),
                "rules": orjson.dumps(in_force).decode(),
            },
        )
        return cursor.rowcount


def reach(
    model: type[models.Model], subject_ids: Iterable[int], *, reached: str, at: datetime
) -> int:
    """The subjects reached this timestamp: their open clocks waiting for it are met.

    In time is `met`, after the due time `met_late`, with the breach recorded even if no sweep saw
    it. An alert that the breach raised closes itself. Returns how many clocks were met.
    """
    codes = [r.code for r in rules.for_subject(model._meta.label_lower) if r.reached == reached]
    return meet(model, subject_ids, rule_codes=codes, at=at)


def _take(which: str, *, states: str = "'running', 'paused'", unless: str = "") -> str:
    """The clocks that a verb is about, held, and their timers, taken away, as SQL.

    A running clock whose timer is gone already was breached by the sweep.
    """
    return f"""
    WITH held AS (
        SELECT id, state AS was, clock_seconds(unit, store_id, paused_at, %(at)s) AS still
        FROM deadlines_deadline
        WHERE {which} AND state IN ({states})
        ORDER BY id
        FOR UPDATE
    ), stopped AS (
        DELETE FROM deadlines_deadlinetimer t USING held
        WHERE t.deadline_id = held.id {unless}
        RETURNING t.deadline_id
    )"""


_OF_SUBJECTS = "subject_type_id = %(subject_type)s AND subject_id = ANY(%(subjects)s)"
_WAS_BREACHED = "held.was = 'running' AND stopped.deadline_id IS NULL"

# WITH, for the trail takes the actor along with what writes.
_MEET = """
WITH met AS (
    SELECT * FROM meet_clocks(%(subject_type)s, %(subjects)s::bigint[], %(rules)s::text[], %(at)s)
)
SELECT * FROM met
"""


def meet(
    model: type[models.Model],
    subject_ids: Iterable[int],
    *,
    rule_codes: Sequence[str],
    at: datetime,
) -> int:
    """The open clocks of these rules on these subjects are met. See `reach`."""
    return _end(_MEET, model, subject_ids, at=at, rules=list(rule_codes))


_CANCEL = f"""
{_take(_OF_SUBJECTS)}, cancelled AS (
    UPDATE deadlines_deadline d SET state = 'cancelled', paused_at = NULL
    FROM held
    WHERE d.id = held.id
    RETURNING d.id, d.rule, d.store_id, d.subject_id
), noted AS (
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
    SELECT id, 'cancelled', NULL, %(at)s, '' FROM cancelled
)
SELECT cancelled.rule, cancelled.store_id, cancelled.subject_id, {_WAS_BREACHED}
FROM cancelled JOIN held USING (id) LEFT JOIN stopped ON stopped.deadline_id = cancelled.id
"""


def cancel(model: type[models.Model], subject_ids: Iterable[int], *, at: datetime) -> int:
    """Nothing is owed any more: the subjects' open clocks end, their alerts close themselves."""
    return _end(_CANCEL, model, subject_ids, at=at)


def _end(
    statement: str,
    model: type[models.Model],
    subject_ids: Iterable[int],
    *,
    at: datetime,
    **parameters: Any,
) -> int:
    """Clocks are met or cancelled; the alerts of those that were overdue close themselves."""
    subject_type = ContentType.objects.get_for_model(model).pk
    parameters |= {"at": at, "subject_type": subject_type, "subjects": list(subject_ids)}
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        ended = cursor.fetchall()
        overdue = [row[:3] for row in ended if row[3]]
        _close_alerts(model, overdue, at=at)
    return len(ended)


_START_EARLIER = """
WITH held AS (
    SELECT id FROM deadlines_deadline
    WHERE subject_type_id = %(subject_type)s AND subject_id = %(subject)s
      AND started_at = %(believed)s AND rule = ANY(%(rules)s)
    ORDER BY id
    FOR UPDATE
), moved AS (
    UPDATE deadlines_deadline d
    SET started_at = %(started_at)s,
        due_at = clock_later(
            d.unit, d.store_id,
            clock_due(
                d.unit, d.store_id, %(started_at)s,
                CASE WHEN d.allowed_days IS NULL THEN d.allowed_seconds END, d.allowed_days
            ),
            d.paused_seconds
        )
    FROM held
    WHERE d.id = held.id
    RETURNING d.*
)
UPDATE deadlines_deadlinetimer t
SET due_at = moved.due_at,
    next_at = clock_next_step(
        moved.unit, moved.store_id, moved.due_at, moved.allowed_seconds, %(started_at)s
    )
FROM moved
WHERE t.deadline_id = moved.id
"""


def start_earlier(
    model: type[models.Model], subject_id: int, *, believed: datetime, started_at: datetime
) -> None:
    """What began earlier than was believed is due earlier, whether it was reached by now or not.

    Concerns the clocks that run from that moment of the subject. What the sweep has not seen by
    then, it sees now.
    """
    codes = [rule.code for rule in rules.for_subject(model._meta.label_lower)]
    with connection.cursor() as cursor:
        cursor.execute(
            _START_EARLIER,
            {
                "subject_type": ContentType.objects.get_for_model(model).pk,
                "subject": subject_id,
                "believed": believed,
                "started_at": started_at,
                "rules": codes,
            },
        )


def revalue(model: type[models.Model], subject_id: int, money_at_risk: Decimal) -> None:
    """The subject's clocks stand for this amount, in the store's currency."""
    from opsdesk.deadlines.models import Deadline

    Deadline.objects.filter(
        subject_type=ContentType.objects.get_for_model(model), subject_id=subject_id
    ).update(money_at_risk=money_at_risk)


_PAUSE = f"""
{_take("id = ANY(%(clocks)s)", states="'running'", unless="AND t.due_at > %(at)s")}, paused AS (
    UPDATE deadlines_deadline d SET state = 'paused', paused_at = %(at)s
    FROM stopped
    WHERE d.id = stopped.deadline_id
    RETURNING d.id
)
INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
SELECT id, 'paused', NULL, %(at)s, %(note)s FROM paused
"""


def pause(deadline_ids: Iterable[int], *, at: datetime, note: str = "") -> int:
    """Running clocks stand still until resumed; overdue ones can't be stopped any more."""
    return _note(_PAUSE, deadline_ids, at=at, note=note)


_RESUME = """
WITH held AS (
    SELECT id, clock_seconds(unit, store_id, paused_at, %(at)s) AS still FROM deadlines_deadline
    WHERE id = ANY(%(clocks)s) AND state = 'paused'
    ORDER BY id
    FOR UPDATE
), resumed AS (
    UPDATE deadlines_deadline d
    SET state = 'running', paused_at = NULL, paused_seconds = d.paused_seconds + held.still,
        due_at = clock_later(d.unit, d.store_id, d.due_at, held.still)
    FROM held
    WHERE d.id = held.id
    RETURNING d.*
), timed AS (
    INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at)
    SELECT id, rule, due_at, clock_next_step(unit, store_id, due_at, allowed_seconds, %(at)s)
    FROM resumed
)
INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
SELECT id, 'resumed', NULL, %(at)s, %(note)s FROM resumed
"""


def resume(deadline_ids: Iterable[int], *, at: datetime, note: str = "") -> int:
    """Paused clocks go on with the time they had left."""
    return _note(_RESUME, deadline_ids, at=at, note=note)


def _note(statement: str, deadline_ids: Iterable[int], *, at: datetime, note: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"clocks": list(deadline_ids), "at": at, "note": note})
        return cursor.rowcount


def _close_alerts(
    model: type[models.Model], overdue: Iterable[tuple[str, int, int]], *, at: datetime
) -> None:
    """Overdue clocks as (rule code, store id, subject id): what they raised is no longer so."""
    keys: dict[tuple[str, int], list[str]] = {}
    for rule_code, store_id, subject_id in overdue:
        key = f"{model._meta.label_lower}:{subject_id}"
        keys.setdefault((rule_code, store_id), []).append(key)
    for (rule_code, store_id), gone in sorted(keys.items()):
        closing.close_themselves(store_id=store_id, check_code=rule_code, keys=gone, at=at)

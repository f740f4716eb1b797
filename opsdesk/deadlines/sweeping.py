"""The sweep: clocks that reached 50 %, 80 % or their due time are dealt with, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from opsdesk.alerts import numbers
from opsdesk.deadlines import rules

BATCH = 5_000

# One statement claims, moves, notes and alerts. Timers another sweep holds are skipped: it deals
# with them. An alert that had been resolved is reopened and counted. The commit need not wait for
# the disk: what a crash of the server takes back, timers and events alike, is swept again. A timer
# is taken away by its place in the table, which can't change while it is held.
_SWEEP = """
SET LOCAL synchronous_commit = off;
WITH due AS (
    SELECT ctid AS place, deadline_id, due_at FROM deadlines_deadlinetimer
    WHERE next_at <= %(at)s
    ORDER BY next_at
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
), breached AS (
    DELETE FROM deadlines_deadlinetimer t USING due
    WHERE t.ctid = due.place AND due.due_at <= %(at)s
    RETURNING t.deadline_id, t.rule
), warned AS (
    UPDATE deadlines_deadlinetimer t
    SET next_at = clock_next_step(d.unit, d.store_id, d.due_at, d.allowed_seconds, %(at)s)
    FROM due JOIN deadlines_deadline d ON d.id = due.deadline_id
    WHERE t.deadline_id = due.deadline_id AND due.due_at > %(at)s
    RETURNING t.deadline_id, clock_last_warning(
        d.unit, d.store_id, d.due_at, d.allowed_seconds, %(at)s
    ) AS percent
), noted AS (
    INSERT INTO deadlines_deadlineevent (deadline_id, kind, percent, at, note)
    SELECT deadline_id, 'breached', 100, %(at)s, '' FROM breached
    UNION ALL
    SELECT deadline_id, 'warned', percent, %(at)s, '' FROM warned
), found AS MATERIALIZED (
    SELECT m.*, r.clause, r.severity,
           t.app_label || '.' || t.model || ':' || m.subject_id AS alert_key
    FROM breached b
    JOIN jsonb_to_recordset(%(rules)s) AS r (code text, clause text, severity text)
        ON r.code = b.rule
    JOIN deadlines_deadline m ON m.id = b.deadline_id
    JOIN django_content_type t ON t.id = m.subject_type_id
), owners AS MATERIALIZED (
    SELECT store_id, rule, owner_role, alert_storm(
        store_id, rule, owner_role, array_agg(alert_key), jsonb_build_object(
            'clause', min(clause), 'severity', min(severity), 'deadline_at', min(due_at),
            'examples', to_jsonb((array_agg(subject_label ORDER BY due_at, id))[:%(examples)s])
        ), %(defaults)s, %(at)s
    ) AS storm_id, alert_climbs_at(store_id, min(severity), %(at)s, %(defaults)s) AS climbs_at
    FROM found GROUP BY store_id, rule, owner_role
), raised AS (
    INSERT INTO alerts_alert AS alert (
        store_id, check_code, key, clause, subject_type_id, subject_id, subject_label, severity,
        owner_role, assignee_id, evidence, money_at_risk, deadline_at, state, opened_at,
        last_seen_at, snoozed_until, resolved_at, resolution, times_reopened, folded_into_id,
        climbs_at
    )
    SELECT store_id, rule, alert_key, clause, subject_type_id, subject_id, subject_label, severity,
           owner_role, NULL,
           jsonb_build_object(
               'started_at', started_at, 'due_at', due_at,
               'allowed_minutes', round(allowed_seconds / 60.0, 1)
           ),
           money_at_risk, due_at, 'open', %(at)s, %(at)s, NULL, NULL, '', 0, storm_id,
           climbs_at
    FROM found JOIN owners USING (store_id, rule, owner_role)
    ORDER BY store_id, rule, subject_id
    ON CONFLICT (store_id, check_code, key) DO UPDATE
    SET state = 'open', resolved_at = NULL, resolution = '', snoozed_until = NULL,
        evidence = excluded.evidence, deadline_at = excluded.deadline_at,
        money_at_risk = excluded.money_at_risk, last_seen_at = excluded.last_seen_at,
        opened_at = excluded.opened_at, times_reopened = alert.times_reopened + 1,
        level = 0, escalated_to = '', climbs_at = excluded.climbs_at,
        days_seen = alert.days_seen + store_day_is_later(
            alert.store_id, alert.last_seen_at, excluded.last_seen_at
        )::int,
        folded_into_id = CASE WHEN alert.assignee_id IS NULL AND alert.state <> 'acknowledged'
                              THEN excluded.folded_into_id END
    RETURNING id, times_reopened
), alert_noted AS (
    INSERT INTO alerts_alertevent (alert_id, kind, at, actor_id, note, data)
    SELECT id, CASE WHEN times_reopened = 0 THEN 'opened' ELSE 'reopened' END,
           %(at)s, NULL, '', '{}'
    FROM raised
)
SELECT (SELECT count(*) FROM warned), (SELECT count(*) FROM breached)
"""


# Planning the sweep takes longer than seeing that there is nothing to do, which is what most sweeps
# find. In the order of the index, so that it is used whatever the statistics say.
_DUE = """
SELECT next_at FROM deadlines_deadlinetimer WHERE next_at <= %s ORDER BY next_at LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class SweepResult:
    warned: int
    breached: int
    batches: int


def sweep(*, at: datetime, batch: int = BATCH, most_batches: int | None = None) -> SweepResult:
    """Every running clock whose next step lies at or before `at` has taken it.

    A breach happens once, and raises the rule's alert in the same transaction. Run twice, by two
    at once or an hour late, it leaves the same rows; a clock that slept through its warnings is
    breached without them. Each batch commits on its own and locks only its rows.
    """
    warned = breached = batches = 0
    is_more = _is_anything_due(at)
    said = _said() if is_more else {}
    while is_more and (most_batches is None or batches < most_batches):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SWEEP, {"at": at, "batch": batch, **said})
            batch_warned, batch_breached = cursor.fetchone()
        batches += 1
        warned += batch_warned
        breached += batch_breached
        is_more = batch_warned + batch_breached == batch
    return SweepResult(warned, breached, batches)


def _said() -> dict[str, Any]:
    """What the sweep's statement needs to know besides the clocks."""
    return {
        "rules": _alerting_rules(),
        "defaults": numbers.defaults(),
        "examples": numbers.EXAMPLES,
    }


def _alerting_rules() -> str:
    """The rules whose breach raises an alert, as the sweep's statement reads them."""
    return orjson.dumps(
        [
            {"code": rule.code, "clause": rule.clause, "severity": rule.severity}
            for rule in rules.all_rules()
            if rule.alerts
        ]
    ).decode()


def _is_anything_due(at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [at])
        return cursor.fetchone() is not None

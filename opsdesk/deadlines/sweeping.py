"""The sweep: clocks that reached 50 %, 80 % or their due time are dealt with, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection, transaction

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
), raised AS (
    INSERT INTO alerts_alert AS alert (
        store_id, check_code, key, clause, subject_type_id, subject_id, subject_label, severity,
        owner_role, assignee_id, evidence, money_at_risk, deadline_at, state, opened_at,
        last_seen_at, snoozed_until, resolved_at, resolution, times_reopened
    )
    SELECT m.store_id, m.rule, t.app_label || '.' || t.model || ':' || m.subject_id, r.clause,
           m.subject_type_id, m.subject_id, m.subject_label, r.severity,
           m.owner_role, NULL,
           jsonb_build_object(
               'started_at', m.started_at, 'due_at', m.due_at,
               'allowed_minutes', round(m.allowed_seconds / 60.0, 1)
           ),
           m.money_at_risk, m.due_at, 'open', %(at)s, %(at)s, NULL, NULL, '', 0
    FROM breached b
    JOIN jsonb_to_recordset(%(rules)s) AS r (code text, clause text, severity text)
        ON r.code = b.rule
    JOIN deadlines_deadline m ON m.id = b.deadline_id
    JOIN django_content_type t ON t.id = m.subject_type_id
    ORDER BY m.store_id, m.rule, m.subject_id
    ON CONFLICT (store_id, check_code, key) DO UPDATE
    SET state = 'open', resolved_at = NULL, resolution = '', snoozed_until = NULL,
        evidence = excluded.evidence, deadline_at = excluded.deadline_at,
        money_at_risk = excluded.money_at_risk, last_seen_at = excluded.last_seen_at,
        opened_at = excluded.opened_at, times_reopened = alert.times_reopened + 1
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
    alerting = _alerting_rules() if is_more else ""
    while is_more and (most_batches is None or batches < most_batches):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_SWEEP, {"at": at, "batch": batch, "rules": alerting})
            batch_warned, batch_breached = cursor.fetchone()
        batches += 1
        warned += batch_warned
        breached += batch_breached
        is_more = batch_warned + batch_breached == batch
    return SweepResult(warned, breached, batches)


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

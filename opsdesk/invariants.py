"""What must always hold, each as one SQL query that returns the rows that break it.

Chapters register theirs; tests and `manage.py verify` run them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

MOST_SHOWN = 20


@dataclass(frozen=True)
class Invariant:
    """`sql` selects violations, one row each, most telling columns first; it is made when asked
    where it depends on the settings. `ledger`: about stock, points or money balances against their
    lines."""

    code: str
    says: str
    sql: str | Callable[[], str]
    ledger: bool = False


_invariants: dict[str, Invariant] = {}


def register(*invariants: Invariant) -> None:
    for invariant in invariants:
        known = _invariants.setdefault(invariant.code, invariant)
        if known != invariant:
            raise ValueError(f"Two invariants are called {invariant.code}.")


def all_invariants(*, ledgers_only: bool = False) -> list[Invariant]:
    return [
        _invariants[code]
        for code in sorted(_invariants)
        if _invariants[code].ledger or not ledgers_only
    ]


def violations(invariants: Iterable[Invariant]) -> list[dict[str, Any]]:
    """Per invariant: id, what it says, how many rows break it, and the first of them."""
    return [_check(invariant) for invariant in invariants]


def _check(invariant: Invariant) -> dict[str, Any]:
    sql = invariant.sql() if callable(invariant.sql) else invariant.sql
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) OVER (), broken.* FROM ({sql}) AS broken")
        rows = cursor.fetchmany(MOST_SHOWN)
        names = [column.name for column in cursor.description][1:]
    return {
        "id": invariant.code,
        "says": invariant.says,
        "violations": rows[0][0] if rows else 0,
        "cases": [dict(zip(names, row[1:], strict=True)) for row in rows],
    }


# Of the ground floor itself.
GROUND = (
    Invariant(
        "exchange.rows-have-an-outcome",
        "A finished import accounts for every row: made, changed, known or rejected.",
        """
        SELECT s.id, s.file_name, s.total, count(r.id) AS rows
        FROM exchange_importsession s
        LEFT JOIN exchange_importrow r ON r.session_id = s.id AND r.outcome <> 'pending'
        WHERE s.state IN ('done', 'undone')
        GROUP BY s.id
        HAVING count(r.id) <> s.total
        """,
    ),
    Invariant(
        "schedule.one-run-per-slot",
        "A job runs once per slot.",
        """
        SELECT job, store_id, slot_at, count(*) AS runs FROM schedule_slot
        GROUP BY job, store_id, slot_at HAVING count(*) > 1
        """,
    ),
    Invariant(
        "schedule.no-slot-left-behind",
        "No slot still waits, or runs without a living worker, hours after its time.",
        """
        SELECT id, job, slot_at, state FROM schedule_slot
        WHERE state IN ('due', 'running') AND slot_at < now() - interval '6 hours'
        """,
    ),
    Invariant(
        "deadlines.running-clock-is-timed-or-breached",
        "A running clock waits for its next step, or has exactly one breach on its timeline.",
        """
        SELECT d.id, d.rule, d.subject_label, count(t.*) AS timers, count(e.*) AS breaches
        FROM deadlines_deadline d
        LEFT JOIN deadlines_deadlinetimer t ON t.deadline_id = d.id
        LEFT JOIN deadlines_deadlineevent e ON e.deadline_id = d.id AND e.kind = 'breached'
        WHERE d.state = 'running'
        GROUP BY d.id
        HAVING count(t.*) + count(e.*) <> 1
        """,
    ),
    Invariant(
        "deadlines.timer-agrees-with-its-clock",
        "A timer belongs to a running clock, of the same rule and due time.",
        """
        SELECT t.deadline_id, t.rule, t.due_at
        FROM deadlines_deadlinetimer t
        LEFT JOIN deadlines_deadline d ON d.id = t.deadline_id AND d.state = 'running'
        WHERE (d.rule, d.due_at) IS DISTINCT FROM (t.rule, t.due_at)
        """,
    ),
    Invariant(
        "deadlines.event-has-its-clock",
        "Every line of a clock's timeline belongs to a clock.",
        """
        SELECT e.id, e.deadline_id, e.kind FROM deadlines_deadlineevent e
        WHERE NOT EXISTS (SELECT FROM deadlines_deadline d WHERE d.id = e.deadline_id)
        """,
    ),
    Invariant(
        "stores.channel-of-its-store",
        "A setting's channel belongs to the setting's store.",
        """
        SELECT o.id, o.key FROM stores_settingoverride o
        JOIN stores_channel c ON c.id = o.channel_id
        WHERE c.store_id <> o.store_id
        """,
    ),
)
register(*GROUND)

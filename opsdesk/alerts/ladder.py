"""The ladder: an alert nobody acknowledges in time goes to the role's lead, then to theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Case, DateTimeField, F, Func, Value, When

from opsdesk.alerts import numbers
from opsdesk.stores.roles import Role, leads_above

BATCH = 1_000

# A step leads to the nearest role above that somebody holds: an alert doesn't wait on the desk of
# nobody. Rows that another sweep holds are skipped: it deals with them.
_CLIMB = """
WITH due AS (
    SELECT id, store_id, severity, coalesce(nullif(escalated_to, ''), owner_role) AS holder
    FROM alerts_alert
    WHERE climbs_at <= %(at)s AND climbs_at IS NOT NULL AND folded_into_id IS NULL
      AND NOT (state = 'resolved')
    ORDER BY climbs_at
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
), patience AS MATERIALIZED (
    SELECT store_id, severity, alert_climbs_at(store_id, severity, %(at)s, %(defaults)s) AS next_at
    FROM (SELECT DISTINCT store_id, severity FROM due) met
), leads AS MATERIALIZED (
    SELECT DISTINCT ON (d.store_id, d.holder) d.store_id, d.holder, l.lead
    FROM (SELECT DISTINCT store_id, holder FROM due) d
    JOIN jsonb_to_recordset(%(ladder)s) AS l (role text, step int, lead text) ON l.role = d.holder
    WHERE EXISTS (
        SELECT FROM stores_membership m JOIN stores_user u ON u.id = m.user_id AND u.is_active
        WHERE m.store_id = d.store_id AND m.role = l.lead
    )
    ORDER BY d.store_id, d.holder, l.step
), climbed AS (
    UPDATE alerts_alert a
    SET level = a.level + (l.lead IS NOT NULL)::int,
        escalated_to = coalesce(l.lead, a.escalated_to),
        state = CASE WHEN l.lead IS NULL THEN a.state ELSE 'open' END,
        climbs_at = CASE WHEN l.lead IS NOT NULL THEN p.next_at END
    FROM due d
    JOIN patience p ON p.store_id = d.store_id AND p.severity = d.severity
    LEFT JOIN leads l ON l.store_id = d.store_id AND l.holder = d.holder
    WHERE a.id = d.id
    RETURNING a.id, a.level, l.lead
), noted AS (
    INSERT INTO alerts_alertevent (alert_id, kind, at, note, data)
    SELECT id, 'escalated', %(at)s, '', jsonb_build_object('level', level, 'role', lead)
    FROM climbed WHERE lead IS NOT NULL
)
SELECT count(*), count(lead) FROM climbed
"""


class ClimbsAt(Func):
    """When an alert takes its next step if it is left lying from that moment on."""

    function = "alert_climbs_at"
    template = "%(function)s(%(expressions)s::jsonb)"
    output_field = DateTimeField()

    def __init__(self, at: datetime, store_id: int | None = None, severity: str = "") -> None:
        super().__init__(
            F("store_id") if store_id is None else Value(store_id),
            Value(severity) if severity else F("severity"),
            Value(at),
            Value(numbers.defaults()),
        )


def after_acknowledging(at: datetime) -> Case:
    """Somebody is on it: it climbs when it isn't settled by its moment, else not at all.

    Where that moment had passed already, there is as much time as for acknowledging.
    """
    return Case(
        When(deadline_at=None, then=Value(None)),
        When(deadline_at__gt=at, then=F("deadline_at")),
        default=ClimbsAt(at),
        output_field=DateTimeField(),
    )


def climb(*, at: datetime, batch: int = BATCH) -> int:
    """Every alert whose time is up has taken one step up the ladder, and waits there anew.

    It is open again: on its new level nobody has acknowledged it. At the top it stays. Returns how
    many climbed. A step is taken once, run twice or by two at once; each batch commits on its own.
    """
    climbed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                _CLIMB,
                {
                    "at": at,
                    "batch": batch,
                    "ladder": _ladder(),
                    "defaults": numbers.defaults(),
                },
            )
            found, steps = cursor.fetchone()
        climbed += steps
        if found < batch:
            return climbed


def _ladder() -> str:
    rows: list[dict[str, Any]] = [
        {"role": role.value, "step": step, "lead": lead.value}
        for role in Role
        for step, lead in enumerate(leads_above(role))
    ]
    return orjson.dumps(rows).decode()

"""Clocks of what was promised for later: they start then, whatever has happened by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from opsdesk.deadlines.retiming import time_anew

if TYPE_CHECKING:
    from django.db import models

# Overdue clocks have no timer any more, and stay overdue. Due times follow in the next statement,
# with which the clock is whole again.
_START_LATER = """
WITH held AS (
    SELECT d.id, s.starts FROM deadlines_deadline d
    JOIN json_to_recordset(%(subjects)s) AS s (id bigint, starts timestamptz)
        ON s.id = d.subject_id
    WHERE d.subject_type_id = %(subject_type)s AND d.rule = ANY(%(rules)s)
      AND d.started_at < s.starts
      AND (d.state = 'paused' OR d.state = 'running' AND EXISTS (
          SELECT FROM deadlines_deadlinetimer t WHERE t.deadline_id = d.id
      ))
    ORDER BY d.id
    FOR UPDATE OF d
)
UPDATE deadlines_deadline d
SET started_at = held.starts, due_at = greatest(d.due_at, held.starts)
FROM held WHERE d.id = held.id
RETURNING d.id
"""
_TIME = time_anew(
    "d.id = ANY(%(clocks)s)",
    unit="unit",
    seconds="CASE WHEN allowed_days IS NULL THEN allowed_seconds END",
    days="allowed_days",
)


def start_later(
    model: type[models.Model],
    starts: Mapping[int, datetime],
    *,
    rule_codes: Sequence[str],
    at: datetime,
    note: str,
) -> int:
    """Open clocks of these rules on these subjects (id → moment) run from that moment at least.

    They allow what they did. One that runs from then or later already, or is overdue, is left as it
    is, so a repeat does no harm. Each that moved has an event with the note. Returns how many.
    """
    rows = [{"id": pk, "starts": moment} for pk, moment in sorted(starts.items())]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _START_LATER,
            {
                "subjects": orjson.dumps(rows).decode(),
                "subject_type": ContentType.objects.get_for_model(model).pk,
                "rules": list(rule_codes),
            },
        )
        clocks = [pk for (pk,) in cursor.fetchall()]
        if clocks:
            cursor.execute(_TIME, {"clocks": clocks, "at": at, "note": note})
    return len(clocks)

"""Alerts close themselves when their cause is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from opsdesk.alerts import storms

_CLOSE = """
WITH gone AS (
    SELECT id FROM alerts_alert
    WHERE store_id = %(store)s AND check_code = %(check)s AND state <> 'resolved'
      AND (key = ANY(%(keys)s)) = %(listed)s
    ORDER BY id
    FOR UPDATE
), closed AS (
    UPDATE alerts_alert a
    SET state = 'resolved', resolution = 'self', resolved_at = %(at)s, snoozed_until = NULL
    FROM gone WHERE a.id = gone.id
    RETURNING a.id, a.folded_into_id
), noted AS (
    INSERT INTO alerts_alertevent (alert_id, kind, at, actor_id, note, data)
    SELECT id, 'closed_itself', %(at)s, NULL, '', '{}' FROM closed
)
SELECT count(*), array_agg(DISTINCT folded_into_id) FILTER (WHERE folded_into_id IS NOT NULL)
FROM closed
"""


def close_themselves(*, store_id: int, check_code: str, keys: Iterable[str], at: datetime) -> int:
    """The open alerts of this check with these keys are resolved. Returns how many.

    A storm of which none is left open ends with them.
    """
    return _close(store_id, check_code, keys, listed=True, at=at)


def close_absent(*, store_id: int, check_code: str, seen: Iterable[str], at: datetime) -> int:
    """The check no longer sees what these open alerts are about: all but the seen are resolved."""
    return _close(store_id, check_code, seen, listed=False, at=at)


def _close(
    store_id: int, check_code: str, keys: Iterable[str], *, listed: bool, at: datetime
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _CLOSE,
            {
                "store": store_id,
                "check": check_code,
                "keys": list(keys),
                "listed": listed,
                "at": at,
            },
        )
        closed, stormy = cursor.fetchone()
    if stormy:
        storms.end_storms(at=at, storm_ids=stormy)
    return closed

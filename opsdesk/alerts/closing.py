"""Alerts close themselves when their cause is gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

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
    RETURNING a.id
)
INSERT INTO alerts_alertevent (alert_id, kind, at, actor_id, note, data)
SELECT id, 'closed_itself', %(at)s, NULL, '', '{}' FROM closed
"""


def close_themselves(*, store_id: int, check_code: str, keys: Iterable[str], at: datetime) -> int:
    """The open alerts of this check with these keys are resolved. Returns how many."""
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
        return cursor.rowcount

"""What keeps coming back: alerts seen on so many days that closing them once more helps nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from opsdesk.alerts import ladder, numbers
from opsdesk.alerts.models import Alert
from opsdesk.stores import procedure
from opsdesk.stores.models import Store

# The days since it was opened, both counted, by the store's calendar.
_DAYS_OPEN = """
(%(at)s AT TIME ZONE %(zone)s)::date - (a.opened_at AT TIME ZONE %(zone)s)::date + 1
"""

# Seen on so many days, or open over so many. One that is put to sleep is marked, and left asleep.
_MARK = f"""
WITH marked AS (
    UPDATE alerts_alert a
    SET is_recurring = true, days_seen = greatest(days_seen, {_DAYS_OPEN}),
        climbs_at = CASE WHEN snoozed_until > %(at)s THEN climbs_at ELSE %(at)s END
    FROM (
        SELECT id FROM alerts_alert a
        WHERE store_id = %(store)s AND NOT (state = 'resolved') AND folded_into_id IS NULL
          AND NOT is_recurring AND greatest(days_seen, {_DAYS_OPEN}) >= %(days)s
        ORDER BY id
        FOR UPDATE
    ) due
    WHERE a.id = due.id
    RETURNING a.id, a.days_seen
)
INSERT INTO alerts_alertevent (alert_id, kind, at, note, data)
SELECT id, 'recurring', %(at)s, '', jsonb_build_object('days', days_seen) FROM marked
"""


def mark_recurring(*, store: Store, at: datetime) -> int:
    """Alerts of the store that came back or stayed on too many days are marked, and climb a step.

    Each once; what was not seen for a while begins anew. Returns how many were marked. Safe to
    repeat.
    """
    numbers_of = procedure.numbers_of(
        [numbers.RECURRING_DAYS.key, numbers.RECURRING_WITHIN.key],
        store=store,
        channel=None,
        at=at,
    )
    within = numbers_of[numbers.RECURRING_WITHIN.key].value
    with transaction.atomic():
        _forget(store, at - timedelta(days=float(within)))
        with connection.cursor() as cursor:
            cursor.execute(
                _MARK,
                {
                    "store": store.pk,
                    "at": at,
                    "zone": str(store.zone),
                    "days": numbers_of[numbers.RECURRING_DAYS.key].value,
                },
            )
            marked = cursor.rowcount
    ladder.climb(at=at)
    return marked


def _forget(store: Store, before: datetime) -> None:
    Alert.objects.filter(
        store=store, state=Alert.State.RESOLVED, last_seen_at__lt=before, days_seen__gt=0
    ).update(days_seen=0, is_recurring=False)

"""Storms: one check says so much at once that people get one alert, which stands for the rest.

The database folds while it raises (`sql/storms_v1.sql`); here is what follows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Count

from opsdesk.alerts import numbers
from opsdesk.alerts.models import STORM, Alert, AlertEvent, Severity

if TYPE_CHECKING:
    from opsdesk.stores.models import User

# Raisers that don't see each other's rows may each stay below the number.
_FOLD = """
SELECT count(alert_storm(
    store_id, check_code, owner_role, '{}', jsonb_build_object(
        'clause', clause, 'deadline_at', due, 'severity', (%(severities)s)[grade],
        'examples', to_jsonb(labels[:%(examples)s])
    ), %(defaults)s, %(at)s
)) FROM (
    SELECT a.store_id, a.check_code, a.owner_role, min(a.clause) AS clause,
           min(a.deadline_at) AS due,
           max(array_position(%(severities)s, a.severity::text)) AS grade,
           array_agg(a.subject_label ORDER BY a.id) AS labels
    FROM (
        SELECT id, alert_number('alerts.storm', id, %(at)s, %(defaults)s) AS most,
               alert_storm_since(id, %(at)s, %(defaults)s) AS since
        FROM stores_store
    ) s
    JOIN alerts_alert a ON a.store_id = s.id AND a.opened_at > s.since
    WHERE NOT (a.state = 'resolved') AND a.check_code NOT IN ('alerts.storm', 'manual')
    GROUP BY a.store_id, a.check_code, a.owner_role, s.most
    HAVING count(*) > s.most AND bool_or(
        a.folded_into_id IS NULL AND a.state = 'open' AND a.assignee_id IS NULL
        AND a.snoozed_until IS NULL
    )
) stormy
"""

_ENDED = """
NOT EXISTS (SELECT FROM alerts_alert m WHERE m.folded_into_id = a.id AND m.state = 'open')
"""

_RESOLVE = """
WITH resolved AS (
    UPDATE alerts_alert a
    SET state = 'resolved', resolution = 'person', resolved_at = %(at)s
    FROM (
        SELECT id FROM alerts_alert WHERE folded_into_id = ANY(%(storms)s) AND state = 'open'
        ORDER BY id FOR UPDATE
    ) open
    WHERE a.id = open.id
    RETURNING a.id
)
INSERT INTO alerts_alertevent (alert_id, kind, at, actor_id, note, data)
SELECT id, 'resolved', %(at)s, %(actor)s, %(note)s, '{}' FROM resolved
"""


def fold_missed(*, at: datetime) -> int:
    """Too many news of a check are folded, also where those who raised them didn't see each other.

    Returns how many storms took something in. One statement; harmless to repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FOLD,
            {
                "at": at,
                "severities": Severity.values,
                "examples": numbers.EXAMPLES,
                "defaults": numbers.defaults(),
            },
        )
        return cursor.fetchone()[0]


def end_storms(*, at: datetime, storm_ids: Collection[int] | None = None) -> int:
    """Of these storms, or of all, those with nothing open folded into them are resolved.

    Locks a storm, then looks again: whoever raises into it holds it. One that is held is passed
    over, and found by the next look. Returns how many ended.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id FROM alerts_alert a JOIN stores_store s ON s.id = a.store_id"
            f" WHERE a.check_code = '{STORM}' AND NOT (a.state = 'resolved')"
            f" AND (%(all)s OR a.id = ANY(%(ids)s)) AND {_ENDED}"
            " ORDER BY a.id FOR UPDATE OF a SKIP LOCKED",
            {"all": storm_ids is None, "ids": sorted(storm_ids or [])},
        )
        held = [pk for (pk,) in cursor.fetchall()]
        if not held:
            return 0
        cursor.execute(
            "WITH ended AS (UPDATE alerts_alert a SET state = 'resolved', resolution = 'self',"
            " resolved_at = %(at)s, snoozed_until = NULL"
            f" WHERE id = ANY(%(ids)s) AND {_ENDED} RETURNING id)"
            " INSERT INTO alerts_alertevent (alert_id, kind, at, note, data)"
            " SELECT id, %(kind)s, %(at)s, '', '{}' FROM ended",
            {"ids": held, "at": at, "kind": AlertEvent.Kind.CLOSED_ITSELF.value},
        )
        return cursor.rowcount


def resolve_folded(storm_ids: Collection[int], *, actor: User, at: datetime, note: str) -> int:
    """What these storms stand for is resolved by the same person. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            _RESOLVE, {"storms": list(storm_ids), "actor": actor.pk, "at": at, "note": note}
        )
        return cursor.rowcount


def count_folded(alerts: Iterable[Alert]) -> None:
    """Those of the alerts that are storms know how many open ones they stand for.

    One query, none without storms.
    """
    storms = [alert for alert in alerts if alert.check_code == STORM]
    if not storms:
        return
    ids = {alert.pk for alert in storms}
    folded = Alert.objects.filter(folded_into__in=ids, state=Alert.State.OPEN).order_by()
    counts = dict(folded.values_list("folded_into").annotate(count=Count("pk")))
    for storm in storms:
        storm.stands_for = counts.get(storm.pk, 0)

"""From what happens to alerts to what people are told: set by set, each event once."""

from __future__ import annotations

from datetime import datetime

import orjson
from django.db import connection, transaction

from opsdesk.alerts.models import AlertEvent
from opsdesk.db import last_settled_id
from opsdesk.notices.models import NoticeMark, Subscription

KINDS = [
    AlertEvent.Kind.OPENED,
    AlertEvent.Kind.REOPENED,
    AlertEvent.Kind.ASSIGNED,
    AlertEvent.Kind.ESCALATED,
]
MARK = 1

# A sweep may raise a million alerts: they are counted by what matters to people before anybody's
# subscriptions are looked at, so that the second half handles a few rows whatever came up.
_TELL = """
WITH news AS (
    SELECT a.store_id, a.check_code, a.severity, a.owner_role, a.assignee_id, e.kind, e.actor_id,
           CASE WHEN a.check_code = 'alerts.storm' THEN a.evidence ->> 'check' ELSE ''
           END AS storm_of,
           CASE WHEN e.kind = 'escalated' THEN e.data ->> 'role' ELSE '' END AS climbed_to,
           count(DISTINCT a.id) AS alerts, max(a.id) AS last_id
    FROM alerts_alertevent e
    JOIN alerts_alert a ON a.id = e.alert_id
    WHERE e.id > %(after)s AND e.id <= %(to)s AND e.kind = ANY(%(kinds)s)
      AND a.state <> 'resolved' AND a.folded_into_id IS NULL
    GROUP BY a.store_id, a.check_code, a.severity, a.owner_role, a.assignee_id, e.kind, e.actor_id,
             storm_of, climbed_to
), wanted AS (
    SELECT s.person_id, s.store_id, s.scope, s.least_severity, s.check_codes, s.target_id,
           s.is_digest, d.due_at
    FROM jsonb_to_recordset(%(due)s) AS d (subscription_id bigint, due_at timestamptz)
    JOIN notices_subscription s ON s.id = d.subscription_id
    UNION ALL
    SELECT DISTINCT m.user_id, m.store_id, 'mine', 'warning', '{}'::varchar[], NULL::bigint,
           false, %(at)s::timestamptz
    FROM stores_membership m
    WHERE NOT EXISTS (
        SELECT FROM notices_subscription s
        WHERE s.person_id = m.user_id AND s.store_id = m.store_id AND s.target_id IS NULL
    )
), hits AS (
    SELECT w.person_id, w.target_id, w.is_digest, w.due_at, n.*,
           array_position(%(severities)s, n.severity::text) AS grade
    FROM news n
    JOIN wanted w ON w.store_id = n.store_id
    JOIN stores_user u ON u.id = w.person_id AND u.is_active
    WHERE array_position(%(severities)s, n.severity::text)
          >= array_position(%(severities)s, w.least_severity::text)
      AND (w.check_codes = '{}' OR n.check_code = ANY(w.check_codes)
           OR n.storm_of = ANY(w.check_codes))
      AND n.actor_id IS DISTINCT FROM w.person_id
      AND EXISTS (
          SELECT FROM stores_membership m
          WHERE m.user_id = w.person_id AND m.store_id = n.store_id
            AND (w.scope = 'store' OR CASE
                WHEN n.kind = 'escalated' THEN m.role = n.climbed_to
                ELSE n.assignee_id = w.person_id
                     OR n.assignee_id IS NULL AND m.role = n.owner_role END)
      )
)
INSERT INTO notices_notice (
    person_id, store_id, alert_id, kind, severity, count, at, target_id, is_digest, due_at,
    told_at, read_at
)
SELECT person_id, store_id, max(last_id), kind, (%(severities)s)[max(grade)], sum(alerts), %(at)s,
       target_id, is_digest, due_at, NULL, NULL
FROM hits
GROUP BY person_id, store_id, check_code, storm_of, kind, target_id, is_digest, due_at
ORDER BY max(last_id), person_id
"""


def collect_news(*, at: datetime) -> int:
    """Whoever wants to know of an alert that came up or was given to them has a notice of it.

    Returns how many notices were written. Every event is told once: the mark moves on in the same
    transaction, and stops before an event that may not be visible yet. Safe to repeat and to run
    twice at once; locks the mark.
    """
    end = last_settled_id(AlertEvent)
    with transaction.atomic():
        NoticeMark.objects.get_or_create(pk=MARK)
        mark = NoticeMark.objects.select_for_update().get(pk=MARK)
        if end is None or end <= mark.seen_to:
            return 0
        told = _write_notices(after=mark.seen_to, to=end, at=at)
        mark.seen_to = end
        mark.save(update_fields=["seen_to"])
    return told


def _write_notices(*, after: int, to: int, at: datetime) -> int:
    due = [
        {"subscription_id": each.pk, "due_at": each.tells_at(at)}
        for each in Subscription.objects.filter(digests_only=False).select_related("store")
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "after": after,
                "to": to,
                "at": at,
                "kinds": [kind.value for kind in KINDS],
                "severities": ["info", "warning", "critical"],
                "due": orjson.dumps(due).decode(),
            },
        )
        return cursor.rowcount

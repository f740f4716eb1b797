"""How noisy each check is: what became of what it raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from opsdesk.alerts import numbers
from opsdesk.stores import procedure
from opsdesk.stores.models import Store

ENOUGH, NOISY = 10, 50

# Each time an alert opens begins an episode of it; what follows until the next belongs to it.
_NOISE = """
WITH told AS (
    SELECT e.alert_id, e.kind, e.at, e.actor_id, a.check_code, s.ignored_before,
           e.kind IN ('opened', 'reopened') AS begins,
           count(*) FILTER (WHERE e.kind IN ('opened', 'reopened'))
               OVER (PARTITION BY e.alert_id ORDER BY e.id) AS episode
    FROM unnest(%(stores)s::bigint[], %(ignored_before)s::timestamptz[])
        AS s (store_id, ignored_before)
    JOIN alerts_alert a ON a.store_id = s.store_id
    JOIN alerts_alertevent e ON e.alert_id = a.id
    WHERE e.at > %(since)s AND e.at <= %(at)s AND NOT (a.check_code = ANY(%(but)s))
), episodes AS (
    SELECT check_code, alert_id, episode, min(ignored_before) AS ignored_before,
           min(at) FILTER (WHERE begins) AS began,
           min(at) FILTER (WHERE kind = 'acknowledged') AS acknowledged_at,
           bool_or(kind = 'closed_itself') AS closed_itself,
           bool_or(kind = 'resolved') AS resolved,
           bool_or(actor_id IS NOT NULL AND NOT begins) AS touched
    FROM told WHERE episode > 0
    GROUP BY check_code, alert_id, episode
)
SELECT check_code, count(*), count(*) FILTER (WHERE closed_itself),
       count(acknowledged_at), count(*) FILTER (WHERE resolved),
       count(*) FILTER (
           WHERE NOT touched AND (closed_itself OR NOT resolved AND began <= ignored_before)
       ) AS ignored,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY acknowledged_at - began)
           FILTER (WHERE acknowledged_at IS NOT NULL)
FROM episodes
GROUP BY check_code
ORDER BY ignored DESC, count(*) DESC, check_code
"""


@dataclass(frozen=True, slots=True)
class Noise:
    """Of one check, how many times alerts opened, and what became of them.

    Ignored is what nobody did anything about until it closed by itself, or is open still after so
    many days (`alerts.ignored_after`).
    """

    check_code: str
    opened: int
    closed_itself: int
    acknowledged: int
    resolved: int
    ignored: int
    to_acknowledge: timedelta | None

    @property
    def share_ignored(self) -> int:
        """In percent of what opened."""
        return 100 * self.ignored // self.opened

    @property
    def is_noisy(self) -> bool:
        """So much of it is ignored that it teaches people to look away. A few tell nothing."""
        return self.opened >= ENOUGH and self.share_ignored >= NOISY


def noise_of(
    stores: Sequence[Store], *, since: datetime, at: datetime, but: Sequence[str] = ()
) -> list[Noise]:
    """Per check what opened in these stores after `since`, the most ignored first.

    Two statements, however much there is.
    """
    if not stores:
        return []
    days = procedure.values_by_store(numbers.IGNORED_AFTER.key, stores=stores, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            _NOISE,
            {
                "stores": [store.pk for store in stores],
                "ignored_before": [at - timedelta(days=float(days[store.pk])) for store in stores],
                "since": since,
                "at": at,
                "but": list(but),
            },
        )
        return [Noise(*row) for row in cursor.fetchall()]

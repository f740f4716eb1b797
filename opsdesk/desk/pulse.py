"""Has anything changed for this person? A fingerprint of their desk, far cheaper than the desk.

It is taken before what is shown is read, so that what changes in between is found at the next look:
a page may be exchanged once too often, never once too seldom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any

from django.db import connection

from opsdesk import navigation
from opsdesk.desk import queries
from opsdesk.desk.queries import Chosen
from opsdesk.desk.requests import waiting_requests
from opsdesk.desk.rows import SOON
from opsdesk.stores.models import Store, User

# The list is looked at with every question; what stands around it, figures and the sidebar's
# counts, costs more than the list and is looked at once in so long.
LOOK_AROUND_EVERY = timedelta(minutes=2)
WRITTEN = re.compile(r'(?:W/)?"([0-9a-f]{32})\.([0-9a-f]{32})\.(\d{1,12})"', re.ASCII)

# Of a row: what it says, and which borders its due time has passed. Not when it was last seen,
# which changes with every check and says nothing on the desk.
_ALERT = """
concat_ws('|', r.id, r.state, r.assignee_id, r.severity, r.money_at_risk, r.deadline_at, r.level,
    r.escalated_to, r.is_recurring, r.times_reopened, r.subject_label, r.evidence::text,
    {passed}, CASE WHEN r.check_code = 'alerts.storm' THEN (
        SELECT count(*) FROM alerts_alert f WHERE f.folded_into_id = r.id AND f.state = 'open') END)
"""
_CLOCK = "concat_ws('|', r.id, r.money_at_risk, r.due_at, r.subject_label, {passed})"
_PASSED = """
(r.{due} < %(at)s)::int + (r.{due} <= %(soon)s)::int + (r.{due} < day.day_end)::int
"""
_DIGEST = """
SELECT md5(string_agg({said}, ',' ORDER BY r.{due}, r.id)), count(*), max(r.{due})
FROM ({rows}) r
LEFT JOIN (
    SELECT DISTINCT * FROM unnest(%(stores)s::bigint[], %(day_ends)s::timestamptz[])
        AS day (store_id, day_end)
) day ON day.store_id = r.store_id
"""


@dataclass(frozen=True)
class Pulse:
    """`work` tells the list, `around` what stands around it as it was at `looked` (since 1970)."""

    work: str
    around: str
    looked: int

    def __str__(self) -> str:
        return f'"{self.work}.{self.around}.{self.looked}"'

    @classmethod
    def parse(cls, text: str) -> Pulse | None:
        """None for anything that `str` did not write."""
        written = WRITTEN.fullmatch(text.strip())
        return cls(written[1], written[2], int(written[3])) if written else None

    def shows_the_same_as(self, other: Pulse | None) -> bool:
        return other is not None and (self.work, self.around) == (other.work, other.around)

    def is_fresh(self, at: datetime) -> bool:
        """Was there a look around just now? One from the future is nobody's of ours."""
        return 0 <= at.timestamp() - self.looked < LOOK_AROUND_EVERY.total_seconds()


def digest(parts: Iterable[object]) -> str:
    return md5("\x1f".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def of_work(
    user: User,
    stores: list[Store],
    *,
    at: datetime,
    limit: int,
    chosen: Chosen | None = None,
    counts: queries.WorkCounts | None = None,
) -> str:
    """The same as long as the list, its chips and its order read the same. Four statements.

    `counts` are those of all the person's work, where they have been asked for already.
    """
    chosen = chosen or Chosen()
    if counts is None:
        everything = queries.scope_of(user, stores, at, Chosen())
        counts = queries.work_counts(everything, navigation.MOST)
    scope = queries.scope_of(user, stores, at, chosen)
    day_ends = dict(zip(scope["stores"], scope["day_ends"], strict=True))
    requests = waiting_requests(user, day_ends, at=at, chosen=chosen)
    decisions = requests.values_list("pk", "expires_at", "amount", "digest")[:limit]
    return digest(
        [
            *_rows(scope, chosen, at, limit),
            *((*row, row[1] <= at + SOON) for row in decisions),
            counts,
            sorted(day_ends.items()),
        ]
    )


def of_store(store: Store, *, at: datetime, limit: int) -> str:
    """The same for all work of a store, whoever does it. Three statements."""
    scope = queries.all_of(store, at)
    counts = queries.work_counts(scope, navigation.MOST)
    return digest([*_rows(scope, Chosen(), at, limit), counts, queries.day_end(store, at)])


def _rows(scope: dict[str, Any], chosen: Chosen, at: datetime, limit: int) -> list[object]:
    """Digests of the first alerts and clocks."""
    params = queries.parameters_for(scope, chosen, limit) | {"soon": at + SOON}
    with connection.cursor() as cursor:
        cursor.execute(_digest(_ALERT, "deadline_at", queries.top_alerts(chosen)), params)
        alerts, count, latest = cursor.fetchone()
        # As on the list: alerts that fill the page bound the look at the clocks.
        if count == limit and latest is not None:
            params["latest"] = latest
        cursor.execute(_digest(_CLOCK, "due_at", queries.top_clocks(chosen)), params)
        return [alerts, cursor.fetchone()[0]]


def _digest(said: str, due: str, rows: str) -> str:
    passed = _PASSED.format(due=due)
    return _DIGEST.format(said=said.format(passed=passed), due=due, rows=rows)

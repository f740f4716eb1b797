"""The desk's rows: alerts, clocks and requests of a person's roles and stores, soonest first.

Alerts and clocks are read top-N per (role, store) from the partial indexes `alert_on_desk`
and `deadline_desk`, so that a page costs the same with ten or a million open clocks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from opsdesk.alerts.models import Alert
from opsdesk.approvals.models import Approval
from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline
from opsdesk.desk.requests import REQUEST, waiting_requests
from opsdesk.estimates import capped_count
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role

Work = Alert | Deadline | Approval
# Overdue alerts and clocks, alerts and clocks due today.
WorkCounts = tuple[int, int, int, int]

NEVER = "infinity"
ALERT, CLOCK = 0, 1
# Due time, money, kind and id, as `Place` writes them.
PLACE = re.compile(r"([^_]+)_(-?\d{1,14}(?:\.\d{1,4})?)_([012])_(\d{1,18})", re.ASCII)

_MINE = """
WITH mine AS MATERIALIZED (
    SELECT * FROM unnest(%(roles)s::text[], %(stores)s::bigint[], %(day_ends)s::timestamptz[])
        AS mine (role, store_id, day_end)
), my_stores AS MATERIALIZED (SELECT DISTINCT store_id, day_end FROM mine)
"""

_ALERTS = """
SELECT top.* FROM mine CROSS JOIN LATERAL (
    SELECT a.* FROM alerts_alert a
    WHERE a.owner_role = mine.role AND a.store_id = mine.store_id AND NOT (a.state = 'resolved')
      AND a.folded_into_id IS NULL AND (%(everything)s OR a.assignee_id IS NULL)
      AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(at)s)
      {chosen}
    ORDER BY a.deadline_at, coalesce(a.money_at_risk, 0) DESC, a.id
    LIMIT %(limit)s
) top
UNION ALL
SELECT top.* FROM my_stores mine CROSS JOIN LATERAL (
    SELECT a.* FROM alerts_alert a
    WHERE NOT %(everything)s AND a.assignee_id = %(me)s AND a.store_id = mine.store_id
      AND NOT (a.state = 'resolved')
      AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(at)s)
      {chosen}
    ORDER BY a.deadline_at, coalesce(a.money_at_risk, 0) DESC, a.id
    LIMIT %(limit)s
) top
UNION ALL
SELECT top.* FROM mine CROSS JOIN LATERAL (
    SELECT a.* FROM alerts_alert a
    WHERE NOT %(everything)s AND a.escalated_to = mine.role AND NOT (a.escalated_to = '')
      AND a.store_id = mine.store_id AND NOT (a.state = 'resolved') AND a.folded_into_id IS NULL
      AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(at)s)
      AND a.assignee_id IS DISTINCT FROM %(me)s
      AND NOT (a.assignee_id IS NULL AND EXISTS (
          SELECT FROM mine also WHERE also.role = a.owner_role AND also.store_id = a.store_id
      ))
      {chosen}
    ORDER BY a.deadline_at, coalesce(a.money_at_risk, 0) DESC, a.id
    LIMIT %(limit)s
) top
"""

# An overdue clock stands back for its alert: the open one, or the one a person has settled since.
# The subquery keeps its LIMIT so that it is asked row by row, never turned into a join over all.
_CLOCKS = """
SELECT top.* FROM mine CROSS JOIN LATERAL (
    SELECT a.* FROM deadlines_deadline a
    WHERE a.owner_role = mine.role AND a.store_id = mine.store_id
      AND a.state = 'running'
      {chosen}
      AND (
        SELECT 1 FROM alerts_alert b
        WHERE b.subject_type_id = a.subject_type_id AND b.subject_id = a.subject_id
          AND b.check_code = a.rule
          AND (NOT (b.state = 'resolved')
               OR (b.resolution = 'person' AND b.resolved_at >= a.due_at))
        LIMIT 1
      ) IS NULL
    ORDER BY a.due_at, coalesce(a.money_at_risk, 0) DESC, a.id
    LIMIT %(limit)s
) top
"""


@dataclass(frozen=True)
class Chosen:
    """What the person picked above the list. `when`: "", "overdue" or "today"."""

    when: str = ""
    clause: str = ""
    store_id: int | None = None


@dataclass(frozen=True)
class Place:
    """Where a page of the list ended: due time (ISO or infinity), money, kind, id."""

    due: str
    money: Decimal
    kind: int
    pk: int

    @classmethod
    def of(cls, row: Work) -> Place:
        due, money = due_of(row), money_of(row) or Decimal(0)
        kind = {Alert: ALERT, Deadline: CLOCK, Approval: REQUEST}[type(row)]
        return cls(due.isoformat() if due else NEVER, money, kind, row.pk)

    def __str__(self) -> str:
        return f"{self.due}_{self.money}_{self.kind}_{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """None for anything that `str` did not write."""
        written = PLACE.fullmatch(text)
        if written is None:
            return None
        due, money, kind, pk = written.groups()
        if due != NEVER:
            try:
                moment = datetime.fromisoformat(due)
                due = moment.astimezone(UTC).isoformat()
            except (ValueError, OverflowError):
                return None
            if moment.tzinfo is None:
                return None
        return cls(due, Decimal(money), int(kind), int(pk))


def due_of(row: Work) -> datetime | None:
    if isinstance(row, Alert):
        return row.deadline_at
    return row.expires_at if isinstance(row, Approval) else row.due_at


def money_of(row: Work) -> Decimal | None:
    return row.amount if isinstance(row, Approval) else row.money_at_risk


def scope_of(user: User, stores: list[Store], at: datetime, chosen: Chosen) -> dict[str, Any]:
    """The (role, store) pairs whose work lies on this desk, with the end of each store's day."""
    pairs = [
        (role, store.pk, day_end(store, at))
        for store in stores
        if chosen.store_id in (None, store.pk)
        for role in sorted(Role.values if user.is_superuser else user.roles_in(store.pk))
    ]
    return _scope(pairs, at, everything=user.is_superuser, me=user.pk)


def _scope(
    pairs: Sequence[tuple[str, int, datetime]], at: datetime, *, everything: bool, me: int
) -> dict[str, Any]:
    return {
        "roles": [role for role, _store, _end in pairs],
        "stores": [store for _role, store, _end in pairs],
        "day_ends": [end for _role, _store, end in pairs],
        "everything": everything,
        "me": me,
        "at": at,
    }


def day_end(store: Store, at: datetime) -> datetime:
    """Midnight after the store's business day of that moment."""
    tomorrow = store.business_date(at) + timedelta(days=1)
    return store.midnight(tomorrow)


def desk_rows(
    user: User,
    stores: list[Store],
    *,
    at: datetime,
    limit: int,
    chosen: Chosen | None = None,
    after: Place | None = None,
) -> list[Work]:
    """The next `limit` rows: by time left (overdue first), then by money at risk.

    A clock whose breach raised an alert is there once, as the alert. Paused clocks wait for
    somebody else and come back when they run. Three statements.
    """
    chosen = chosen or Chosen()
    params = scope_of(user, stores, at, chosen)
    day_ends = dict(zip(params["stores"], params["day_ends"], strict=True))
    work = _alerts_and_clocks(params, chosen, after, limit)
    requests = waiting_requests(user, day_ends, at=at, chosen=chosen, after=after)
    return sorted([*work, *requests[:limit]], key=_soonest_first)[:limit]


def store_rows(store: Store, *, at: datetime, limit: int) -> list[Work]:
    """What is to be done in the store, whoever does it: alerts and clocks. Two statements."""
    work = _alerts_and_clocks(all_of(store, at), Chosen(), None, limit)
    return sorted(work, key=_soonest_first)[:limit]


def all_of(store: Store, at: datetime) -> dict[str, Any]:
    pairs = [(role, store.pk, day_end(store, at)) for role in Role.values]
    return _scope(pairs, at, everything=True, me=0)


def _alerts_and_clocks(
    scope: dict[str, Any], chosen: Chosen, after: Place | None, limit: int
) -> list[Work]:
    params = scope | _parameters(chosen, after) | {"limit": limit}
    alerts = list(Alert.objects.raw(_top(_ALERTS, "deadline_at", chosen, after, ALERT), params))
    # Alerts that fill the page also bound it: no clock beyond the last of them can be on it. That
    # keeps the walk short past breached clocks, which are as many as their alerts.
    full = len(alerts) == limit and alerts[-1].deadline_at is not None
    params["latest"] = alerts[-1].deadline_at if full else NEVER
    params |= _clock_scope(params, chosen)
    clocks = list(Deadline.objects.raw(_top(_CLOCKS, "due_at", chosen, after, CLOCK), params))
    return [*alerts, *clocks]


def _clock_scope(params: dict[str, Any], chosen: Chosen) -> dict[str, Any]:
    """A clause's clocks lie with the roles its rules name: the other desks need no look."""
    if not chosen.clause:
        return {}
    owners = {rule.owner_role for rule in rules.all_rules() if rule.clause == chosen.clause}
    scope = zip(params["roles"], params["stores"], params["day_ends"], strict=True)
    kept = [pair for pair in scope if pair[0] in owners]
    return {
        name: [pair[index] for pair in kept]
        for index, name in enumerate(("roles", "stores", "day_ends"))
    }


def _soonest_first(row: Work) -> tuple:
    due = due_of(row)
    place = Place.of(row)
    return (due is None, due.timestamp() if due else 0, -place.money, place.kind, place.pk)


def top_alerts(chosen: Chosen) -> str:
    """SQL of the first `limit` alerts of a desk."""
    return _top(_ALERTS, "deadline_at", chosen, None, ALERT)


def top_clocks(chosen: Chosen) -> str:
    """SQL of the first `limit` clocks that are due no later than `latest`."""
    return _top(_CLOCKS, "due_at", chosen, None, CLOCK)


def parameters_for(scope: dict[str, Any], chosen: Chosen, limit: int) -> dict[str, Any]:
    return scope | _parameters(chosen, None) | {"limit": limit, "latest": NEVER}


def _top(select: str, due: str, chosen: Chosen, after: Place | None, kind: int) -> str:
    conditions = _conditions(due, chosen, after, kind)
    return (
        f"{_MINE} SELECT * FROM ({select.format(chosen=conditions)}) a "
        f"ORDER BY a.{due}, coalesce(a.money_at_risk, 0) DESC, a.id LIMIT %(limit)s"
    )


def _conditions(due: str, chosen: Chosen, after: Place | None, kind: int) -> str:
    parts = []
    if chosen.when == "overdue":
        parts.append(f"AND a.{due} < %(at)s")
    if chosen.when == "today":
        parts.append(f"AND a.{due} >= %(at)s AND a.{due} < mine.day_end")
    if chosen.clause:
        parts.append(
            "AND a.clause = %(clause)s" if kind == ALERT else "AND a.rule = ANY(%(rules)s)"
        )
    if kind == CLOCK:
        parts.append("AND a.due_at <= %(latest)s::timestamptz")
    if after:
        unset = "OR a.deadline_at IS NULL" if kind == ALERT else ""
        parts.append(f"AND (a.{due} >= %(after_due)s::timestamptz {unset})")
        parts.append(
            f"AND (coalesce(a.{due}, 'infinity'), -coalesce(a.money_at_risk, 0), {kind}, a.id)"
            " > (%(after_due)s::timestamptz, -%(after_money)s, %(after_kind)s, %(after_pk)s)"
        )
    return " ".join(parts)


def _parameters(chosen: Chosen, after: Place | None) -> dict[str, Any]:
    parameters: dict[str, Any] = {"clause": chosen.clause, "rules": rules_of(chosen.clause)}
    if after:
        parameters |= {
            "after_due": after.due,
            "after_money": after.money,
            "after_kind": after.kind,
            "after_pk": after.pk,
        }
    return parameters


def rules_of(clause: str) -> list[str]:
    return [rule.code for rule in rules.all_rules() if rule.clause == clause]


def desk_counts(
    user: User, stores: list[Store], *, at: datetime, most: int, work: WorkCounts | None = None
) -> dict[str, int]:
    """How much is "overdue" and due "today", each read no further than `most` + 1.

    `work` is what `work_counts` found, where it has been asked already.
    """
    scope = scope_of(user, stores, at, Chosen())
    counts = _summed(work or work_counts(scope, most))
    if counts["today"] <= most:
        day_ends = dict(zip(scope["stores"], scope["day_ends"], strict=True))
        requests = waiting_requests(user, day_ends, at=at, chosen=Chosen(when="today"))
        counts["today"] += capped_count(requests, most)
    return {when: min(count, most + 1) for when, count in counts.items()}


def store_counts(store: Store, *, at: datetime, most: int) -> dict[str, int]:
    """How much of the store's work is "overdue" and due "today", whoever's it is."""
    counts = _summed(work_counts(all_of(store, at), most))
    return {when: min(count, most + 1) for when, count in counts.items()}


def work_counts(scope: dict[str, Any], most: int) -> WorkCounts:
    """Alerts and clocks overdue, alerts and clocks due today, each up to `most` + 1.

    One statement.
    """
    parts = [
        _counted(select, due, Chosen(when), kind)
        for when in ("overdue", "today")
        for select, due, kind in ((_ALERTS, "deadline_at", ALERT), (_CLOCKS, "due_at", CLOCK))
    ]
    with connection.cursor() as cursor:
        statement = f"SELECT {', '.join(f'({part})' for part in parts)}"
        cursor.execute(statement, parameters_for(scope, Chosen(), most + 1))
        return cursor.fetchone()


def _summed(work: WorkCounts) -> dict[str, int]:
    return {"overdue": work[0] + work[1], "today": work[2] + work[3]}


def _counted(select: str, due: str, chosen: Chosen, kind: int) -> str:
    rows = select.format(chosen=_conditions(due, chosen, None, kind))
    return f"{_MINE} SELECT count(*) FROM (SELECT 1 FROM ({rows}) a LIMIT %(limit)s) b"

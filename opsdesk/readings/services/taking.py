"""What channels said of a store is taken in: once per channel, figure and day (INS-1, 5, 7, 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from opsdesk import days
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.readings import figures
from opsdesk.stores.roles import leads_above

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

TAKE, TAKE_ANY = "readings.take_reading", "readings.take_any_reading"


class UnfitReading(DomainError):
    """What was told can't be so. `facts`: channel, figure, day."""

    code = "unfit_reading"


class Became(StrEnum):
    """What became of a reading that was told."""

    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Told:
    """A channel's word on one figure of one business day. Figures are told by their code."""

    channel_id: int
    figure: str
    day: date
    value: Decimal
    industry: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    reading_id: int | None
    became: Became


# The newest word counts. What was there is read before it is written over: inserted rows have no
# xmax, and of the others only what the row was tells whether anything changed.
_TAKE = """
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(told)s) AS t (
        channel_id bigint, figure text, day date, value numeric, industry numeric
    )
), before AS MATERIALIZED (
    SELECT r.id, r.value, r.industry, r.taken_at
    FROM readings_reading r JOIN told USING (channel_id, figure, day)
    WHERE r.store_id = %(store)s
), written AS (
    INSERT INTO readings_reading AS r
        (store_id, channel_id, figure, day, value, industry, source, taken_at)
    SELECT %(store)s, channel_id, figure, day, value, industry, %(source)s, %(at)s
    FROM told
    ORDER BY channel_id, figure, day
    ON CONFLICT (store_id, channel_id, figure, day) DO UPDATE
    SET value = excluded.value, industry = excluded.industry, taken_at = excluded.taken_at,
        source = CASE
            WHEN (r.value, r.industry) IS DISTINCT FROM (excluded.value, excluded.industry)
            THEN excluded.source ELSE r.source
        END
    WHERE r.taken_at <= excluded.taken_at
    RETURNING id, channel_id, figure, day, value, industry, xmax = 0 AS is_new
)
SELECT t.channel_id, t.figure, t.day, coalesce(w.id, r.id),
       CASE WHEN w.is_new THEN 'created'
            WHEN w.id IS NOT NULL AND b.id IS NOT NULL
                 AND (b.value, b.industry) IS NOT DISTINCT FROM (w.value, w.industry) THEN 'same'
            WHEN w.id IS NOT NULL THEN 'changed'
            WHEN (r.value, r.industry) IS NOT DISTINCT FROM (t.value, t.industry) THEN 'same'
            ELSE 'outdated' END
FROM told t
LEFT JOIN written w USING (channel_id, figure, day)
LEFT JOIN readings_reading r
    ON r.store_id = %(store)s AND (r.channel_id, r.figure, r.day) = (t.channel_id, t.figure, t.day)
LEFT JOIN before b ON b.id = w.id
"""


@transaction.atomic
def take_readings(
    *, store: Store, told: Sequence[Told], source: str, actor: User | None, at: datetime
) -> list[Taken]:
    """Each word is the reading of its day, unless a later one is there; answers in order.

    `source` names who said so, `at` when. Locks the readings by channel, figure and day. Raises
    NotAllowed and UnfitReading, then nothing is taken. A repeat changes nothing. One statement.
    """
    if actor is not None and not actor.has_perm(TAKE, store):
        raise NotAllowed(_("You may not bring figures into %(store)s.") % {"store": store})
    if actor is not None:
        _refuse_others(store, told, actor)
    _refuse_unfit(store, told, at)
    if not told:
        return []
    values: dict[str, Any] = {
        "store": store.pk,
        "source": source,
        "at": at,
        "told": orjson.dumps([asdict(each) for each in told], default=str).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        found = {
            (channel, figure, day): Taken(pk, Became(became))
            for channel, figure, day, pk, became in cursor.fetchall()
        }
    return [found[each.channel_id, each.figure, each.day] for each in told]


def foreign_figures(codes: Iterable[str], *, store: Store, actor: User) -> set[str]:
    """Of these figures those that others act on, and so bring in.

    A role brings in what it acts on, a lead what the roles below it do.
    """
    if actor.has_perm(TAKE_ANY, store):
        return set()
    own = actor.roles_in(store.pk)
    owners = {code: figures.named(code).owner_role for code in set(codes)}
    return {code for code, owner in owners.items() if own.isdisjoint({owner, *leads_above(owner)})}


def whose(code: str) -> str:
    """A sentence that says who brings the figure in."""
    figure = figures.named(code)
    return _("%(title)s is brought in by: %(role)s.") % {
        "title": figure.title,
        "role": figure.owner_role.label,
    }


def _refuse_others(store: Store, told: Sequence[Told], actor: User) -> None:
    foreign = foreign_figures([each.figure for each in told], store=store, actor=actor)
    if foreign:
        raise NotAllowed(" ".join(whose(code) for code in sorted(foreign)))


def _refuse_unfit(store: Store, told: Sequence[Told], at: datetime) -> None:
    channels = set(store.channels.values_list("pk", flat=True))
    seen = set()
    for each in told:
        place = (each.channel_id, each.figure, each.day)
        reason = why_not(each, today=store.business_date(at))
        if each.channel_id not in channels:
            reason = _("The store has no such channel.")
        elif place in seen:
            reason = _("The same figure of the same day is told twice.")
        seen.add(place)
        if reason:
            facts = {"channel": str(each.channel_id), "figure": each.figure, "day": str(each.day)}
            raise UnfitReading(reason, **facts)


def why_not(told: Told, *, today: date) -> str:
    """Why this can't be so, whatever else is told; empty if it can."""
    try:
        figure = figures.get(told.figure)
    except figures.UnknownFigure:
        known = ", ".join(each.code for each in figures.all_figures())
        words = _("There is no figure “%(figure)s”. Figures: %(known)s.")
        return words % {"figure": told.figure[:40], "known": known}
    if not days.FIRST <= told.day <= today:
        words = _("%(day)s is no day that was: nothing is told of the future.")
        return words % {"day": told.day.isoformat()}
    if told.industry is not None and not figure.has_benchmark:
        return _("%(title)s has no value of the industry.") % {"title": figure.title}
    return figure.why_not(told.value) or (
        figure.why_not(told.industry) if told.industry is not None else ""
    )

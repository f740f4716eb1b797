"""The page of a figure of a channel: ninety days, the industry, and what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from opsdesk.readings import charts, figures
from opsdesk.readings.charts import Drawing, Point
from opsdesk.readings.models import Reading
from opsdesk.readings.watching import Usual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsdesk.readings.figures import Figure
    from opsdesk.stores.models import Store

DAYS = 90
LISTED = 14
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """A day in words, for the table."""

    day: date
    value: str
    usual: str
    industry: str
    is_unusual: bool


@dataclass(frozen=True)
class History:
    """`lines` are the last days of which something is known, the newest first."""

    figure: Figure
    drawing: Drawing | None
    lines: list[Line]
    has_usual: bool
    has_industry: bool


def history_of(reading: Reading, *, at: datetime) -> History:
    """The figure's last days up to today. Two statements, whatever the number of readings."""
    store, figure = reading.store, figures.named(reading.figure)
    last = store.business_date(at)
    usual = Usual.of(store, at)
    since = last - (DAYS + 7 * usual.weeks) * DAY
    rows = {
        row.day: row
        for row in Reading.objects.filter(
            store=store, channel=reading.channel_id, figure=figure.code
        ).between(since, last)
    }
    values = {
        day: row.value for day, row in rows.items() if not figure.is_of_day or _is_whole(row, store)
    }
    points = points_of(values, usual if figure.is_of_day else None, last=last)
    told = [
        Point(point.day, point.value, rows[point.day].industry, point.usual)
        if point.day in rows
        else point
        for point in points
    ]
    return present(told, figure, store.currency)


def points_of(values: Mapping[date, Decimal], usual: Usual | None, *, last: date) -> list[Point]:
    """The last days, the oldest first, each with what was usual by the weeks before it."""
    found = []
    for days in reversed(range(DAYS)):
        day = last - days * DAY
        before = (
            [values[each] for each in usual.days_before(day) if each in values] if usual else []
        )
        expected = usual.range_of(before) if usual else None
        found.append(Point(day, values.get(day), usual=expected))
    return found


def present(points: list[Point], figure: Figure, currency: str) -> History:
    known = [point for point in reversed(points) if point.value is not None][:LISTED]
    lines = [
        Line(
            point.day,
            figure.shown(point.value, currency),
            charts.usual_words(point.usual, figure, currency),
            figure.shown(point.industry, currency),
            point.is_unusual,
        )
        for point in known
    ]
    return History(
        figure,
        charts.draw(points, figure, currency),
        lines,
        has_usual=any(point.usual for point in points),
        has_industry=any(point.industry is not None for point in points),
    )


def _is_whole(reading: Reading, store: Store) -> bool:
    return reading.taken_at.astimezone(store.zone).date() > reading.day


def others_of(reading: Reading) -> list[tuple[str, int]]:
    """(figure, its newest reading) of the same channel. One statement."""
    newest = (
        Reading.objects.filter(store=reading.store_id, channel=reading.channel_id)
        .order_by("figure", "-day")
        .distinct("figure")
        .values_list("figure", "pk")
    )
    known = dict(newest)
    order = [each.code for each in figures.all_figures()]
    return [(figures.title_of(code), known[code]) for code in order if code in known]

"""The newest word on figures that channels tell, and of which it is due and has not come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from opsdesk.readings import figures
from opsdesk.readings.models import Reading
from opsdesk.readings.numbers import EXPECTED, STILL_TOLD
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.readings.figures import Figure
    from opsdesk.stores.models import Channel, Store

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Missing:
    """A figure that is due of a channel and has not come."""

    channel: Channel
    figure: Figure
    day: date


@dataclass(frozen=True)
class Newest:
    """`found` are of the day that is due, or later; a channel is asked for what it used to tell."""

    found: Sequence[Reading]
    missing: Sequence[Missing]


# An unfinished day says nothing of a figure that adds up: such readings come last.
_NEWEST = """
SELECT DISTINCT ON (r.channel_id, r.figure) r.*,
       r.figure <> ALL (%(of_day)s)
           OR r.taken_at >= (r.day + 1)::timestamp AT TIME ZONE %(zone)s AS is_whole
FROM readings_reading r
JOIN stores_channel c ON c.id = r.channel_id AND c.is_active
WHERE r.store_id = %(store)s AND r.figure = ANY (%(figures)s)
  AND r.day BETWEEN %(since)s AND %(today)s AND r.taken_at <= %(at)s
ORDER BY r.channel_id, r.figure, is_whole DESC, r.day DESC
"""


def newest(store: Store, asked: Sequence[Figure], *, at: datetime) -> Newest:
    """What channels said last of these figures. Three statements."""
    keys = [EXPECTED.key, STILL_TOLD.key]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    today = store.business_date(at)
    values = {
        "of_day": [figure.code for figure in asked if figure.is_of_day],
        "zone": store.timezone,
        "store": store.pk,
        "figures": [figure.code for figure in asked],
        "since": today - int(numbers[STILL_TOLD.key].value) * DAY,
        "today": today,
        "at": at,
    }
    channels = {channel.pk: channel for channel in store.channels.all()}
    late = _is_past(float(numbers[EXPECTED.key].value), store, at)
    found, missing = [], []
    for reading in Reading.objects.raw(_NEWEST, values):
        figure = figures.get(reading.figure)
        reading.channel, reading.store = channels[reading.channel_id], store
        due = today - DAY * (figure.is_of_day + (not late))
        if reading.is_whole and reading.day >= due:
            found.append(reading)
        else:
            missing.append(Missing(reading.channel, figure, due))
    return Newest(found, missing)


def _is_past(hour: float, store: Store, at: datetime) -> bool:
    local = at.astimezone(store.zone)
    return local.hour + local.minute / 60 >= hour


_HISTORY = """
SELECT r.* FROM readings_reading r
WHERE r.store_id = %(store)s AND r.figure = ANY (%(figures)s)
  AND r.day BETWEEN %(first)s AND %(last)s
  AND (r.figure <> ALL (%(of_day)s)
       OR r.taken_at >= (r.day + 1)::timestamp AT TIME ZONE %(zone)s)
ORDER BY r.day
"""


def history(
    store: Store, asked: Iterable[Figure], first: date, last: date
) -> dict[tuple[int, str], list[Reading]]:
    """(channel id, figure) → its readings of whole days first … last, the oldest first."""
    asked = list(asked)
    values = {
        "store": store.pk,
        "figures": [figure.code for figure in asked],
        "of_day": [figure.code for figure in asked if figure.is_of_day],
        "first": first,
        "last": last,
        "zone": store.timezone,
    }
    found: dict[tuple[int, str], list[Reading]] = {}
    for reading in Reading.objects.raw(_HISTORY, values):
        found.setdefault((reading.channel_id, reading.figure), []).append(reading)
    return found

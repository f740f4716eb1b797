"""The working time of a store, as its calendar says it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from opsdesk.stores.models import WorkCalendar
from opsdesk.stores.publicdays import DayKind, kind_of
from opsdesk.stores.worktime import HoursOf, Window, WorkTime

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

# A store that says nothing works always: its promises then run by the clock on the wall.
_ALWAYS = [Window.whole_day()]


def work_time(store: Store) -> WorkTime:
    """The store's working time, in its zone. Three queries; ask it as often as you like."""
    calendar = WorkCalendar.objects.filter(store=store).first()
    if calendar is None:
        return WorkTime(store.zone, lambda day: _ALWAYS)
    return WorkTime(store.zone, hours_of(calendar))


def hours_of(calendar: WorkCalendar) -> HoursOf:
    """Day → windows. An exception beats the holiday, the holiday beats the weekday."""
    week = _week(calendar)
    # A weekend that is worked instead of a holiday has the hours of the week's first working day.
    made_up = next((windows for windows in week if windows), [])
    exceptions: dict[date, list[Window]] = {}
    for row in calendar.exceptions.all():
        windows = exceptions.setdefault(row.day, [])
        if row.start is not None and row.end is not None:
            windows.append(Window(row.start, row.end))

    def hours(day: date) -> Sequence[Window]:
        if day in exceptions:
            return exceptions[day]
        kind = kind_of(calendar.country, day)
        if kind is DayKind.FREE:
            return []
        usual = week[day.weekday()]
        return usual if usual or kind is not DayKind.MADE_UP else made_up

    return hours


def _week(calendar: WorkCalendar) -> list[list[Window]]:
    week: list[list[Window]] = [[] for _weekday in range(7)]
    for row in calendar.hours.all():
        week[row.weekday].append(Window(row.start, row.end))
    return week


def unusual_days(
    calendar: WorkCalendar, first: date, number_of_days: int
) -> list[tuple[date, Sequence[Window]]]:
    """The days from `first` on whose hours are not their weekday's, each with its hours."""
    week, hours = _week(calendar), hours_of(calendar)
    days = (first + timedelta(days=number) for number in range(number_of_days))
    return [(day, hours(day)) for day in days if set(hours(day)) != set(week[day.weekday()])]

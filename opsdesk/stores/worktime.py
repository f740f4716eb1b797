"""Working time: the hours in which a store works, on the line of moments.

A moment is working time when the clock on the store's wall then shows a time within one of its
windows. Hours that a change of clocks leaves out hold no work, hours that it repeats hold it twice.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
# Nobody works by appointment further ahead than this.
_HORIZON_YEARS = 20


class NoWorkingTime(ValueError):
    """The hours hold no, or not enough, working time."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """From `start` up to `end`; what ends at or before its start ends on the next day."""

    start: time
    end: time

    @classmethod
    def whole_day(cls) -> Window:
        return cls(time(), time())

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Start and end as the wall clock shows them, without a zone."""
        ends_on = day + DAY if self.end <= self.start else day
        return datetime.combine(day, self.start), datetime.combine(ends_on, self.end)


HoursOf = Callable[[date], Sequence[Window]]


class WorkTime:
    """The working time of one zone and one set of hours, `hours_of` a day.

    Moments are aware, spans of working time are `timedelta`. Everything is worked out once per
    stretch of years; after that a question costs two searches.
    """

    def __init__(self, zone: tzinfo, hours_of: HoursOf) -> None:
        self.zone = zone
        self.hours_of = hours_of
        self._years = range(0)
        # Spans without overlap, in order; `_before`: work done before each, one longer than they.
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._before: list[timedelta] = [timedelta()]

    def is_working_time(self, at: datetime) -> bool:
        self._cover(at.year, at.year)
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._ends[index]

    def business_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; negative where `end` is the earlier one."""
        self._cover(min(start.year, end.year), max(start.year, end.year))
        return self._done_by(end) - self._done_by(start)

    def add_business_time(self, at: datetime, span: timedelta) -> datetime:
        """The first moment at which `span` of working time has passed since `at`.

        Raises ValueError for a negative span, NoWorkingTime if that never comes.
        """
        if span < timedelta():
            raise ValueError("Working time can't be added backwards.")
        if not span:
            return at
        reach = 1
        self._cover(at.year, at.year + reach)
        while self._done_by(at) + span > self._before[-1]:
            reach *= 2
            if reach > _HORIZON_YEARS:
                raise NoWorkingTime(f"{span} of working time do not come after {at}.")
            self._cover(at.year, at.year + reach)
        done = self._done_by(at) + span
        index = bisect_left(self._before, done) - 1
        return (self._starts[index] + (done - self._before[index])).astimezone(at.tzinfo)

    def is_working_day(self, day: date) -> bool:
        return bool(self.hours_of(day))

    def add_working_days(self, day: date, number: int) -> date:
        """The `number`-th working day after `day`, or before it where `number` is negative.

        Raises NoWorkingTime if there are not so many within twenty years.
        """
        step = DAY if number > 0 else -DAY
        left = abs(number)
        first = day
        while left:
            day += step
            if abs(day.year - first.year) > _HORIZON_YEARS:
                raise NoWorkingTime(f"There are no {number} working days from {first}.")
            left -= self.is_working_day(day)
        return day

    def end_of(self, day: date) -> datetime:
        """When the work of a working day ends. Raises NoWorkingTime for another day."""
        windows = self.hours_of(day)
        if not windows:
            raise NoWorkingTime(f"{day} is no working day.")
        last = max(window.on(day)[1] for window in windows)
        return last.replace(tzinfo=self.zone, fold=1)

    def spans(self, first: date, last: date) -> list[tuple[datetime, datetime]]:
        """The working time of the days first … last: spans in UTC, in order, none touching."""
        return _joined(sorted(self._spans(first, last)))

    def _done_by(self, at: datetime) -> timedelta:
        """Working time from the first year looked at up to `at`."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return timedelta()
        return self._before[index] + (min(at, self._ends[index]) - self._starts[index])

    def _cover(self, first: int, last: int) -> None:
        """Work the spans out, from a year before the first to a year after the last."""
        if first - 1 in self._years and last + 1 in self._years:
            return
        first = min([first - 1, *self._years[:1]])
        last = max([last + 1, *self._years[-1:]])
        spans = self.spans(date(first, 1, 1), date(last, 12, 31))
        self._years = range(first, last + 1)
        self._starts = [begin for begin, _end in spans]
        self._ends = [end for _begin, end in spans]
        self._before = [timedelta()]
        for begin, end in spans:
            self._before.append(self._before[-1] + (end - begin))

    def _spans(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """The windows of the days first … last in UTC, cut where the clocks change."""
        for start, stop, offset in _stretches(self.zone, first - DAY, last + 2 * DAY):
            # A window that began the evening before may reach in.
            day = max(first, (start + offset).date() - DAY)
            while day <= min(last, (stop + offset).date()):
                for window in self.hours_of(day):
                    begin, end = ((wall - offset).replace(tzinfo=UTC) for wall in window.on(day))
                    if begin < stop and end > start:
                        yield max(begin, start), min(end, stop)
                day += DAY


def _stretches(
    zone: tzinfo, first: date, last: date
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """From one change of clocks to the next: start, end, offset from UTC."""
    start = at = datetime.combine(first, time(), tzinfo=UTC)
    end = datetime.combine(last, time(), tzinfo=UTC)
    while at < end:
        if _offset(zone, at) != _offset(zone, at + DAY):
            change = _change(zone, at, at + DAY)
            yield start, change, _offset(zone, at)
            start = change
        at += DAY
    yield start, end, _offset(zone, end)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes, between two moments that differ."""
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _joined(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Sorted spans without overlaps and seams."""
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined

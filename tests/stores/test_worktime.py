"""Working time against a slow, obvious model: minute by minute, by the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsdesk.stores.worktime import NoWorkingTime, Window, WorkTime

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OFFICE = [Window(time(9), time(12)), Window(time(13, 30), time(18))]  # with a lunch break
NIGHT = [Window(time(22), time(2))]
ALWAYS = [Window(time(0), time(0))]


def weekdays(windows):
    return lambda day: windows if day.weekday() < 5 else []


def is_work(zone, hours_of, at):
    """By definition: what the wall clock shows lies in a window of today or of last night."""
    wall = at.astimezone(zone).replace(tzinfo=None)
    for day in (wall.date() - timedelta(days=1), wall.date()):
        for window in hours_of(day):
            begin, end = window.on(day)
            if begin <= wall < end:
                return True
    return False


def slowly_between(zone, hours_of, start, end):
    minutes = 0
    while start < end:
        minutes += is_work(zone, hours_of, start)
        start += MINUTE
    return minutes * MINUTE


zones = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "Asia/Shanghai",
            "Europe/Berlin",
            "America/New_York",
            "America/Sao_Paulo",  # changed its clocks at midnight
            "Australia/Lord_Howe",  # by half an hour
            "Pacific/Apia",  # left out a whole day
            "UTC",
        )
    ]
)


def minutes_from(first, number_of_days):
    start = datetime.combine(first, time(), tzinfo=UTC)
    return st.integers(0, number_of_days * 24 * 60).map(lambda minute: start + minute * MINUTE)


# Any time of a year, and the weeks in which these zones change their clocks.
moments = st.one_of(
    minutes_from(date(2026, 1, 1), 365),
    minutes_from(date(2026, 3, 6), 4),
    minutes_from(date(2026, 3, 27), 10),
    minutes_from(date(2026, 10, 2), 4),
    minutes_from(date(2026, 10, 23), 11),
    minutes_from(date(2018, 11, 2), 4),
    minutes_from(date(2011, 12, 28), 5),
)
wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
days = st.lists(st.builds(Window, wall_times, wall_times), max_size=3)
weeks = st.lists(days, min_size=7, max_size=7)


@settings(max_examples=120, deadline=None)
@given(zone=zones, week=weeks, start=moments, minutes=st.integers(0, 3 * 24 * 60))
def test_between_two_moments_lies_what_the_wall_clock_counts(zone, week, start, minutes):
    """Right across changes of clocks both ways, midnight windows, lunch breaks and overlaps."""
    hours_of = lambda day: week[day.weekday()]  # noqa: E731
    end = start + minutes * MINUTE

    work = WorkTime(zone, hours_of)

    assert work.business_time_between(start, end) == slowly_between(zone, hours_of, start, end)
    assert work.business_time_between(end, start) == -work.business_time_between(start, end)
    assert work.is_working_time(start) == is_work(zone, hours_of, start)


@settings(max_examples=120, deadline=None)
@given(zone=zones, week=weeks, start=moments, minutes=st.integers(0, 5_000))
def test_adding_working_time_finds_the_first_moment_at_which_it_has_passed(
    zone, week, start, minutes
):
    hours_of = lambda day: week[day.weekday()]  # noqa: E731
    work, span = WorkTime(zone, hours_of), minutes * MINUTE
    if not any(week):
        if span:
            with pytest.raises(NoWorkingTime):
                work.add_business_time(start, span)
        return

    end = work.add_business_time(start, span)

    assert work.business_time_between(start, end) == span
    if span:
        assert work.business_time_between(start, end - MINUTE) < span


@settings(max_examples=100, deadline=None)
@given(start=moments, first=st.integers(0, 3_000), second=st.integers(0, 3_000))
def test_in_two_steps_one_arrives_where_one_step_leads(start, first, second):
    work = WorkTime(ZoneInfo("Europe/Berlin"), weekdays(OFFICE))
    halfway = work.add_business_time(start, first * MINUTE)

    assert work.add_business_time(halfway, second * MINUTE) == work.add_business_time(
        start, (first + second) * MINUTE
    ) or not (first and second)


@pytest.mark.parametrize(
    ("zone", "windows", "day", "hours"),
    [
        ("Europe/Berlin", NIGHT, date(2026, 3, 28), 4),  # the gap is at two, when work is over
        ("Europe/Berlin", [Window(time(1), time(6))], date(2026, 3, 29), 4),
        ("Europe/Berlin", [Window(time(1), time(6))], date(2026, 10, 25), 6),
        ("America/New_York", [Window(time(2, 30), time(6))], date(2026, 3, 8), 3),
        ("America/New_York", [Window(time(1), time(1, 30))], date(2026, 11, 1), 1),
        ("Asia/Shanghai", ALWAYS, date(2026, 3, 29), 24),
        ("Europe/Berlin", ALWAYS, date(2026, 3, 29), 23),
        ("Europe/Berlin", ALWAYS, date(2026, 10, 25), 25),
    ],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_was(zone, windows, day, hours):
    zone = ZoneInfo(zone)
    work = WorkTime(zone, lambda each: windows if each == day else [])
    midnight = datetime.combine(day, time(), tzinfo=zone)

    worked = work.business_time_between(midnight, midnight + timedelta(days=2))

    assert worked == hours * HOUR


def test_working_days_leave_weekends_out_both_ways():
    """MKT-1: ten working days ahead; MKT-2: three after."""
    work = WorkTime(ZoneInfo("Asia/Shanghai"), weekdays(OFFICE))
    friday = date(2026, 3, 6)

    assert work.add_working_days(friday, 1) == date(2026, 3, 9)
    assert work.add_working_days(friday, 10) == date(2026, 3, 20)
    assert work.add_working_days(friday, -10) == date(2026, 2, 20)
    assert work.add_working_days(friday, 0) == friday
    assert work.end_of(friday) == datetime(2026, 3, 6, 18, tzinfo=work.zone)


def test_hours_that_are_never_open_are_said_to_be_so():
    work = WorkTime(ZoneInfo("Asia/Shanghai"), lambda day: [])

    with pytest.raises(NoWorkingTime):
        work.add_working_days(date(2026, 3, 6), 1)
    with pytest.raises(NoWorkingTime):
        work.end_of(date(2026, 3, 6))
    with pytest.raises(ValueError, match="backwards"):
        work.add_business_time(datetime(2026, 3, 6, tzinfo=UTC), -MINUTE)

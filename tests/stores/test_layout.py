"""Working time in the database agrees with working time as it is worked out."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Event

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.stores import layout
from opsdesk.stores.calendars import work_time
from opsdesk.stores.layout import lay_out
from opsdesk.stores.models import WorkDay, WorkLayout
from tests import factories
from tests.concurrency import run_together, until_done_or_waiting_for_us

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Stores in zones that change their clocks, in one that doesn't, and one that works at night.
STORES = [
    ("Asia/Shanghai", "CN", [(time(9), time(12)), (time(13, 30), time(18))], range(5)),
    ("Europe/Berlin", "DE", [(time(8), time(17))], range(6)),
    ("America/New_York", "US", [(time(22), time(2, 30))], range(7)),
    ("America/Sao_Paulo", "", [(time(0), time(0))], range(7)),
]


@pytest.fixture
def laid_out(db):
    stores = [_opened(*store) for store in STORES]
    return [(store, work_time(store)) for store in stores]


def _opened(zone, country, windows, weekdays):
    calendar = factories.WorkCalendarFactory(store__timezone=zone, country=country)
    for weekday in weekdays:
        for start, end in windows:
            calendar.hours.create(weekday=weekday, start=start, end=end)
    lay_out(calendar.store, at=AT)
    return calendar.store


def ask(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", parameters)
        return cursor.fetchone()[0]


def done_between(store, start, end):
    return ask("work_done(%s, %s) - work_done(%s, %s)", store.pk, end, store.pk, start)


moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minute: datetime(2025, 1, 1, tzinfo=UTC) + minute * MINUTE
)
which = st.integers(0, len(STORES) - 1)
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(which=which, start=moments, minutes=st.integers(0, 30 * 24 * 60))
def test_the_working_time_between_two_moments_is_the_same(laid_out, which, start, minutes):
    store, work = laid_out[which]
    end = start + minutes * MINUTE

    expected = work.business_time_between(start, end)

    assert done_between(store, start, end) == expected.total_seconds()


@many
@given(which=which, start=moments, minutes=st.integers(1, 12_000))
def test_a_span_of_working_time_ends_at_the_same_moment(laid_out, which, start, minutes):
    store, work = laid_out[which]

    ends = ask("work_moment(%s, work_done(%s, %s) + %s)", store.pk, store.pk, start, minutes * 60)

    assert ends == work.add_business_time(start, minutes * MINUTE)


@many
@given(which=which, start=moments, days=st.integers(1, 40))
def test_a_number_of_working_days_ends_at_the_same_moment(laid_out, which, start, days):
    store, work = laid_out[which]

    ends = ask("work_days_later(%s, %s, %s)", store.pk, start, days)

    assert ends == work.end_of(work.add_working_days(start.astimezone(store.zone).date(), days))


def test_without_a_calendar_all_time_is_working_time():
    store = factories.StoreFactory(timezone="Asia/Shanghai")
    noon = datetime(2026, 2, 16, 4, tzinfo=UTC)

    assert done_between(store, AT, AT + timedelta(days=9)) == timedelta(days=9).total_seconds()
    assert ask("work_days_later(%s, %s, 2)", store.pk, noon) == datetime(
        2026, 2, 18, 16, tzinfo=UTC
    )


def test_beyond_what_is_laid_out_all_time_counts():
    store = _opened(*STORES[0])
    long_ago = datetime(1999, 1, 1, tzinfo=UTC)

    assert done_between(store, long_ago, long_ago + MINUTE) == 60
    assert done_between(store, AT.replace(year=2100), AT.replace(year=2100) + MINUTE) == 60


def test_laying_out_again_changes_nothing_until_the_calendar_does():
    store = _opened(*STORES[0])
    assert not lay_out(store, at=AT + timedelta(hours=1))

    store.work_calendar.exceptions.create(day=date(2026, 6, 3))

    assert lay_out(store, at=AT + timedelta(hours=2))
    assert not WorkDay.objects.filter(store=store, day=date(2026, 6, 3)).exists()
    assert done_between(store, AT + timedelta(days=2), AT + timedelta(days=3)) == 0


@pytest.mark.django_db(transaction=True)
def test_an_older_reading_does_not_overwrite_a_newer_one(monkeypatch):
    """One run reads the calendar and dawdles; meanwhile a day is closed and laid out by another."""
    store = _opened(*STORES[0])
    closed = date(2026, 6, 3)
    has_read, newer_is_done = Event(), Event()
    worked_out = layout._worked_out

    def and_dawdle(store, *, at):
        read = worked_out(store, at=at)
        if not has_read.is_set():
            has_read.set()
            until_done_or_waiting_for_us(newer_is_done.is_set)
        return read

    monkeypatch.setattr(layout, "_worked_out", and_dawdle)
    WorkLayout.objects.update(digest="")

    def older():
        lay_out(store, at=AT)

    def newer():
        has_read.wait(30)
        store.work_calendar.exceptions.create(day=closed)
        lay_out(store, at=AT)
        newer_is_done.set()

    assert run_together([older, newer]) == [None, None]

    assert not WorkDay.objects.filter(store=store, day=closed).exists()

"""Clocks that jump, and days that are not 24 hours long or not where UTC has them."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from analytics.queries import kpi
from analytics.services import roll_up_changed
from opsdesk import waiting
from opsdesk.schedule import jobs, services
from opsdesk.schedule.jobs import Job
from opsdesk.schedule.models import Slot
from tests.factories import MOMENT, OrderFactory, SlotFactory, StoreFactory

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# Zone, first and last day of a stretch around a day that is odd.
ODD_DAYS = [
    pytest.param("Europe/Berlin", date(2026, 3, 28), date(2026, 3, 30), id="Berlin, spring"),
    pytest.param("Europe/Berlin", date(2026, 10, 24), date(2026, 10, 26), id="Berlin, autumn"),
    pytest.param("America/New_York", date(2026, 3, 7), date(2026, 3, 9), id="New York, spring"),
    pytest.param("America/New_York", date(2026, 10, 31), date(2026, 11, 2), id="New York, autumn"),
    pytest.param("Asia/Shanghai", date(2028, 2, 28), date(2028, 3, 1), id="29 February"),
    pytest.param("Asia/Shanghai", date(2026, 4, 29), date(2026, 5, 1), id="end of a month"),
    pytest.param("Asia/Shanghai", date(2026, 12, 30), date(2027, 1, 1), id="end of a year"),
]


class Runs:
    """What ran: each slot's moment and business day, in order."""

    def __init__(self):
        self.moments, self.days = [], []

    def __call__(self, slot, at):
        self.moments.append(slot.slot_at)
        self.days.append(slot.business_date)
        return {}


@pytest.fixture
def runs():
    return Runs()


@pytest.fixture
def only(monkeypatch):
    """Only this job is registered."""

    def register(job):
        monkeypatch.setattr(jobs, "_jobs", {job.code: job})

    return register


def tick(at):
    services.make_due_slots(at=at)
    services.run_waiting_slots(at=at)


def days_between(first, last):
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["ahead and back", "back and ahead"])
@pytest.mark.parametrize("each_slot", [True, False])
def test_a_clock_that_jumps_runs_no_slot_twice_and_leaves_no_hole(only, runs, jump, each_slot):
    only(Job("test.often", "A test", runs, every=5 * MINUTE, each_slot=each_slot))
    right = [MOMENT + n * 5 * MINUTE for n in range(24)]

    for at in [*right[:3], *(each + jump for each in right[3:6]), *right[6:]]:
        tick(at)

    assert len(runs.moments) == len(set(runs.moments))
    slots = Slot.objects.order_by("slot_at")
    assert [slot.slot_at for slot in slots] == right
    assert {slot.state for slot in slots} <= {"done", "covered"}
    assert slots.last().state == "done"


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_that_jumps_over_the_hour_of_a_daily_job_runs_it_once_a_day(only, runs, jump):
    store = StoreFactory()
    only(Job("test.daily", "Daily", runs, daily_at=time(4)))
    four = datetime(2026, 3, 2, 4, tzinfo=store.zone)
    SlotFactory(job="test.daily", store=store, slot_at=four - timedelta(days=1), state="done")

    for minutes in range(-45, 46, 5):
        is_wrong = -15 <= minutes <= 15
        tick(four + timedelta(minutes=minutes) + (jump if is_wrong else timedelta()))

    assert runs.days == [date(2026, 3, 2)]


def test_while_a_clock_set_back_has_not_caught_up_the_site_says_that_nothing_runs():
    SlotFactory(slot_at=MOMENT + HOUR, state="done")

    assert not waiting.work(MOMENT).goes_on
    assert waiting.work(MOMENT + HOUR).goes_on


@pytest.mark.parametrize(("zone", "first", "last"), ODD_DAYS)
@pytest.mark.parametrize("at", [time(0), time(2, 30), time(23, 59)])
def test_a_daily_job_runs_once_each_odd_day_at_its_hour(only, runs, zone, first, last, at):
    store = StoreFactory(timezone=zone)
    only(Job("test.daily", "Daily", runs, daily_at=at, each_slot=True))
    start = datetime.combine(first, time(), tzinfo=store.zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=store.zone).astimezone(UTC)
    eve = datetime.combine(first - timedelta(days=1), at, tzinfo=store.zone)
    SlotFactory(job="test.daily", store=store, slot_at=eve, state="done")

    moment = start
    while moment < end:
        tick(moment)
        moment += 5 * HOUR
    tick(end - timedelta(seconds=1))

    assert runs.days == days_between(first, last)
    for moment, day in zip(runs.moments, runs.days, strict=True):
        local = moment.astimezone(store.zone)
        assert local.date() == day == store.business_date(moment)
        # The hour that a spring day leaves out is the next one.
        assert local.time() in (at, at.replace(hour=(at.hour + 1) % 24))


@pytest.mark.parametrize(("zone", "first", "last"), ODD_DAYS)
def test_the_days_add_up_to_the_whole(zone, first, last):
    """An order every hour: none is counted twice, none falls between two days."""
    store = StoreFactory(timezone=zone)
    moment = datetime.combine(first, time(), tzinfo=store.zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=store.zone).astimezone(UTC)
    expected = Counter()
    while moment < end:
        OrderFactory(store=store, placed_at=moment)
        expected[moment.astimezone(store.zone).date().isoformat()] += 1
        moment += HOUR

    roll_up_changed()

    figures = kpi(store, first, last)
    assert {day["date"]: day["orders"] for day in figures["days"]} == expected
    assert figures["total"]["orders"] == sum(expected.values())

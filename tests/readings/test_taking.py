"""What channels say of a store: once per channel, figure and day, the newest word counting."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from opsdesk.audit.models import AuditEntry
from opsdesk.errors import NotAllowed
from opsdesk.readings import figures
from opsdesk.readings.models import Reading
from opsdesk.readings.services.taking import Became, Told, UnfitReading, take_readings
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def uv(store):
    """1200 visitors came today, says the store's channel."""
    return Told(store.channels.get().pk, "uv", TODAY, Decimal(1200))


def take(store, *told, at=MOMENT, actor=None, source="test"):
    taken = take_readings(store=store, told=told, source=source, actor=actor, at=at)
    return [each.became for each in taken]


def test_what_is_told_is_there_and_answered_in_order(store, uv):
    dsr = Told(uv.channel_id, "dsr_service", TODAY, Decimal("4.86"), Decimal("4.79"))

    taken = take_readings(store=store, told=[uv, dsr], source="test", actor=None, at=MOMENT)

    assert [each.became for each in taken] == [Became.CREATED, Became.CREATED]
    first, second = (Reading.objects.get(pk=each.reading_id) for each in taken)
    assert (first.figure, first.value, first.industry) == ("uv", 1200, None)
    assert (second.figure, second.value, second.industry) == (
        "dsr_service",
        Decimal("4.86"),
        Decimal("4.79"),
    )


def test_a_repeat_changes_nothing_but_when_it_was_said(store, uv):
    take(store, uv, source="file")

    assert take(store, uv, at=MOMENT + DAY, source="program") == [Became.SAME]

    reading = Reading.objects.get()
    assert (reading.source, reading.taken_at) == ("file", MOMENT + DAY)
    assert not AuditEntry.objects.filter(model="readings.reading").exists()


def test_a_later_word_replaces_an_earlier_one_and_the_trail_keeps_it(store, uv):
    take(store, uv)

    assert take(store, replace(uv, value=Decimal(1234)), at=MOMENT + DAY) == [Became.CHANGED]

    assert Reading.objects.get().value == 1234
    entry = AuditEntry.objects.get(model="readings.reading")
    assert Decimal(str(entry.before["value"])) == 1200


def test_an_earlier_word_that_comes_late_is_outdated(store, uv):
    take(store, uv)

    told = take(store, replace(uv, value=Decimal(900)), at=MOMENT - timedelta(minutes=1))

    assert (told, Reading.objects.get().value) == ([Became.OUTDATED], 1200)


@pytest.mark.parametrize(
    "wrong",
    [
        {"figure": "ur"},
        {"day": TODAY + DAY},
        {"day": date(1969, 12, 31)},
        {"value": Decimal("1.5")},
        {"value": Decimal(-1)},
        {"industry": Decimal(1)},
        {"figure": "dsr_service", "value": Decimal("5.01")},
        {"figure": "conversion", "value": Decimal("100.01")},
        {"figure": "conversion", "value": Decimal(1), "industry": Decimal(101)},
    ],
)
def test_what_can_not_be_so_is_refused_and_nothing_is_taken(wrong, store, uv):
    with pytest.raises(UnfitReading) as refusal:
        take(store, uv, replace(uv, **wrong))

    assert refusal.value.facts["channel"] == str(uv.channel_id)
    assert not Reading.objects.exists()


def test_one_figure_of_one_day_is_told_once_at_a_time(store, uv):
    with pytest.raises(UnfitReading, match="twice"):
        take(store, uv, uv)


def test_a_channel_of_another_store_is_none_of_this_store(store, uv):
    other = factories.StoreFactory()

    with pytest.raises(UnfitReading, match="no such channel"):
        take(other, uv)
    with pytest.raises(IntegrityError, match="another store"):
        factories.ReadingFactory(store=other, channel=store.channels.get())


def test_who_may_not_bring_figures_in_is_refused(store, uv):
    with pytest.raises(NotAllowed):
        take(store, uv, actor=factories.UserFactory(role=Role.WAREHOUSE, store=store))


def test_many_are_taken_in_as_few_statements_as_one(store, uv):
    def statements(count):
        told = [replace(uv, day=TODAY - number * DAY) for number in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            take(store, *told)
        return len(asked)

    assert statements(1) == statements(300)


@pytest.mark.django_db(transaction=True)
def test_two_who_tell_the_same_days_in_another_order_leave_each_day_once(store, uv):
    days = [replace(uv, day=TODAY - number * DAY) for number in range(50)]

    ended = run_together(
        [
            partial(take, store, *days),
            partial(take, store, *reversed(days), at=MOMENT + timedelta(seconds=1)),
        ]
    )

    assert all(isinstance(each, list) for each in ended), ended
    assert Reading.objects.count() == 50
    assert set(Reading.objects.values_list("taken_at", flat=True)) == {
        MOMENT + timedelta(seconds=1)
    }


def test_every_figure_goes_by_one_name_in_files():
    names = [name for each in figures.all_figures() for name in (each.code, *each.names)]

    assert len(names) == len(set(names)) == len(figures.by_name())

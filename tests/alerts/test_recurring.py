"""Alerts that come back, or stay, on too many days are marked and climb once."""

from datetime import timedelta

import pytest

from opsdesk.alerts import services
from opsdesk.alerts.models import Alert
from opsdesk.alerts.recurring import mark_recurring
from opsdesk.stores.roles import Role
from tests.factories import MOMENT, SettingOverrideFactory, StoreFactory, UserFactory

CHECK = "orders.confirm"


def day(number):
    return MOMENT + timedelta(days=number)


def see(store, at):
    finding = services.Finding("A", "A", Role.WAREHOUSE, severity="info")
    services.raise_findings(store_id=store.pk, check_code=CHECK, findings=[finding], at=at)
    return Alert.objects.get()


def come_and_go(store, *days):
    for number in days:
        see(store, day(number))
        services.close_absent(store_id=store.pk, check_code=CHECK, seen=[], at=day(number))


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture(autouse=True)
def lead(store):
    return UserFactory(role=Role.OPERATIONS_LEAD, store=store)


def test_what_came_back_on_three_days_is_marked_and_climbs_once(store):
    come_and_go(store, 0, 2)
    see(store, day(5))

    assert mark_recurring(store=store, at=day(5)) == 1
    assert mark_recurring(store=store, at=day(6)) == 0

    alert = Alert.objects.get()
    assert (alert.days_seen, alert.is_recurring, alert.level) == (3, True, 1)
    kinds = list(alert.events.values_list("kind", flat=True))
    assert kinds[-2:] == ["recurring", "escalated"]
    assert alert.events.get(kind="recurring").data == {"days": 3}


def test_often_on_one_day_is_one_day(store):
    for hour in range(4):
        see(store, MOMENT + timedelta(hours=hour))
        services.close_absent(
            store_id=store.pk, check_code=CHECK, seen=[], at=MOMENT + timedelta(hours=hour)
        )
    see(store, MOMENT + timedelta(hours=5))

    assert mark_recurring(store=store, at=MOMENT + timedelta(hours=6)) == 0


def test_what_stays_open_over_three_days_is_marked(store):
    see(store, day(0))

    assert mark_recurring(store=store, at=day(1)) == 0
    assert mark_recurring(store=store, at=day(2)) == 1
    assert Alert.objects.get().days_seen == 3


def test_what_is_closed_is_not_marked_until_it_comes_back(store):
    come_and_go(store, 0, 1, 2)
    assert mark_recurring(store=store, at=day(2)) == 0

    see(store, day(3))

    assert mark_recurring(store=store, at=day(3)) == 1


def test_days_long_past_are_forgotten(store):
    come_and_go(store, 0, 1)
    mark_recurring(store=store, at=day(40))

    see(store, day(41))

    assert mark_recurring(store=store, at=day(41)) == 0
    assert Alert.objects.get().days_seen == 1


def test_one_that_sleeps_is_marked_and_left_asleep(store):
    packer = UserFactory(role=Role.WAREHOUSE, store=store)
    alert = see(store, day(0))
    services.snooze(alert_ids=[alert.pk], until=day(9), actor=packer, at=day(0))

    assert mark_recurring(store=store, at=day(3)) == 1

    alert.refresh_from_db()
    assert (alert.is_recurring, alert.level) == (True, 0)


def test_on_how_many_days_is_a_number_of_the_store(store):
    SettingOverrideFactory(key="alerts.recurring_days", value=5, store=store)
    see(store, day(0))

    assert mark_recurring(store=store, at=day(3)) == 0
    assert mark_recurring(store=store, at=day(4)) == 1

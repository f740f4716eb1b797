"""The inspection asks whether yesterday's orders and money were as usual (INS-8)."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import usual
from analytics.models import DailySales, RollupMark
from opsdesk.alerts.models import Alert
from opsdesk.inspection.models import CheckResult
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
YESTERDAY = MOMENT.date() - DAY


@pytest.fixture
def store():
    store = factories.StoreFactory()
    factories.RollupMarkFactory(store=store, rolled_up_to=MOMENT)
    return store


@pytest.fixture
def sell(store):
    """So many paid orders of 100 on a day, rolled up."""

    def sell(orders, day=YESTERDAY, *, each=100, channel=None):
        row, _made = DailySales.objects.update_or_create(
            store=store,
            channel=channel or store.channels.order_by("pk")[0],
            basis="created",
            date=day,
            defaults={"orders": orders, "paid_orders": orders, "gmv": Decimal(each * orders)},
        )
        return row

    return sell


@pytest.fixture
def look(store):
    def look(at=MOMENT):
        run = ask_for_inspection(
            store=store, codes=["INS-8.sales"], actor=None, at=at, waits_for_worker=False
        )
        assert walk(run.pk, at=at) == "done"
        return CheckResult.objects.get(run=run)

    return look


def weeks(sell, *counts, **more):
    for week, count in enumerate(counts, start=1):
        sell(count, YESTERDAY - 7 * week * DAY, **more)


def found():
    return {alert.evidence["figure"]: alert for alert in Alert.objects.exclude(state="resolved")}


def test_a_day_with_far_fewer_orders_is_found_and_closes_when_it_was_not_so(look, sell):
    """INS-8"""
    weeks(sell, 50, 52, 48, 50, 51)
    row = sell(5)

    assert look().outcome == "findings"
    alerts = found()
    assert alerts.keys() == {"orders", "gmv"}
    assert alerts["orders"].owner_role == Role.OPERATIONS_LEAD
    assert (alerts["orders"].subject_id, alerts["orders"].evidence["weeks"]) == (row.pk, 5)

    sell(50)
    again = look(MOMENT + timedelta(minutes=5))
    assert (again.outcome, again.cleared) == ("passed", 2)


def test_a_day_without_any_order_counts_as_none_and_not_as_unknown(look, sell):
    """INS-8: the worst day has no row at all."""
    weeks(sell, 50, 52, 48, 50)

    assert look().outcome == "findings"
    assert found()["orders"].evidence["value"] == "0"


def test_the_average_order_is_held_against_averages(look, sell):
    """INS-8"""
    weeks(sell, 50, 52, 48, 50)
    sell(50, each=12)
    look()

    assert found().keys() == {"gmv", "aov"}


def test_refunds_are_counted_on_the_day_they_went_back(look, sell, store):
    """INS-8: not on their order's day, whose refunds are still to come."""
    weeks(sell, 50, 52, 48, 50)
    sell(50)
    noon = datetime.combine(YESTERDAY, time(4), tzinfo=UTC)
    for week, amount in enumerate((100, 110, 90, 100, 5000)):
        day = noon - 7 * (week + 1) * DAY if amount < 5000 else noon
        order = factories.OrderFactory(store=store, channel=store.channels.get())
        factories.RefundFactory(order=order, store=store, amount=amount, refunded_at=day)

    look()

    assert found().keys() == {"refunds"}
    assert (found()["refunds"].owner_role, found()["refunds"].severity) == (
        Role.SERVICE_LEAD,
        "warning",
    )


def test_today_is_not_over_and_never_compared(look, sell):
    """INS-8"""
    weeks(sell, 50, 52, 48, 50)
    sell(50)
    sell(2, MOMENT.date())

    assert look().outcome == "passed"


def test_a_young_channel_is_unchecked(look, sell):
    """INS-8: three weeks tell nothing yet."""
    weeks(sell, 50, 52, 48)
    sell(1)

    assert look().outcome == "unchecked"


def test_a_day_that_is_not_rolled_up_is_unchecked(look, sell, store):
    """INS-8: orders that were not counted are not missing orders."""
    weeks(sell, 50, 52, 48, 50)
    RollupMark.objects.filter(store=store).update(rolled_up_to=MOMENT - DAY)

    result = look()

    assert result.outcome == "unchecked"
    assert YESTERDAY.isoformat() in result.reason


def test_another_store_s_days_and_closed_channels_don_t_count(look, sell, store):
    """INS-8"""
    weeks(sell, 50, 52, 48, 50)
    store.channels.update(is_active=False)
    for week in range(6):
        factories.DailySalesFactory(date=YESTERDAY - 7 * week * DAY, orders=50 * week)

    assert look().outcome == "unchecked"


def test_many_channels_take_as_many_statements_as_one(look, sell, store):
    """INS-8"""

    def statements():
        with CaptureQueriesContext(connection) as asked:
            usual.look(store, MOMENT)
        return len(asked)

    weeks(sell, 50, 52, 48, 50)
    sell(5)
    statements()
    one = statements()
    for number in range(4):
        channel = factories.ChannelFactory(store=store, code=f"more-{number}")
        weeks(sell, 50, 52, 48, 50, channel=channel)
        sell(5, channel=channel)

    assert statements() == one

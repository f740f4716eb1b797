from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from analytics.models import DailySales
from analytics.queries import daily_series, kpi
from analytics.services import roll_up, roll_up_changed
from opsdesk.stores.models import Store
from orders.models import Order, TouchedDay
from orders.services.undo import remove_imported_orders
from tests.factories import (
    MOMENT,
    ImportSessionFactory,
    OrderFactory,
    OrderLineFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def figures(store, first=DAY, last=DAY, **options):
    return kpi(store, first, last, **options)


def test_gmv_counts_paid_orders_gross_and_net_is_less_refunds():
    """ANA-2"""
    store = StoreFactory()
    OrderFactory(store=store, paid_amount=Decimal("100.10"), refunded_amount=Decimal("0.10"))
    OrderFactory(store=store, paid_amount=Decimal("50.05"))
    OrderFactory(store=store, payment_state="unpaid")

    roll_up_changed()

    total = figures(store)["total"]
    assert (total["orders"], total["paid_orders"], total["refund_orders"]) == (3, 2, 1)
    assert (total["gmv"], total["refunds"], total["net"]) == ("150.15", "0.10", "150.05")
    assert total["aov"] == "75.08"


def test_an_order_belongs_to_the_stores_own_day():
    store = StoreFactory(timezone="Asia/Shanghai")
    last_minute = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    OrderFactory(store=store, placed_at=last_minute)
    OrderFactory(store=store, placed_at=last_minute + timedelta(seconds=1))

    roll_up_changed()

    days = figures(store, DAY, DAY + timedelta(days=1))["days"]
    assert [(day["date"], day["orders"]) for day in days] == [("2026-03-02", 1), ("2026-03-03", 1)]


def test_days_may_be_counted_by_payment():
    store = StoreFactory()
    OrderFactory(store=store, paid_at=MOMENT + timedelta(days=1))

    roll_up_changed()

    assert figures(store, basis="paid")["total"]["gmv"] == "0.00"
    next_day = DAY + timedelta(days=1)
    assert figures(store, next_day, next_day, basis="paid")["total"]["gmv"] == "100.00"


def test_a_changed_order_changes_its_day_at_the_next_run():
    store = StoreFactory()
    order = OrderFactory(store=store)
    roll_up_changed()

    Order.objects.filter(pk=order.pk).update(
        refunded_amount=Decimal(40), updated_at=datetime.now(tz=UTC)
    )
    roll_up_changed()

    assert figures(store)["total"]["net"] == "60.00"


def test_a_day_that_lost_its_orders_loses_its_row():
    store = StoreFactory()
    order = OrderFactory(store=store)
    roll_up(store=store, first=DAY, last=DAY)
    order.delete()

    roll_up(store=store, first=DAY, last=DAY)

    assert not DailySales.objects.exists()


def test_an_import_that_is_undone_leaves_no_figures():
    """ANA-2"""
    store = StoreFactory()
    session = ImportSessionFactory(store=store)
    orders = [
        OrderFactory(store=store, import_session=session, paid_at=MOMENT + timedelta(days=1)),
        OrderFactory(store=store),
    ]
    roll_up_changed()

    remove_imported_orders(
        session_id=session.pk, order_ids=[order.pk for order in orders], actor=None, at=MOMENT
    )
    roll_up_changed()

    assert figures(store)["total"]["gmv"] == "100.00"
    next_day = DAY + timedelta(days=1)
    assert figures(store, next_day, next_day, basis="paid")["total"]["orders"] == 0
    assert not TouchedDay.objects.exists()


def test_in_another_time_zone_every_day_is_counted_again():
    store = StoreFactory(timezone="Asia/Shanghai")
    OrderFactory(store=store, placed_at=datetime(2026, 3, 1, 17, tzinfo=UTC))
    roll_up_changed()
    assert figures(store)["total"]["orders"] == 1

    store.timezone = "UTC"
    store.save(update_fields=["timezone"])
    roll_up_changed()

    day_before = DAY - timedelta(days=1)
    assert figures(store)["total"]["orders"] == 0
    assert figures(store, day_before, day_before)["total"]["orders"] == 1


def test_rolling_up_twice_changes_nothing():
    store = StoreFactory()
    OrderLineFactory(order__store=store, quantity=3)

    roll_up(store=store, first=DAY, last=DAY)
    before = list(DailySales.objects.values())
    roll_up(store=store, first=DAY, last=DAY)

    after = [row | {"id": None} for row in DailySales.objects.values()]
    assert after == [row | {"id": None} for row in before]
    assert before[0]["units"] == 3


def test_a_day_without_orders_is_a_row_of_zeros():
    answer = figures(StoreFactory())

    assert answer["days"][0]["gmv"] == "0.00"
    assert answer["total"]["aov"] is None


def test_another_stores_orders_dont_count():
    OrderFactory()

    roll_up_changed()

    assert figures(StoreFactory())["total"]["orders"] == 0


def test_a_chart_ends_on_the_day_its_own_stores_have_reached():
    early = StoreFactory(timezone="America/New_York", currency="USD")
    StoreFactory(timezone="Asia/Shanghai", currency="CNY")

    series = daily_series(Store.objects.all(), days=14, at=MOMENT)

    assert series["CNY"][-1]["date"] == DAY
    assert series["USD"][-1]["date"] == early.business_date(MOMENT) == DAY - timedelta(days=1)
    assert len(series["USD"]) == 14

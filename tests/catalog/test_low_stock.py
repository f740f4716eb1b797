"""CAT-8: one alert per SKU and warehouse at or below the safety stock, until stock is back."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from catalog.models import StockCover
from catalog.services import low_stock
from catalog.services.low_stock import LOW, look_again, look_for_low_stock
from catalog.services.stock import Kind, Move, move_stock, receive_stock
from opsdesk.alerts.models import Alert
from opsdesk.stores.roles import Role
from tests.catalog.ledgers import Line, write
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    SkuFactory,
    SlotFactory,
    StockCoverFactory,
    StockLevelFactory,
    StoreFactory,
    WarehouseFactory,
)
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def low_place(store, *, available=8, safety_stock=8, **fields):
    sku = fields.pop("sku", None) or SkuFactory(store=store)
    level = StockLevelFactory(sku=sku, warehouse=WarehouseFactory(store=store), available=available)
    return StockCoverFactory(
        sku=sku, warehouse=level.warehouse, available=available, safety_stock=safety_stock, **fields
    )


def still_open():
    return Alert.objects.filter(check_code=LOW.code).exclude(state="resolved")


def arrive(cover, pieces, *, at=MOMENT):
    return receive_stock(
        sku_id=cover.sku_id, warehouse_id=cover.warehouse_id, quantity=pieces, actor=None, at=at
    )


def test_at_the_safety_stock_is_low_and_one_above_is_not(store):
    """CAT-8: at or below."""
    at_it = low_place(store, available=8)
    low_place(store, available=9)

    assert look_for_low_stock(store, at=MOMENT).places == 1

    alert = still_open().get()
    assert (alert.subject_label, alert.owner_role) == (at_it.sku.code, Role.CATALOG_OPERATOR)
    assert alert.clause == "CAT-8"


def test_the_alert_tells_the_arithmetic(store):
    cover = low_place(store, available=8)

    look_for_low_stock(store, at=MOMENT)

    assert still_open().get().evidence == {
        "warehouse": cover.warehouse.name,
        "available": 8,
        "safety_stock": 8,
        "average": "2.000",
        "days_counted": 28,
        "cover_days": "8.0",
    }


def test_each_warehouse_of_a_sku_has_its_own_alert_and_only_one(store):
    """CAT-8: never two open ones, however often it is looked."""
    first = low_place(store)
    low_place(store, sku=first.sku)

    for minutes in (0, 10, 20):
        look_for_low_stock(store, at=MOMENT + timedelta(minutes=minutes))

    assert still_open().count() == Alert.objects.count() == 2


def test_what_nobody_buys_is_not_low(store):
    low_place(store, available=0, safety_stock=0, average=0)

    assert look_for_low_stock(store, at=MOMENT).places == 0


def test_pieces_that_left_since_the_night_count(store):
    cover = low_place(store, available=9)
    place = (cover.sku_id, cover.warehouse_id)
    move_stock([Move(*place, Kind.RESERVE, 1)], actor=None, at=MOMENT)

    look_for_low_stock(store, at=MOMENT)

    cover.refresh_from_db()
    assert (cover.available, cover.cover_days) == (8, 4)
    assert still_open().count() == 1


def test_the_alert_closes_itself_when_stock_is_back(store):
    """CAT-8: promptly after an arrival, for the SKU that arrived, and once more than enough is."""
    back, other = low_place(store), low_place(store)
    look_for_low_stock(store, at=MOMENT)

    arrive(back, 1)
    arrive(other, 1)
    assert look_again(sku_ids=[back.sku_id], at=MOMENT + timedelta(minutes=1)) == 1

    assert [alert.subject_label for alert in still_open()] == [other.sku.code]
    closed = Alert.objects.get(state="resolved")
    assert (closed.resolution, closed.subject_label) == ("self", back.sku.code)
    assert look_again(sku_ids=[back.sku_id], at=MOMENT + timedelta(minutes=2)) == 0


def test_too_few_pieces_close_nothing(store):
    cover = low_place(store, available=3)
    look_for_low_stock(store, at=MOMENT)
    arrive(cover, 5)

    assert look_again(sku_ids=[cover.sku_id], at=MOMENT) == 0
    cover.refresh_from_db()
    assert cover.available == 8


def test_a_lost_hint_costs_ten_minutes(store):
    """The job closes what nobody was told of."""
    cover = low_place(store)
    look_for_low_stock(store, at=MOMENT)
    arrive(cover, 50)

    assert low_stock.look(SlotFactory.build(), MOMENT + timedelta(minutes=10)) == {"low": 0}
    assert not still_open().exists()


def test_the_worker_is_told_of_arrivals(store, monkeypatch, django_capture_on_commit_callbacks):
    told = []
    monkeypatch.setattr(
        "catalog.procedure.replenishment.hint", lambda task, *given: told.append((task, given))
    )
    cover = low_place(store)

    with django_capture_on_commit_callbacks(execute=True):
        arrive(cover, 1)

    assert [(task.name, given) for task, given in told] == [
        ("catalog.look_again_at_low_stock", ([cover.sku_id],))
    ]


def test_it_is_low_again_and_the_same_alert_is_open_again(store):
    cover = low_place(store)
    look_for_low_stock(store, at=MOMENT)
    arrive(cover, 1)
    look_for_low_stock(store, at=MOMENT + timedelta(hours=1))
    move = Move(cover.sku_id, cover.warehouse_id, Kind.RESERVE, 1)
    move_stock([move], actor=None, at=MOMENT)

    look_for_low_stock(store, at=MOMENT + timedelta(hours=2))

    assert (still_open().get().times_reopened, Alert.objects.count()) == (1, 1)


def test_the_nightly_run_measures_and_tells(store):
    place = {"sku": SkuFactory(store=store), "warehouse": WarehouseFactory(store=store)}
    sales = [Line(MOMENT - timedelta(days=number), Kind.RESERVE, 2) for number in range(1, 29)]
    write([Line(MOMENT - timedelta(days=60), Kind.RECEIVE, 60), *sales], **place)
    at = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)

    done = low_stock.measure(SlotFactory.build(store=store), at)

    assert done == {"measured": 1, "low": 1}
    assert still_open().get().evidence["safety_stock"] == 8
    assert_invariants_hold("catalog.")


def test_the_number_of_statements_does_not_grow(store, django_assert_num_queries):
    for number in (1, 9):
        for _place in range(number):
            low_place(store)
        with django_assert_num_queries(10):
            look_for_low_stock(store, at=MOMENT)
    assert still_open().count() == 10


@pytest.mark.django_db(transaction=True)
def test_no_alert_is_left_open_over_goods_that_come_in_meanwhile(monkeypatch):
    """Who looks again waits for who is looking, so that it closes what the other one raises."""
    monkeypatch.setattr(low_stock.alerts, "report", slowly(low_stock.alerts.report, 0.3))
    store = StoreFactory()
    cover = low_place(store)

    def arrive_and_look_again():
        arrive(cover, 50)
        look_again(sku_ids=[cover.sku_id], at=MOMENT)

    run_together([partial(look_for_low_stock, store, at=MOMENT), arrive_and_look_again])

    assert not still_open().exists()
    assert StockCover.objects.get().available == 58

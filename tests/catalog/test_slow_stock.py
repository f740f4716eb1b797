"""CAT-9, CAT-10: what sells too slowly, and what there is too much of."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import SlowStock
from catalog.services.replenishment import measure_cover
from catalog.services.slow_stock import (
    JOB,
    KINDS,
    MONTH,
    SELL_THROUGH,
    SLOW_DAYS,
    SLOW_PIECES,
    TURNOVER,
    look_for_slow_stock,
)
from catalog.services.stock import Move, move_stock
from opsdesk.alerts.models import Alert
from opsdesk.stores.roles import Role
from tests.catalog.ledgers import Kind, Line, write
from tests.factories import (
    MOMENT,
    SettingOverrideFactory,
    SkuFactory,
    SlotFactory,
    SlowStockFactory,
    StoreFactory,
    WarehouseFactory,
)

SLOW, LOW, OVER = SlowStock.Finding
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def day(number: int, hour: int = 12) -> datetime:
    """So many days before `MOMENT`, by the clock in Shanghai."""
    return MOMENT.replace(hour=0) + timedelta(days=-number, hours=hour - 8)


def sales(number: int, pieces: int) -> Line:
    return Line(day(number), Kind.RESERVE, pieces)


def arrival(number: int, pieces: int) -> Line:
    return Line(day(number), Kind.RECEIVE, pieces)


def stocked(store, *lines, **fields):
    """A SKU with this ledger in one warehouse."""
    sku = SkuFactory(store=store, **{"cost": Decimal(6), **fields})
    write(sorted(lines, key=lambda line: line.at), sku=sku, warehouse=WarehouseFactory(store=store))
    return sku


def look(store, *, at=MOMENT):
    measure_cover(store, at=at)
    return look_for_slow_stock(store, at=at)


def found(sku):
    return set(SlowStock.objects.open().filter(sku=sku).values_list("finding", flat=True))


@pytest.mark.parametrize(("most", "is_slow"), [(4, True), (5, False)])
def test_fewer_than_five_pieces_on_each_of_seven_days_is_slow(most, is_slow, store):
    """CAT-9: five pieces on one of them, and it isn't."""
    quiet = [sales(number, 4) for number in range(2, 8)]
    sku = stocked(store, arrival(60, 100), *quiet, sales(1, most))

    look(store)

    assert (SLOW in found(sku)) is is_slow


def test_only_the_last_seven_days_before_today_count(store):
    """CAT-9: what was sold the day before them, and today, is of other days."""
    sku = stocked(store, arrival(60, 100), sales(8, 9), sales(0, 9))

    look(store, at=MOMENT + timedelta(hours=4))

    assert SLOW in found(sku)


@pytest.mark.parametrize(("came", "is_slow"), [(8, True), (7, False)])
def test_a_new_article_is_not_slow(came, is_slow, store):
    """CAT-9: it has had seven whole days."""
    sku = stocked(store, arrival(came, 100))

    look(store)

    assert (SLOW in found(sku)) is is_slow


def test_what_ran_out_meanwhile_is_not_slow(store):
    """CAT-9: there was nothing to sell on one of the days."""
    sku = stocked(store, arrival(60, 4), sales(4, 4), arrival(2, 50))

    look(store)

    assert SLOW not in found(sku)


def test_what_is_sold_out_or_switched_off_is_not_looked_at(store):
    sold_out = stocked(store, arrival(60, 4), sales(1, 4))
    off = stocked(store, arrival(60, 100), is_active=False)

    look(store)

    assert found(sold_out) == found(off) == set()


def test_released_and_unreserved_pieces_are_demand_as_with_the_covers(store):
    """CAT-9: what is demand is written once; six reserved, two released are four."""
    four = stocked(store, arrival(60, 100), sales(1, 6), Line(day(1, 13), Kind.RELEASE, 2))
    five = stocked(store, arrival(60, 100), Line(day(1), "ship unreserved", 5))

    look(store)

    assert (SLOW in found(four), SLOW in found(five)) == (True, False)


def test_all_warehouses_of_a_store_are_one_stock(store):
    """CAT-9: three here and three there are six."""
    sku = stocked(store, arrival(60, 50), sales(1, 3))
    write([arrival(60, 50), sales(1, 3)], sku=sku, warehouse=WarehouseFactory(store=store))

    look(store)

    row = SlowStock.objects.filter(sku=sku).first()
    assert SLOW not in found(sku)
    assert (row.pieces, row.sold) == (94, 6)


@pytest.mark.parametrize(("pieces", "is_low"), [(91, True), (90, False)])
def test_sell_through_below_ten_percent_is_low(pieces, is_low, store):
    """CAT-9: sold ÷ (sold + pieces) over 30 days; ten of a hundred are exactly 10 %."""
    sku = stocked(store, arrival(60, 10 + pieces), sales(30, 4), sales(1, 6))

    look(store)

    assert (LOW in found(sku)) is is_low


def test_sell_through_counts_a_month_and_asks_for_one(store):
    """CAT-9: the 31st day is of another month; who came this month has not had one."""
    before = stocked(store, arrival(60, 200), sales(31, 100), sales(1, 1))
    new = stocked(store, arrival(30, 100))

    look(store)

    assert SlowStock.objects.get(sku=before, finding=LOW).sell_through == Decimal("1.00")
    assert LOW not in found(new)


@pytest.mark.parametrize(("left", "is_over"), [(120, False), (121, True)])
def test_more_than_sixty_turnover_days_are_overstock(left, is_over, store):
    """CAT-10: at two a day, 120 pieces are exactly 60 days."""
    sold = [sales(number, 2) for number in range(1, 29)]
    sku = stocked(store, arrival(60, 56 + left), *sold)

    look(store)

    assert (OVER in found(sku)) is is_over


def test_what_nobody_buys_lasts_for_ever(store):
    """CAT-10"""
    sku = stocked(store, arrival(60, 3))

    look(store)

    row = SlowStock.objects.get(sku=sku, finding=OVER)
    assert (row.turnover_days, row.value, row.since) == (9999, 18, store.business_date(MOMENT))


def test_an_average_of_few_days_says_nothing_of_overstock(store):
    """CAT-10: six days with stock are fewer than the least sample."""
    new = stocked(store, arrival(6, 100))
    known = stocked(store, arrival(7, 100))

    look(store)

    assert (OVER in found(new), OVER in found(known)) == (False, True)


def test_without_a_known_cost_it_is_found_and_its_money_counts_as_nothing(store):
    """CAT-10: of one SKU the cost cancels out."""
    sku = stocked(store, arrival(60, 100), cost=None)

    look(store)

    row = SlowStock.objects.get(sku=sku, finding=OVER)
    assert (row.cost, row.value) == (None, 0)
    assert Alert.objects.get(check_code=KINDS[OVER].code).evidence["without_cost"] == 1


def test_the_numbers_of_clearance_are_settings(store):
    """CAT-9, CAT-10: each store has its own."""
    numbers = [(SLOW_PIECES, 2), (SLOW_DAYS, 2), (MONTH, 3), (SELL_THROUGH, 50), (TURNOVER, 9000)]
    for setting, value in numbers:
        SettingOverrideFactory(key=setting.key, store=store, value=value)
    sku = stocked(store, arrival(60, 12), sales(3, 2), sales(2, 1), sales(1, 1))

    look(store)

    assert found(sku) == {SLOW, LOW}


def test_a_row_closes_itself_and_its_history_stays(store):
    """CAT-9: sold five yesterday, it is slow no more; slow again, it is a new row."""
    sku = stocked(store, arrival(60, 100))
    look(store)
    place = sku.stock_levels.get()
    move_stock([Move(sku.pk, place.warehouse_id, Kind.RESERVE, 5)], actor=None, at=MOMENT + DAY)

    look(store, at=MOMENT + 2 * DAY)

    first = SlowStock.objects.get(sku=sku, finding=SLOW)
    assert first.closed_at == MOMENT + 2 * DAY
    look(store, at=MOMENT + 10 * DAY)
    again = SlowStock.objects.open().get(sku=sku, finding=SLOW)
    assert again.pk != first.pk


def test_one_alert_per_finding_tells_count_and_money_and_closes_itself(store):
    """CAT-9: no alert per SKU."""
    skus = [stocked(store, arrival(60, 100)) for _number in range(3)]
    look(store)

    alert = Alert.objects.get(check_code=KINDS[SLOW].code)
    assert Alert.objects.count() == 3
    assert alert.evidence == {"skus": 3, "pieces": 300, "without_cost": 0}
    assert (alert.money_at_risk, alert.owner_role) == (1800, Role.CATALOG_OPERATOR)
    for sku in skus:
        sku.is_active = False
        sku.save(update_fields=["is_active"])

    look(store, at=MOMENT + DAY)

    assert not Alert.objects.exclude(state="resolved").exists()


def test_a_second_look_writes_the_same_and_a_late_one_nothing(store):
    """CAT-9: safe to repeat."""
    stocked(store, arrival(60, 100), sales(3, 1))
    first = look(store)
    rows = list(SlowStock.objects.order_by("pk").values())

    assert look(store) == first
    assert list(SlowStock.objects.order_by("pk").values()) == rows
    look_for_slow_stock(store, at=MOMENT - DAY)
    assert list(SlowStock.objects.order_by("pk").values()) == rows


def test_a_late_look_does_not_reopen_what_is_over(store):
    sku = SkuFactory(store=store, cost=Decimal(6))
    SlowStockFactory(sku=sku, finding=SLOW, closed_at=MOMENT)
    write([arrival(60, 100)], sku=sku, warehouse=WarehouseFactory(store=store))

    look_for_slow_stock(store, at=MOMENT - DAY)

    assert SLOW not in found(sku)


def test_the_statements_are_as_many_for_one_sku_as_for_fifty(store):
    """CAT-9"""

    def asked():
        with CaptureQueriesContext(connection) as captured:
            look_for_slow_stock(store, at=MOMENT)
        return len(captured)

    stocked(store, arrival(60, 100))
    asked()
    few = asked()
    for _number in range(49):
        stocked(store, arrival(60, 100), sales(2, 1))

    assert asked() == few
    assert SlowStock.objects.of_finding(SLOW).count() == 50


def test_the_nightly_job_looks_at_its_own_store(store):
    stocked(store, arrival(60, 100))
    elsewhere = stocked(StoreFactory(), arrival(60, 100))

    figures = JOB.run(SlotFactory(job=JOB.code, store=store), MOMENT)

    assert (figures["slow"], found(elsewhere)) == (1, set())

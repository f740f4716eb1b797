"""CAT-8: average daily sales, safety stock and days of cover, held against slow arithmetic."""

import os
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import StockCover
from catalog.services.replenishment import (
    BUFFER,
    LEAST_DAYS,
    REPLENISHED_WITHIN,
    SPIKE,
    WINDOW,
    measure_cover,
)
from tests.catalog.ledgers import STATES, Kind, Line, measured, possible, write
from tests.factories import (
    MOMENT,
    SettingOverrideFactory,
    SkuFactory,
    StockCoverFactory,
    StoreFactory,
    WarehouseFactory,
)

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
ASKED = ["average", "days_counted", "safety_stock", "available", "cover_days"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def place(store):
    return {"sku": SkuFactory(store=store), "warehouse": WarehouseFactory(store=store)}


def day(number: int, hour: int = 12) -> datetime:
    """So many days before `MOMENT`, by the clock in Shanghai."""
    return MOMENT.replace(hour=0) + timedelta(days=-number, hours=hour - 8)


def sales(number: int, pieces: int) -> Line:
    return Line(day(number), Kind.RESERVE, pieces)


def covered(store, place, *, at=MOMENT):
    measure_cover(store, at=at)
    return StockCover.objects.filter(**place).values(*ASKED).get()


def test_safety_stock_is_average_daily_sales_times_days_and_buffer(store, place):
    """CAT-8: 3 days and 20 %; 2 a day make 7.2, so 8 pieces."""
    lines = [Line(day(60), Kind.RECEIVE, 100), *(sales(number, 2) for number in range(1, 29))]
    write(lines, **place)

    assert covered(store, place) == {
        "average": Decimal(2),
        "days_counted": 28,
        "safety_stock": 8,
        "available": 44,
        "cover_days": Decimal(22),
    }


def test_the_numbers_of_the_procedure_are_settings(store, place):
    """CAT-8: each store has its own window, spike, sample, days and buffer."""
    numbers = [(WINDOW, 10), (SPIKE, 1), (LEAST_DAYS, 1), (REPLENISHED_WITHIN, 5), (BUFFER, 50)]
    for setting, value in numbers:
        SettingOverrideFactory(key=setting.key, store=store, value=value)
    write([Line(day(60), Kind.RECEIVE, 99), sales(1, 8), sales(2, 2), sales(11, 50)], **place)

    found = covered(store, place)

    assert (found["average"], found["safety_stock"]) == (Decimal("0.7"), 6)


def test_an_empty_day_is_no_day_of_the_average(store, place):
    """Ten days with goods, four a day; then empty until today."""
    lines = [Line(day(20), Kind.RECEIVE, 40), *(sales(20 - number, 4) for number in range(10))]
    write(lines, **place)

    found = covered(store, place)

    assert (found["days_counted"], found["average"]) == (10, Decimal(4))


def test_one_wild_day_does_not_make_the_average(store, place):
    """A wholesale order of 500 counts as five usual days; cancelled, it takes back as much."""
    lines = [Line(day(60), Kind.RECEIVE, 900), *(sales(number, 2) for number in range(3, 15))]
    write([*lines, sales(2, 500)], **place)
    elsewhere = place | {"sku": SkuFactory(store=store)}
    write([*lines, sales(2, 500), Line(day(1), Kind.RELEASE, 500)], **elsewhere)

    assert covered(store, place)["average"] == Decimal("1.214")
    assert covered(store, elsewhere)["average"] == Decimal("0.857")


def test_what_is_sold_out_keeps_being_wanted(store, place):
    """The days with sales leave the window; a known average does not sink with them."""
    lines = [Line(day(20), Kind.RECEIVE, 40), *(sales(20 - number, 4) for number in range(10))]
    write(lines, **place)

    found = [covered(store, place, at=MOMENT + timedelta(days=after)) for after in range(0, 40, 3)]

    assert found[-1]["days_counted"] == 0
    assert {(row["average"], row["safety_stock"]) for row in found} == {(Decimal(4), 15)}


def test_a_store_counts_by_its_own_days(place):
    """An order at 23:30 in New York is of that day, though it is the next one in Shanghai."""
    store = StoreFactory(timezone="America/New_York")
    place = {"sku": SkuFactory(store=store), "warehouse": WarehouseFactory(store=store)}
    midnight = datetime.combine(store.business_date(MOMENT), datetime.min.time(), store.zone)
    late = Line(midnight - timedelta(minutes=30), Kind.RESERVE, 14)
    today = Line(midnight + timedelta(minutes=30), Kind.RESERVE, 28)
    write([Line(day(60), Kind.RECEIVE, 99), late, today], **place)

    assert covered(store, place)["average"] == Decimal("0.5")


LINES = st.lists(
    st.builds(
        Line,
        at=st.integers(-45 * 24, 48).map(lambda hours: MOMENT + timedelta(hours=hours, minutes=7)),
        what=st.sampled_from(sorted(STATES)),
        pieces=st.integers(1, 40),
    ),
    max_size=30,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ledgers=st.lists(LINES, min_size=1, max_size=4), window=st.integers(1, 40))
def test_the_statement_says_what_slow_arithmetic_says(store, ledgers, window):
    """CAT-8: any ledger, before the window, in it and after the moment; twice is once."""
    with transaction.atomic():
        SettingOverrideFactory(key=WINDOW.key, store=store, value=window)
        warehouse = WarehouseFactory(store=store)
        expected = {}
        for lines in map(possible, ledgers):
            sku = SkuFactory(store=store)
            write(lines, sku=sku, warehouse=warehouse)
            known = Decimal(3) if len(lines) % 2 else None
            if known is not None:
                StockCoverFactory(sku=sku, warehouse=warehouse, average=known)
            row = measured(lines, store=store, at=MOMENT, window=window, known=known)
            expected[sku.pk] = row

        assert measure_cover(store, at=MOMENT) == len(ledgers)
        assert measure_cover(store, at=MOMENT) == len(ledgers)

        found = {cover.pop("sku"): cover for cover in StockCover.objects.values("sku", *ASKED)}
        assert found == expected
        transaction.set_rollback(True)


def test_a_run_for_an_earlier_moment_that_comes_late_changes_nothing(store, place):
    write([Line(day(60), Kind.RECEIVE, 100), *(sales(n, 2) for n in range(1, 29))], **place)
    later = covered(store, place)

    assert measure_cover(store, at=MOMENT - timedelta(days=14)) == 0
    assert StockCover.objects.filter(**place).values(*ASKED).get() == later


def test_what_is_switched_off_needs_no_stock(store, place):
    write([Line(day(60), Kind.RECEIVE, 100)], **place)
    measure_cover(store, at=MOMENT)

    place["sku"].is_active = False
    place["sku"].save(update_fields=["is_active"])
    measure_cover(store, at=MOMENT)

    assert not StockCover.objects.exists()


def test_another_store_is_left_alone(store, place):
    cover = StockCoverFactory()
    write([Line(day(60), Kind.RECEIVE, 100)], **place)

    assert measure_cover(store, at=MOMENT + timedelta(days=1)) == 1

    cover.refresh_from_db()
    assert cover.computed_at == MOMENT


def test_the_number_of_statements_does_not_grow(store, django_assert_num_queries):
    """Savepoint, lock, memory, numbers, two statements; for one row as for twenty."""
    warehouse = WarehouseFactory(store=store)
    for number in (1, 19):
        for _sku in range(number):
            lines = [Line(day(60), Kind.RECEIVE, 100), sales(3, 2)]
            write(lines, sku=SkuFactory(store=store), warehouse=warehouse)
        with django_assert_num_queries(7):
            measure_cover(store, at=MOMENT)
    assert StockCover.objects.count() == 20


def test_a_place_has_one_row():
    cover = StockCoverFactory()

    with pytest.raises(IntegrityError, match="stock_cover_unique_sku_warehouse"):
        StockCoverFactory(sku=cover.sku, warehouse=cover.warehouse)

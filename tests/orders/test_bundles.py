"""An order of a bundle takes its parts, whole and in one warehouse, or waits (ORD-2, CAT-7)."""

import pytest
from django.db import DatabaseError, transaction

from catalog.models import BundlePart
from catalog.services.bundles import NoBundle, check_bundle
from catalog.services.stock import receive_stock
from orders.models import Order, Reservation
from orders.services import lifecycle, reservation
from tests import factories
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, place, states, stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def warehouse(store):
    """SET is two of TEA and one of CUP."""
    place_of_parts = stock(store, TEA=10, CUP=5)
    bundle = factories.SkuFactory(store=store, code="SET")
    for code, pieces in (("TEA", 2), ("CUP", 1)):
        factories.BundlePartFactory(bundle=bundle, part=store.skus.get(code=code), pieces=pieces)
    return place_of_parts


def held(state="open"):
    rows = Reservation.objects.filter(state=state).order_by("pk")
    return sorted(rows.values_list("line__sku_code", "sku__code", "quantity"))


def shelf(store, code):
    level = store.skus.get(code=code).stock_levels.get()
    return level.available, level.reserved, level.shipped


def test_a_bundle_reserves_its_parts_and_the_line_stays_the_bundles(store, warehouse):
    """ORD-2."""
    place(store, draft("T1", ("SET", 2)))

    assert states(store) == {"T1": "reserved"}
    assert held() == [("SET", "CUP", 2), ("SET", "TEA", 4)]
    assert (shelf(store, "TEA"), shelf(store, "CUP")) == ((6, 4, 0), (3, 2, 0))
    assert_invariants_hold()


def test_a_bundle_and_its_part_in_one_order_take_both(store, warehouse):
    """ORD-2: what both lines want together must be there."""
    place(store, draft("T1", ("SET", 4), ("TEA", 3)))
    assert states(store) == {"T1": "waiting"}

    place(store, draft("T2", ("SET", 4), ("TEA", 2)))

    assert states(store)["T2"] == "reserved"
    assert shelf(store, "TEA") == (0, 10, 0)
    assert_invariants_hold()


def test_of_many_orders_as_many_are_served_as_the_scarcest_part_allows(store, warehouse):
    """CAT-7: in one batch, beside orders of other things; nothing is oversold."""
    stock(store, warehouse, HAT=1)
    place(store, *(draft(f"T{n}", ("SET", 1)) for n in range(7)), draft("T8", ("HAT", 1)))

    reserved = [number for number, state in states(store).items() if state == "reserved"]
    assert sorted(reserved) == ["T0", "T1", "T2", "T3", "T4", "T8"]
    assert (shelf(store, "TEA"), shelf(store, "CUP")) == ((0, 10, 0), (0, 5, 0))
    assert_invariants_hold()


def test_parts_are_taken_from_one_warehouse(store, warehouse):
    """ORD-2: tea here and cups there make no order."""
    other = factories.WarehouseFactory(store=store, priority=99)
    stock(store, other, CUP=50)
    place(store, draft("T1", ("SET", 6)))
    assert states(store) == {"T1": "waiting"}

    stock(store, other, TEA=12)
    reservation.reserve_waiting_orders(at=MOMENT)

    assert states(store) == {"T1": "reserved"}
    assert set(Reservation.objects.values_list("warehouse", flat=True)) == {other.pk}
    assert_invariants_hold()


def test_a_waiting_bundle_is_served_when_a_part_arrives(store, warehouse):
    """ORD-2: told by the SKU that came in, which the order does not name."""
    place(store, draft("T1", ("SET", 6)))
    cup = store.skus.get(code="CUP")
    for sku, quantity in ((cup, 1), (store.skus.get(code="TEA"), 2)):
        receive_stock(
            sku_id=sku.pk, warehouse_id=warehouse.pk, quantity=quantity, actor=None, at=MOMENT
        )

    assert reservation.reserve_waiting_orders(at=MOMENT, sku_ids=[cup.pk]) == 1

    assert states(store) == {"T1": "reserved"}
    assert_invariants_hold()


def test_a_bundle_is_released_shipped_and_delivered_by_its_parts(store, warehouse):
    """FUL-2."""
    place(store, draft("T1", ("SET", 1)), draft("T2", ("SET", 2)))
    first, second = Order.objects.order_by("external_number").values_list("pk", flat=True)

    lifecycle.cancel_orders(order_ids=[first], reason="changed", actor=None, at=MOMENT)
    assert (shelf(store, "TEA"), shelf(store, "CUP")) == ((6, 4, 0), (3, 2, 0))

    lifecycle.review_orders(order_ids=[second], actor=None, at=MOMENT)
    lifecycle.ship_orders(order_ids=[second], actor=None, at=MOMENT)
    assert (shelf(store, "TEA"), shelf(store, "CUP")) == ((6, 0, 4), (3, 0, 2))

    lifecycle.deliver_orders(order_ids=[second], actor=None, at=MOMENT)
    assert held("shipped") == [("SET", "CUP", 2), ("SET", "TEA", 4)]
    assert store.skus.get(code="TEA").stock_levels.get().sold == 4
    assert_invariants_hold()


def test_parts_that_change_leave_what_was_reserved(store, warehouse):
    """ORD-2: orders that come after take the new parts."""
    place(store, draft("T1", ("SET", 1)))
    BundlePart.objects.filter(part__code="TEA").update(pieces=3)
    assert_invariants_hold()

    place(store, draft("T2", ("SET", 1)))

    assert held() == [
        ("SET", "CUP", 1),
        ("SET", "CUP", 1),
        ("SET", "TEA", 2),
        ("SET", "TEA", 3),
    ]
    assert_invariants_hold()


def test_a_sku_that_orders_wait_for_becomes_no_bundle(store):
    """ORD-2: they were promised pieces of its own."""
    wanted, part = (factories.SkuFactory(store=store, code=code) for code in ("WANTED", "PART"))
    place(store, draft("T1", ("WANTED", 1)))

    with pytest.raises(NoBundle, match="T1"):
        check_bundle(wanted)
    with pytest.raises(DatabaseError, match="Orders wait"), transaction.atomic():
        BundlePart.objects.create(bundle=wanted, part=part)

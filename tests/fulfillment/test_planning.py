"""Orders are put into waves, first ship-by first, and their pieces are found in bins (FUL-1)."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fulfillment.models import Pick, PickLine, Wave, WaveOrder
from fulfillment.services import planning
from fulfillment.services.planning import plan_waves, preview_waves
from opsdesk.errors import NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.lifecycle import cancel_orders
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.fulfillment.picking import LATER, Shelves
from tests.invariants import assert_invariants_hold


@pytest.fixture
def shop(db):
    return Shelves()


def orders_of(wave):
    return list(wave.wave_orders.order_by("slot").values_list("order_id", flat=True))


def walk_of(wave):
    lines = PickLine.objects.filter(pick__wave=wave).in_walking_order()
    return [(line.bin.code if line.bin else None, line.wanted) for line in lines]


def test_what_is_due_first_is_planned_first(shop):
    """FUL-1, FUL-2: ship in time."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 10)
    late, soon = shop.ordered((sku, 1), due=20), shop.ordered((sku, 1), due=3)
    without_clock = shop.ordered((sku, 1))

    [wave] = shop.plan()

    assert orders_of(wave) == [soon.pk, late.pk, without_clock.pk]
    assert wave.due_at == MOMENT + timedelta(hours=3)
    assert (wave.order_count, wave.piece_count) == (3, 3)
    assert Order.objects.filter(pk=late.pk, version__gt=1).exists()


@pytest.mark.parametrize(
    "state",
    [
        {"review_state": "held"},
        {"review_state": "waiting"},
        {"fulfilment_state": "waiting"},
        {"paid_at": None, "payment_state": "unpaid", "paid_amount": 0},
    ],
)
def test_what_may_not_leave_is_not_picked(shop, state):
    """FUL-1: an order that is held, unpaid or without stock is in no wave."""
    order = shop.ordered((shop.sku(), 1))
    Order.objects.filter(pk=order.pk).update(**state)

    assert shop.plan() == []


def test_an_order_is_planned_once(shop):
    """FUL-1: a second run plans nothing, and the database holds it."""
    order = shop.ordered((shop.sku(), 1))
    [wave] = shop.plan()

    assert shop.plan() == []
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.WaveOrderFactory(
            wave=factories.WaveFactory(warehouse=shop.warehouse), order=order
        )
    assert orders_of(wave) == [order.pk]


def test_another_warehouse_plans_its_own_pieces_only(shop):
    other = factories.WarehouseFactory(store=shop.store)
    order = shop.ordered((shop.sku(), 2))
    line = factories.OrderLineFactory(order=order, position=2, quantity=1, sku=shop.sku())
    factories.ReservationFactory(line=line, warehouse=other)

    shop.plan()
    plan_waves(warehouse_id=other.pk, actor=shop.packer, at=LATER)

    wanted = PickLine.objects.values_list("pick__wave__warehouse", "wanted")
    assert set(wanted) == {(shop.warehouse.pk, 2), (other.pk, 1)}


def test_an_order_that_is_being_packed_is_not_picked_again(shop):
    order = shop.ordered((shop.sku(), 1))
    parcel = factories.ParcelFactory(warehouse=shop.warehouse)
    factories.ParcelOrderFactory(parcel=parcel, order=order)

    assert shop.plan() == []


def test_orders_of_one_shipment_are_in_one_wave_whatever_its_size(shop):
    """FUL-1, ORD-5: a shipment of several goes whole or not at all."""
    factories.WaveRuleFactory(warehouse=shop.warehouse, most_orders=2)
    orders = [shop.ordered((shop.sku(), 1), due=hour) for hour in (1, 2, 3)]
    group = factories.ShipTogetherFactory(store=shop.store)
    for order in (orders[0], orders[2]):
        factories.ShipTogetherMemberFactory(group=group, order=order)

    first, second = shop.plan()

    assert orders_of(first) == [orders[0].pk, orders[2].pk]
    assert orders_of(second) == [orders[1].pk]


def test_a_shipment_that_is_not_ready_waits_whole(shop):
    orders = [shop.ordered((shop.sku(), 1)) for _ in range(2)]
    group = factories.ShipTogetherFactory(store=shop.store)
    for order in orders:
        factories.ShipTogetherMemberFactory(group=group, order=order)
    Order.objects.filter(pk=orders[1].pk).update(review_state="held")

    assert shop.plan() == []


def test_rules_say_which_orders_how_many_and_which_carrier(shop):
    """FUL-1: the first rule that fits takes the order; the rest waits."""
    carrier = factories.CarrierFactory(store=shop.store)
    single = factories.WaveRuleFactory(
        warehouse=shop.warehouse, priority=1, kind="single", most_orders=2, carrier=carrier
    )
    multi = factories.WaveRuleFactory(
        warehouse=shop.warehouse, priority=2, kind="multi", most_pieces=5
    )
    for pieces in (1, 1, 1, 3, 2, 4):
        shop.ordered((shop.sku(), pieces))

    waves = shop.plan()

    found = [(wave.rule, wave.carrier, wave.order_count, wave.piece_count) for wave in waves]
    assert found == [
        (single, carrier, 2, 2),
        (single, carrier, 1, 1),
        (multi, None, 2, 5),
        (multi, None, 1, 4),
    ]


def test_a_rule_of_a_channel_leaves_other_channels_orders(shop):
    channel = factories.ChannelFactory(store=shop.store)
    factories.WaveRuleFactory(warehouse=shop.warehouse, channel=channel)
    shop.ordered((shop.sku(), 1))
    mine = shop.ordered((shop.sku(), 1), channel=channel)

    [wave] = shop.plan()

    assert orders_of(wave) == [mine.pk]


def test_a_rule_of_a_zone_takes_what_lies_there_whole(shop):
    factories.WaveRuleFactory(warehouse=shop.warehouse, zone=shop.zone)
    here, there = shop.sku(), shop.sku()
    shop.lay(here, shop.bin(), 3)
    shop.lay(there, shop.bin(zone=shop.bulk), 3)
    mine = shop.ordered((here, 2))
    shop.ordered((here, 2))
    shop.ordered((here, 1), (there, 1))

    [wave] = shop.plan()

    assert orders_of(wave) == [mine.pk]


def test_pieces_come_from_as_few_bins_as_can_be_of_picking_zones_first(shop):
    """FUL-1: shortest walk."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(bay=1), 2)
    shop.lay(sku, shop.bin(bay=2), 5)
    shop.lay(sku, shop.bin(bay=3), 9)
    shop.lay(sku, shop.bin(zone=shop.bulk), 100)
    shop.ordered((sku, 4))

    [first] = shop.plan()
    shop.ordered((sku, 13))
    [second] = shop.plan()

    assert walk_of(first) == [("A-01-02-1", 4)]
    assert walk_of(second) == [
        ("A-01-01-1", 2),
        ("A-01-02-1", 1),
        ("A-01-03-1", 9),
        ("R-01-01-1", 1),
    ]


def test_what_lies_nowhere_is_asked_for_at_the_end_of_the_walk(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 1)
    shop.ordered((sku, 3))

    [wave] = shop.plan()

    assert walk_of(wave) == [("A-01-01-1", 1), (None, 2)]


def test_no_two_waves_count_on_the_same_pieces(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)
    shop.ordered((sku, 3))
    [first] = shop.plan()
    shop.ordered((sku, 3))
    [second] = shop.plan()

    assert walk_of(first) == [("A-01-01-1", 3)]
    assert walk_of(second) == [("A-01-01-1", 2), (None, 1)]


def test_goods_that_came_back_are_not_picked(shop):
    sku = shop.sku()
    returns = factories.ZoneFactory(warehouse=shop.warehouse, code="T", kind="returns")
    shop.lay(sku, shop.bin(zone=returns), 5)
    shop.ordered((sku, 1))

    [wave] = shop.plan()

    assert walk_of(wave) == [(None, 1)]


def test_the_walk_goes_up_one_aisle_and_down_the_next(shop):
    skus = [shop.sku() for _ in range(4)]
    for sku, (aisle, bay) in zip(skus, [(2, 1), (1, 4), (2, 7), (1, 2)], strict=True):
        shop.lay(sku, shop.bin(aisle, bay), 5)
    shop.ordered(*[(sku, 1) for sku in skus])

    [wave] = shop.plan()

    codes = [code for code, _pieces in walk_of(wave)]
    assert codes == ["A-01-02-1", "A-01-04-1", "A-02-07-1", "A-02-01-1"]


def test_a_bin_is_one_stop_for_all_orders_of_the_wave(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 9)
    for _ in range(3):
        shop.ordered((sku, 2))

    [wave] = shop.plan()

    lines = PickLine.objects.filter(pick__wave=wave).in_walking_order()
    assert {line.position for line in lines} == {1}
    assert [line.wave_order.slot for line in lines] == [1, 2, 3]


def test_a_rule_may_ask_for_a_pick_list_per_zone(shop):
    factories.WaveRuleFactory(warehouse=shop.warehouse, splits_by_zone=True)
    one, other = shop.sku(), shop.sku()
    shop.lay(one, shop.bin(), 1)
    shop.lay(other, shop.bin(zone=shop.bulk), 1)
    shop.ordered((one, 1), (other, 2))

    shop.plan()

    assert [pick.zone for pick in Pick.objects.order_by("pk")] == [shop.zone, shop.bulk, None]


def test_a_preview_says_what_would_be_planned_and_writes_nothing(shop):
    factories.WaveRuleFactory(warehouse=shop.warehouse, kind="single")
    shop.ordered((shop.sku(), 1))
    shop.ordered((shop.sku(), 2))

    drafts, without = preview_waves(warehouse_id=shop.warehouse.pk, at=LATER)

    assert [(len(one.orders), one.pieces) for one in drafts] == [(1, 1)]
    assert without == 1
    assert not Wave.objects.exists()


def test_only_who_plans_in_this_warehouse_plans(shop):
    with pytest.raises(NotAllowed):
        shop.plan(actor=shop.person(Role.CUSTOMER_SERVICE))
    with pytest.raises(NotAllowed):
        shop.plan(actor=Shelves().packer)


def test_a_wave_of_many_orders_takes_as_many_statements_as_one_of_few(shop):
    skus = [shop.sku() for _ in range(5)]
    for bay, sku in enumerate(skus, start=1):
        shop.lay(sku, shop.bin(bay=bay), 1_000)
    factories.WaveRuleFactory(warehouse=shop.warehouse, most_orders=500, most_pieces=5_000)

    def statements(orders):
        for number in range(orders):
            shop.ordered((skus[number % 5], 1), (skus[(number + 1) % 5], 2))
        with CaptureQueriesContext(connection) as queries:
            shop.plan()
        return len(queries)

    statements(1)  # The first one asks for what is then known.
    few, many = statements(3), statements(200)

    assert few == many
    assert WaveOrder.objects.count() == 204
    assert_invariants_hold()


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_at_once_plan_each_order_once(monkeypatch):
    """FUL-1: no piece is fetched twice, whoever presses the button."""
    shop = Shelves()
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 10)
    for _ in range(4):
        shop.ordered((sku, 2))
    monkeypatch.setattr(planning, "_write", slowly(planning._write))

    results = run_together([shop.plan] * 3)

    assert [isinstance(result, list) for result in results] == [True] * 3
    assert sorted(len(waves) for waves in results) == [0, 0, 1]
    assert PickLine.objects.filter(bin=None).count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_order_cancelled_while_waves_are_planned_is_in_none(monkeypatch):
    shop = Shelves()
    order = shop.ordered((shop.sku(), 1))
    monkeypatch.setattr(planning, "_write", slowly(planning._write))
    cancel = partial(cancel_orders, order_ids=[order.pk], reason="", actor=None, at=LATER)

    run_together([shop.plan, cancel])

    assert not WaveOrder.objects.current().exists()

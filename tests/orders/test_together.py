"""Orders of one recipient leave in one parcel, and nobody else's (ORD-5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from orders.actions import ACTIONS
from orders.models import Order, ShipTogetherMember
from orders.services import parcels
from orders.services.acting import TornParcel, act_on_order
from orders.services.lifecycle import cancel_orders, review_orders, ship_orders
from orders.services.together import NotOneRecipient, candidates_of, part_orders, ship_together
from tests import factories
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, place, states, stock

LATER = MOMENT + timedelta(hours=1)
HOME = {
    "recipient": "王小明",
    "phone": "13812345678",
    "region": "上海市",
    "address": "世纪大道 100 号",
}


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    stock(store, A=9)
    return store


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


def orders_of(store, *contacts):
    for number, contact in enumerate(contacts, start=1):
        place(store, draft(f"T{number}", **contact))
    return list(Order.objects.order_by("external_number"))


def merge(orders, person):
    versions = {order.pk: order.version for order in orders}
    return ship_together(versions=versions, actor=person, at=LATER)


def current():
    return ShipTogetherMember.objects.current().count()


def test_orders_of_one_recipient_are_one_parcel_with_their_own_money(store, reviewer):
    """ORD-5: same phone however it is written, same address however it is spaced."""
    alike = {**HOME, "phone": "+86 138 1234 5678", "address": "世纪大道100号"}
    orders = orders_of(store, HOME, alike)
    assert candidates_of(orders[0], actor=reviewer) == [orders[1]]

    merge(orders, reviewer)

    assert list(parcels.companions_of(orders[0])) == [orders[1]]
    assert candidates_of(orders[0], actor=reviewer) == []
    assert {order.total_amount for order in Order.objects.all()} == {Decimal(10)}
    assert_invariants_hold()


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (HOME, HOME | {"phone": "13900000000"}, "another phone or address"),
        (HOME, HOME | {"address": "世纪大道 101 号"}, "another phone or address"),
        (HOME | {"recipient": "王**"}, HOME | {"recipient": "王**"}, "no recipient"),
        (HOME | {"phone": "138****5678"}, HOME | {"phone": "138****5678"}, "no recipient"),
        (HOME | {"address": "世纪大道***"}, HOME | {"address": "世纪大道***"}, "no recipient"),
        (HOME, HOME | {"paid_at": None, "paid_amount": Decimal(0)}, "not paid"),
        (HOME, HOME | {"cancelled_at": MOMENT}, "cancelled"),
    ],
)
def test_what_is_not_surely_one_recipient_is_refused(store, reviewer, first, second, says):
    """ORD-5: never across masked identities: a masked name, phone or address is nobody's."""
    orders = orders_of(store, first, second)

    with pytest.raises(NotOneRecipient, match=says):
        merge(orders, reviewer)

    assert candidates_of(orders[0], actor=reviewer) == []
    assert current() == 0


def test_orders_of_two_stores_are_two_parcels(store, reviewer):
    other = factories.StoreFactory()
    stock(other, A=9)
    factories.MembershipFactory(user=reviewer, store=other, role=Role.ORDER_REVIEWER)
    orders_of(store, HOME)
    place(other, draft("X1", **HOME))

    with pytest.raises(NotOneRecipient, match="another store"):
        merge(Order.objects.all(), reviewer)


def test_shipping_one_ships_all_or_none(store, reviewer):
    """ORD-5: one parcel leaves whole."""
    orders = orders_of(store, HOME, HOME)
    merge(orders, reviewer)
    review_orders(order_ids=[orders[0].pk], actor=None, at=LATER)

    assert ship_orders(order_ids=[orders[0].pk], actor=None, at=LATER) == []
    packer = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    seen = Order.objects.get(pk=orders[0].pk)
    with pytest.raises(TornParcel, match="in one parcel with T2"):
        act_on_order(
            action=ACTIONS["ship"],
            order_id=seen.pk,
            version=seen.version,
            actor=packer,
            at=LATER,
        )
    review_orders(order_ids=[orders[1].pk], actor=None, at=LATER)
    assert len(ship_orders(order_ids=[orders[0].pk], actor=None, at=LATER)) == 2

    assert states(store) == {"T1": "shipped", "T2": "shipped"}
    assert_invariants_hold()


def test_an_order_is_in_one_parcel_and_can_be_parted_again(store, reviewer):
    orders = orders_of(store, HOME, HOME, HOME)
    merge(orders[:2], reviewer)
    with pytest.raises(Conflict, match="already"):
        merge(Order.objects.exclude(external_number="T1"), reviewer)

    assert part_orders(order_id=orders[0].pk, actor=reviewer, at=LATER) == 2

    assert current() == 0
    assert part_orders(order_id=orders[0].pk, actor=reviewer, at=LATER) == 0


def test_who_is_cancelled_or_moves_away_leaves_the_parcel(store, reviewer):
    orders = orders_of(store, HOME, HOME, HOME)
    merge(orders, reviewer)

    cancel_orders(order_ids=[orders[0].pk], reason="x", actor=None, at=LATER)
    assert current() == 2
    place(store, draft("T2", **HOME | {"address": "新街 1 号"}), at=LATER)

    assert current() == 0
    assert_invariants_hold()


def test_who_has_no_right_merges_nothing(store):
    orders = orders_of(store, HOME, HOME)

    with pytest.raises(NotAllowed):
        merge(orders, factories.UserFactory(role=Role.WAREHOUSE, store=store))

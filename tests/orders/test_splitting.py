"""An order is split: money to the cent, pieces, clocks, counts and the channel's word (ORD-5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from analytics.models import DailySales
from analytics.services import roll_up
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import DomainError
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.addressing import Recipient, change_address
from orders.services.lifecycle import review_orders, ship_orders
from orders.services.splitting import Part, split_order
from tests import factories
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place, stock

LATER = MOMENT + timedelta(hours=1)
MONEY = {
    "total_amount": Decimal("99.99"),
    "paid_amount": Decimal("99.99"),
    "freight_amount": Decimal("10.01"),
    "discount_amount": Decimal("0.05"),
    "refunded_amount": Decimal("0.02"),
}


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    stock(store, A=9, B=9)
    return store


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


@pytest.fixture
def order(store):
    place(store, copy())
    return Order.objects.get()


def copy(**fields):
    return draft("T1", ("A", 3), ("B", 1), **(MONEY | {"phone": "13812345678"} | fields))


def split(order, person, *parts):
    pieces = [Part(order.lines.get(sku_code=code).pk, quantity) for code, quantity in parts]
    return split_order(
        order_id=order.pk,
        version=order.version,
        parts=pieces,
        reason="B comes on Friday",
        actor=person,
        at=LATER,
    )


def test_the_sums_of_a_family_are_what_the_order_had(order, store, reviewer):
    """ORD-5: amounts are allocated exactly, also when a part is split again."""
    first = split(order, reviewer, ("A", 1), ("B", 1))
    order.refresh_from_db()
    second = split(order, reviewer, ("A", 1))

    family = list(Order.objects.order_by("pk"))
    assert [member.external_number for member in family] == ["T1", "T1-2", "T1-3"]
    assert {first.split_from, second.split_from} == {order}
    for name, amount in MONEY.items():
        assert sum(getattr(member, name) for member in family) == amount
    assert sum(line.amount for member in family for line in member.lines.all()) == 40
    assert_invariants_hold()


def test_reservations_clocks_and_review_go_with_the_pieces(order, store, reviewer):
    review_orders(order_ids=[order.pk], actor=None, at=MOMENT)
    order.refresh_from_db()

    child = split(order, reviewer, ("A", 2), ("B", 1))

    assert (child.fulfilment_state, child.review_state) == ("reserved", "passed")
    held = child.lines.order_by("position").values_list(
        "sku_code", "quantity", "reservations__quantity"
    )
    assert list(held) == [("A", 2, 2), ("B", 1, 1)]
    clocks = {row.rule: row.state for row in Deadline.objects.of(child)}
    assert clocks["orders.review"] == clocks["orders.confirm"] == "met"
    assert clocks["fulfillment.ship"] == "running"
    ship_orders(order_ids=[child.pk], actor=None, at=LATER)
    order.refresh_from_db()
    assert order.fulfilment_state == "reserved"
    assert child.contact == order.contact
    assert_invariants_hold()


def test_a_split_order_is_counted_once_with_all_its_money(order, store, reviewer):
    """ORD-5: figures stay what they were: orders, buyers, pieces, money."""
    day = store.business_date(MOMENT)

    def figures():
        roll_up(store=store, first=day, last=day)
        return list(
            DailySales.objects.order_by("basis").values_list(
                "basis", "orders", "paid_orders", "units", "gmv", "refunds", "refund_orders"
            )
        )

    before = figures()
    split(order, reviewer, ("A", 2), ("B", 1))

    assert before[0][1:] == (1, 1, 4, Decimal("99.99"), Decimal("0.02"), 1)
    assert figures() == before


def test_a_later_copy_is_about_the_whole_family(order, store, reviewer):
    """ORD-5: no contradiction; a refund is shared, never more than a part was paid."""
    split(order, reviewer, ("A", 3))

    answers = place(store, copy(refunded_amount=Decimal("60.00")), at=LATER)

    assert outcomes(answers) == ["changed"]
    family = list(Order.objects.order_by("pk"))
    assert sum(member.refunded_amount for member in family) == 60
    assert family[0].payment_state == "refunded"
    assert family[1].payment_state == "part_refunded"
    assert not Order.objects.filter(events__kind="conflicted").exists()
    assert outcomes(place(store, copy(refunded_amount=Decimal("60.00")), at=LATER)) == ["duplicate"]
    assert_invariants_hold()


def test_a_cancellation_is_for_every_part_that_is_still_here(order, store, reviewer):
    child = split(order, reviewer, ("A", 1))
    gone = split(Order.objects.get(pk=order.pk), reviewer, ("A", 1))
    review_orders(order_ids=[gone.pk], actor=None, at=LATER)
    ship_orders(order_ids=[gone.pk], actor=None, at=LATER)

    place(store, copy(cancelled_at=LATER), at=LATER)

    states = dict(Order.objects.values_list("external_number", "fulfilment_state"))
    assert states == {"T1": "cancelled", "T1-2": "cancelled", "T1-3": "shipped"}
    assert not Deadline.objects.open().of(child).exists()
    assert_invariants_hold()


def test_the_channel_s_word_that_it_left_ships_no_part(order, store, reviewer):
    """Which parcel that was is known here only; the word is on the timeline, once."""
    split(order, reviewer, ("A", 1))

    for _again in range(2):
        place(store, copy(shipped_at=LATER), at=LATER)

    assert set(Order.objects.values_list("fulfilment_state", flat=True)) == {"reserved"}
    told = order.events.filter(data__what="channel_ships_whole")
    assert told.count() == 1


def test_a_new_address_at_the_channel_reaches_the_parts_that_have_the_old_one(
    order, store, reviewer
):
    ours = split(order, reviewer, ("A", 1))
    theirs = split(Order.objects.get(pk=order.pk), reviewer, ("A", 1))
    change_address(
        order_id=ours.pk,
        version=ours.version,
        to=Recipient(phone="13700000000"),
        reason="To the neighbour",
        actor=reviewer,
        at=LATER,
    )

    place(store, copy(phone="13911112222"), at=LATER)

    phones = {o.external_number: o.contact.phone for o in Order.objects.all()}
    assert phones == {
        "T1": "13911112222",
        ours.external_number: "13700000000",
        theirs.external_number: "13911112222",
    }


def test_the_number_of_a_part_is_no_order_of_the_channel(order, store, reviewer):
    child = split(order, reviewer, ("A", 1))

    (answer,) = place(store, draft(child.external_number), at=LATER)

    assert answer.outcome == "conflict"


def test_what_can_t_be_split_is_refused(order, store, reviewer):
    with pytest.raises(DomainError, match="not all"):
        split(order, reviewer, ("A", 3), ("B", 1))
    with pytest.raises(DomainError, match="no more pieces"):
        split(order, reviewer, ("A", 4))
    place(store, draft("T2", ("A", 2), paid_at=None, paid_amount=Decimal(0)))
    with pytest.raises(DomainError, match="once it is paid"):
        split(Order.objects.get(external_number="T2"), reviewer, ("A", 1))

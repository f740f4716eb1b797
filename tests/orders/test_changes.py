from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from orders.models import Order, OrderEvent
from tests.factories import MOMENT, ChannelFactory, StoreFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place, states, stock

HOUR = timedelta(hours=1)
UNPAID = {"paid_at": None, "paid_amount": Decimal(0)}


@pytest.fixture
def store(db):
    store = StoreFactory()
    stock(store, A=5, B=5)
    return store


def test_payment_that_arrives_later_is_a_recorded_change(store):
    """ORD-1: same number with other content = recorded change."""
    place(store, draft(**UNPAID))

    answers = place(store, draft(paid_at=MOMENT + HOUR), at=MOMENT + HOUR)

    order = Order.objects.get()
    assert outcomes(answers) == ["changed"]
    assert (order.payment_state, order.version) == ("paid", 2)
    change = order.events.get(kind="changed")
    assert change.data["fields"]["paid_at"] == [None, str(MOMENT + HOUR)]
    assert set(Deadline.objects.open().values_list("rule", flat=True)) == {
        "orders.review",
        "fulfillment.ship",
    }


def test_an_older_copy_that_arrives_late_changes_nothing(store):
    place(store, draft())

    assert outcomes(place(store, draft(**UNPAID))) == ["duplicate"]
    assert Order.objects.get().payment_state == "paid"


def test_a_replaced_copy_that_arrives_again_reverts_nothing(store):
    """ORD-1: Monday's file, Tuesday's, and Monday's again."""
    monday = draft(address="Old street 1", **UNPAID)
    tuesday = draft(address="New street 2", total_amount=Decimal("9.00"), **UNPAID)
    place(store, monday)
    place(store, tuesday)

    assert outcomes(place(store, monday)) == ["duplicate"]

    order = Order.objects.get()
    assert (order.contact.address, order.total_amount) == ("New street 2", Decimal("9.00"))


def test_a_change_seen_twice_is_recorded_once(store):
    place(store, draft(**UNPAID))
    place(store, draft())

    assert outcomes(place(store, draft())) == ["duplicate"]
    assert OrderEvent.objects.filter(kind="changed").count() == 1


def test_the_channel_says_it_is_shipped_and_stock_and_clocks_follow(store):
    place(store, draft())

    place(store, draft(shipped_at=MOMENT + HOUR), at=MOMENT + HOUR)

    level = store.skus.get(code="A").stock_levels.get()
    assert (level.reserved, level.shipped) == (0, 1)
    assert Deadline.objects.get(rule="fulfillment.ship").state == "met"
    assert states(store) == {"T1": "shipped"}
    assert_invariants_hold()


def test_a_cancellation_frees_the_stock_and_ends_the_clocks(store):
    place(store, draft("T1", ("A", 9)))
    sweep(at=MOMENT + HOUR)

    place(store, draft("T1", ("A", 9), cancelled_at=MOMENT + HOUR), at=MOMENT + HOUR)

    assert states(store) == {"T1": "cancelled"}
    assert not Deadline.objects.open().exists()
    assert not Alert.objects.open().exists()
    assert_invariants_hold()


def test_a_refund_grows_and_never_shrinks(store):
    place(store, draft(refunded_amount=Decimal(4)))

    place(store, draft(refunded_amount=Decimal(10)))
    place(store, draft(refunded_amount=Decimal(4)))

    order = Order.objects.get()
    assert (order.refunded_amount, order.payment_state) == (Decimal("10.00"), "refunded")


@pytest.mark.parametrize(
    ("copy", "says"),
    [
        ({"placed_at": MOMENT + HOUR}, "Placed at"),
        ({"total_amount": Decimal(11)}, "already paid"),
        ({"lines": draft("T1", ("B", 1)).lines}, "articles"),
        ({"lines": draft("T1", ("A", 2)).lines}, "articles"),
    ],
)
def test_a_contradicting_copy_is_a_conflict_and_never_a_second_order(store, copy, says):
    """ORD-1: … or conflict, never a second order."""
    place(store, draft())

    (answer,) = place(store, draft(**copy))

    assert answer.outcome == "conflict"
    assert says in answer.reason
    order = Order.objects.get()
    assert (order.version, order.total_amount) == (1, Decimal("10.00"))
    assert order.events.filter(kind="conflicted").count() == 1


def test_a_number_of_another_channel_of_the_store_is_a_conflict(store):
    place(store, draft())

    (answer,) = place(store, draft(), channel=ChannelFactory(store=store, name="Second shop"))

    # The copy is equal, so it is the same order: nothing to contradict.
    assert answer.outcome == "duplicate"
    (answer,) = place(
        store,
        draft(refunded_amount=Decimal(1)),
        channel=ChannelFactory(store=store, name="Third shop"),
    )
    assert answer.outcome == "conflict"


def test_a_new_address_before_shipping_is_taken_without_putting_it_on_the_timeline(store):
    place(store, draft(phone="13800000001"))

    place(store, draft(phone="13900000002"))

    assert Order.objects.get().contact.phone == "13900000002"
    change = OrderEvent.objects.get(kind="changed")
    assert change.data["fields"] == {"phone": [None, None]}


def test_an_unpaid_order_may_change_its_total(store):
    place(store, draft(**UNPAID))

    place(store, draft(total_amount=Decimal("9.50"), **UNPAID))

    assert Order.objects.get().total_amount == Decimal("9.50")

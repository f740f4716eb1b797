from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.contenttypes.models import ContentType

from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from orders.models import Customer, Order, OrderEvent
from orders.services.intake import place_orders
from tests.concurrency import run_together
from tests.factories import MOMENT, SkuCodeFactory, StoreFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place, states, stock


@pytest.fixture
def store(db):
    return StoreFactory()


def clock_states(number="T1"):
    """How the order's clocks stood when ten minutes had just gone by."""
    at = MOMENT + timedelta(minutes=10)
    return {
        clock.rule: clock.standing(at) for clock in Deadline.objects.filter(subject_label=number)
    }


def timeline(number="T1"):
    return list(
        OrderEvent.objects.filter(order__external_number=number)
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def test_an_order_is_taken_in_with_lines_customer_and_timeline(store):
    stock(store, A=5, B=5)

    answers = place(store, draft("T1", ("A", 2), ("B", 1), recipient="李雷", phone="13800000000"))

    order = Order.objects.get()
    assert outcomes(answers) == ["created"]
    assert answers[0].order_id == order.pk
    assert (order.total_amount, order.paid_amount) == (Decimal("30.00"), Decimal("30.00"))
    assert order.customer == Customer.objects.get(external_id="buyer-1")
    assert list(order.lines.values_list("position", "sku_code", "quantity")) == [
        (1, "A", 2),
        (2, "B", 1),
    ]
    assert timeline() == ["placed", "paid", "reserved"]
    assert_invariants_hold()


def test_the_same_order_never_enters_twice(store):
    """ORD-1: the same external order never enters twice, whatever arrives twice."""
    stock(store, A=5)

    assert outcomes(place(store, draft())) == ["created"]
    assert outcomes(place(store, draft(), draft())) == ["duplicate", "duplicate"]

    assert Order.objects.count() == 1
    assert timeline() == ["placed", "paid", "reserved"]


def test_the_same_number_twice_in_one_call_is_one_order(store):
    """ORD-1"""
    answers = place(store, draft("T1"), draft("T2"), draft("T1"), draft("T1", ("A", 7)))

    assert outcomes(answers) == ["created", "created", "duplicate", "conflict"]


def test_two_stores_may_use_the_same_number(store):
    place(store, draft())

    assert outcomes(place(StoreFactory(), draft())) == ["created"]


@pytest.mark.django_db(transaction=True)
def test_the_same_orders_sent_by_eight_at_once_enter_once():
    """ORD-1: whatever arrives at once."""
    store = StoreFactory()
    stock(store, A=50)
    batch = [draft(f"T{number}") for number in range(10)]

    results = run_together([partial(place, store, *batch[i:], *batch[:i]) for i in range(8)])

    flat = [outcome for answers in results for outcome in outcomes(answers)]
    assert (flat.count("created"), flat.count("duplicate")) == (10, 70)
    assert Order.objects.count() == 10
    assert_invariants_hold()


def test_stock_is_confirmed_at_intake_and_the_clock_is_met(store):
    """ORD-2: stock is confirmed (reserved) quickly."""
    stock(store, A=5)

    place(store, draft(), at=MOMENT + timedelta(minutes=1))

    assert states(store) == {"T1": "reserved"}
    assert clock_states()["orders.confirm"] == "met"
    assert_invariants_hold()


def test_an_order_without_stock_waits_and_is_alerted_after_ten_minutes(store):
    """ORD-2: not confirmed in ten minutes → alert by itself, on the reviewer's desk."""
    stock(store, A=0)
    place(store, draft())

    sweep(at=MOMENT + timedelta(minutes=9, seconds=59))
    assert not Alert.objects.exists()
    sweep(at=MOMENT + timedelta(minutes=10))

    alert = Alert.objects.get()
    assert alert.subject == Order.objects.get()
    assert (alert.clause, alert.owner_role) == ("ORD-2", "order_reviewer")
    assert alert.money_at_risk == Decimal("10.00")
    assert_invariants_hold()


def test_an_order_is_reserved_whole_or_not_at_all(store):
    stock(store, A=5, B=0)

    place(store, draft("T1", ("A", 1), ("B", 1)))

    assert states(store) == {"T1": "waiting"}
    assert store.skus.get(code="A").stock_levels.get().available == 5


def test_two_lines_of_one_sku_are_counted_together(store):
    stock(store, A=3)

    place(store, draft("T1", ("A", 2), ("A", 2)))

    assert states(store) == {"T1": "waiting"}


def test_an_unknown_sku_code_is_kept_and_the_order_waits(store):
    stock(store, A=5)

    place(store, draft("T1", ("A", 1), ("NEW", 1)))

    line = Order.objects.get().lines.get(sku_code="NEW")
    assert line.sku is None
    assert states(store) == {"T1": "waiting"}


def test_scarce_stock_goes_to_the_oldest_order_of_a_batch(store):
    stock(store, A=1)
    older = draft("T2", placed_at=MOMENT - timedelta(minutes=1))

    place(store, draft("T1"), older)

    assert states(store) == {"T1": "waiting", "T2": "reserved"}
    assert_invariants_hold()


def test_an_order_one_warehouse_cant_serve_is_served_whole_by_the_next(store):
    near = stock(store, A=1, B=0)
    far = type(near).objects.create(store=store, code="far", name="Far", priority=2)
    stock(store, warehouse=far, A=4, B=4)

    place(store, draft("T1", ("A", 1), ("B", 1)), draft("T2", ("A", 1)))

    where = dict(
        Order.objects.values_list(
            "external_number", "lines__reservations__warehouse__code"
        ).distinct()
    )
    assert where == {"T1": "far", "T2": near.code}
    assert_invariants_hold()


def test_where_stock_is_reserved_on_payment_an_unpaid_order_waits_without_a_clock(store):
    channel = store.channels.get()
    channel.reserve_on = "paid"
    channel.save(update_fields=["reserve_on"])
    stock(store, A=5)

    place(store, draft("T1", paid_at=None, paid_amount=Decimal(0)))

    assert states(store) == {"T1": "waiting"}
    assert clock_states() == {}
    assert_invariants_hold()


def test_paid_orders_carry_the_clocks_of_review_and_shipping(store):
    """ORD-3, FUL-2"""
    stock(store, A=5)

    place(store, draft())

    clocks = {clock.rule: clock for clock in Deadline.objects.all()}
    assert clocks["orders.review"].due_at == MOMENT + timedelta(minutes=30)
    assert clocks["fulfillment.ship"].due_at == MOMENT + timedelta(hours=24)
    assert clocks["fulfillment.ship"].subject_type == ContentType.objects.get_for_model(Order)


def test_history_is_recorded_as_met_or_late_and_raises_no_alert(store):
    """Clocks that ended before the file's as-of time are recorded, not alarmed."""
    in_time = draft(
        "T1",
        confirmed_at=MOMENT + timedelta(minutes=5),
        shipped_at=MOMENT + timedelta(hours=3),
        delivered_at=MOMENT + timedelta(days=2),
    )
    late = draft(
        "T2",
        confirmed_at=MOMENT + timedelta(hours=5),
        shipped_at=MOMENT + timedelta(days=3),
    )

    place(store, in_time, late, at=MOMENT + timedelta(days=90))
    sweep(at=MOMENT + timedelta(days=90))

    assert states(store) == {"T1": "delivered", "T2": "shipped"}
    assert clock_states("T1") == {"orders.confirm": "met", "fulfillment.ship": "met"}
    assert clock_states("T2") == {"orders.confirm": "met_late", "fulfillment.ship": "met_late"}
    assert not Alert.objects.exists()
    assert timeline("T1") == ["placed", "paid", "reserved", "shipped", "delivered"]
    assert_invariants_hold()


def test_only_what_is_still_open_of_an_old_file_is_alarmed(store):
    place(store, draft("T1"), draft("T2", shipped_at=MOMENT), at=MOMENT + timedelta(days=9))

    sweep(at=MOMENT + timedelta(days=9))

    assert set(Alert.objects.values_list("subject_label", flat=True)) == {"T1"}


def test_an_amount_only_order_is_marked_and_owes_nothing(store):
    place(store, draft(lines=(), is_amount_only=True))

    order = Order.objects.get()
    assert order.is_amount_only
    assert (order.fulfilment_state, order.review_state) == ("not_tracked", "not_tracked")
    assert not Deadline.objects.exists()


def test_intake_of_new_orders_costs_the_same_statements_for_one_and_for_fifty(
    store, django_assert_num_queries
):
    stock(store, A=500)
    channel = store.channels.get()
    intake = partial(place_orders, store=store, channel=channel, at=MOMENT)
    intake([draft("warm-up")])

    # The numbers in force, whether anything is sold ahead, and the intake itself.
    with django_assert_num_queries(3):
        intake([draft("T1")])
    with django_assert_num_queries(3):
        intake([draft(f"B{number}") for number in range(50)])


def test_an_article_is_ordered_by_an_old_code_of_its_sku(store):
    """CAT-1: the channel's own code; the order keeps the code as it came."""
    stock(store, A=5)
    sku = store.skus.get()
    SkuCodeFactory(store=store, sku=sku, code="6901234567892")

    place(store, draft("T1", ("6901234567892", 2)))

    line = Order.objects.get().lines.get()
    assert (line.sku, line.sku_code) == (sku, "6901234567892")
    assert states(store) == {"T1": "reserved"}
    assert_invariants_hold()

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from catalog.services.stock import receive_stock
from opsdesk.alerts.models import Alert
from opsdesk.celery import app
from opsdesk.deadlines.models import Deadline
from opsdesk.deadlines.sweeping import sweep
from orders import checks
from orders.models import Order, Reservation
from orders.services.lifecycle import cancel_orders, deliver_orders, review_orders, ship_orders
from orders.services.reservation import link_new_skus, reserve_waiting_orders
from tests.concurrency import run_together
from tests.factories import MOMENT, SkuFactory, StoreFactory, UserFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, place, states, stock

LATER = MOMENT + timedelta(minutes=25)


@pytest.fixture
def store(db):
    return StoreFactory()


def receive(store, code, quantity):
    receive_stock(
        sku_id=store.skus.get(code=code).pk,
        warehouse_id=store.warehouses.first().pk,
        quantity=quantity,
        actor=None,
        at=LATER,
    )


def ids():
    return list(Order.objects.order_by("pk").values_list("pk", flat=True))


def test_arriving_stock_serves_the_oldest_first_and_its_alert_closes(store):
    """ORD-2: stock arrives → reserved by itself, oldest first → alert closes."""
    stock(store, A=0)
    place(store, draft("new"), draft("old", placed_at=MOMENT - timedelta(hours=1)))
    sweep(at=MOMENT + timedelta(minutes=20))
    assert Alert.objects.open().count() == 2

    receive(store, "A", 1)
    assert reserve_waiting_orders(at=LATER) == 1

    assert states(store) == {"new": "waiting", "old": "reserved"}
    assert [alert.subject_label for alert in Alert.objects.open()] == ["new"]
    met = Deadline.objects.get(subject_label="old", rule="orders.confirm")
    assert (met.standing(LATER), met.met_at) == ("met_late", LATER)
    assert_invariants_hold()


@pytest.mark.django_db(transaction=True)
def test_arriving_stock_sends_the_worker_a_hint():
    app.control.purge()
    store = StoreFactory()
    stock(store, A=0)

    receive(store, "A", 1)

    told = {}
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue(app.conf.task_default_queue)
        # Others are told, too: whoever watches over low stock, say.
        while "orders.reserve_waiting_orders" not in told:
            message = queue.get(timeout=5)
            message.ack()
            told[message.headers["task"]] = message.payload[0]
    assert told["orders.reserve_waiting_orders"] == [[store.skus.get(code="A").pk]]


def test_a_big_order_doesnt_block_smaller_younger_ones(store):
    stock(store, A=0)
    place(store, draft("big", ("A", 100)), draft("small"))

    receive(store, "A", 5)
    reserve_waiting_orders(at=LATER)

    assert states(store) == {"big": "waiting", "small": "reserved"}


def test_reserving_twice_reserves_once(store):
    stock(store, A=0)
    place(store, draft())
    receive(store, "A", 5)

    assert reserve_waiting_orders(at=LATER) == 1
    assert reserve_waiting_orders(at=LATER) == 0

    assert Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_serving_at_once_reserve_each_order_once():
    store = StoreFactory()
    stock(store, A=0)
    place(store, *[draft(f"T{number}") for number in range(20)])
    receive(store, "A", 12)

    run_together([partial(reserve_waiting_orders, at=LATER) for _ in range(4)])
    reserve_waiting_orders(at=LATER)

    assert Reservation.objects.count() == 12
    assert_invariants_hold()


def test_an_order_with_an_unknown_code_is_served_once_the_sku_exists(store):
    stock(store, A=5)
    place(store, draft("T1", ("NEW", 1)))
    checks.look(at=MOMENT)
    assert Alert.objects.get().check_code == "orders.unknown_sku"

    SkuFactory(store=store, code="NEW")
    receive(store, "NEW", 1)
    assert link_new_skus() == 1
    reserve_waiting_orders(at=LATER)
    checks.look(at=LATER)

    assert states(store) == {"T1": "reserved"}
    assert not Alert.objects.open().exists()


def test_what_waiting_orders_lack_is_one_alert_per_sku(store):
    """INS-3: every open order covered."""
    stock(store, A=1)
    place(store, draft("T1", ("A", 4)), draft("T2", ("A", 3)))

    checks.look(at=MOMENT)
    checks.look(at=MOMENT)

    alert = Alert.objects.get(check_code="orders.shortage")
    assert alert.evidence == {"wanted": 7, "available": 1, "orders": 2}
    assert (alert.owner_role, alert.subject) == ("catalog_operator", store.skus.get())


def test_shipping_and_delivering_move_the_pieces_to_sold(store):
    """CAT-7: sold is what left for good."""
    stock(store, A=5)
    place(store, draft("T1", ("A", 2)))
    review_orders(order_ids=ids(), actor=None, at=LATER)

    assert len(ship_orders(order_ids=ids(), actor=None, at=LATER)) == 1
    assert len(deliver_orders(order_ids=ids(), actor=None, at=LATER)) == 1
    assert deliver_orders(order_ids=ids(), actor=None, at=LATER) == []

    level = store.skus.get().stock_levels.get()
    assert (level.available, level.reserved, level.shipped, level.sold) == (3, 0, 0, 2)
    assert_invariants_hold()


def test_a_cancelled_orders_pieces_are_available_again(store):
    stock(store, A=5)
    place(store, draft("T1", ("A", 2)))

    assert len(cancel_orders(order_ids=ids(), reason="Buyer asked", actor=None, at=LATER)) == 1

    level = store.skus.get().stock_levels.get()
    assert (level.available, level.reserved) == (5, 0)
    assert Order.objects.get().events.get(kind="cancelled").data == {"reason": "Buyer asked"}
    assert not Deadline.objects.open().exists()
    assert_invariants_hold()


def test_a_shipped_order_cant_be_cancelled(store):
    stock(store, A=5)
    place(store, draft())
    review_orders(order_ids=ids(), actor=None, at=LATER)
    ship_orders(order_ids=ids(), actor=None, at=LATER)

    assert cancel_orders(order_ids=ids(), reason="Too late", actor=None, at=LATER) == []


def test_a_reviewed_order_has_its_clock_met_and_the_reviewer_on_record(store):
    """ORD-3: every paid order is reviewed in time."""
    stock(store, A=5)
    place(store, draft())
    reviewer = UserFactory(role="order_reviewer", store=store)

    assert len(review_orders(order_ids=ids(), actor=reviewer, at=LATER)) == 1
    assert review_orders(order_ids=ids(), actor=reviewer, at=LATER) == []

    assert Deadline.objects.get(rule="orders.review").state == "met"
    assert Order.objects.get().events.get(kind="reviewed").actor == reviewer


@pytest.mark.parametrize("missing", [{"paid_at": None, "paid_amount": Decimal(0)}, {}])
def test_an_unpaid_or_unreviewed_order_is_not_shipped(store, missing):
    """FUL-2 starts with the payment, ORD-3 comes before it."""
    stock(store, A=5)
    place(store, draft(**missing))

    assert ship_orders(order_ids=ids(), actor=None, at=LATER) == []
    assert not Order.objects.to_ship().exists()


def test_a_cancelled_order_needs_no_review(store):
    stock(store, A=5)
    place(store, draft())
    assert Order.objects.to_review().count() == 1

    cancel_orders(order_ids=ids(), reason="Buyer asked", actor=None, at=LATER)

    assert not Order.objects.to_review().exists()


@pytest.mark.parametrize(
    ("verb", "role"),
    [(review_orders, "warehouse"), (ship_orders, "order_reviewer")],
)
def test_a_role_without_the_right_changes_nothing(store, verb, role):
    stock(store, A=5)
    place(store, draft())

    actor = UserFactory(role=role, store=store)

    assert verb(order_ids=ids(), actor=actor, at=LATER) == []


def test_another_stores_orders_cant_be_acted_on(store):
    stock(store, A=5)
    place(store, draft())
    stranger = UserFactory(role="order_reviewer", store=StoreFactory())

    assert review_orders(order_ids=ids(), actor=stranger, at=LATER) == []


@pytest.mark.django_db(transaction=True)
def test_cancelling_and_shipping_at_once_has_one_winner():
    store = StoreFactory()
    stock(store, A=5)
    place(store, draft())
    review_orders(order_ids=ids(), actor=None, at=LATER)

    moved = run_together(
        [
            partial(ship_orders, order_ids=ids(), actor=None, at=LATER),
            partial(cancel_orders, order_ids=ids(), reason="x", actor=None, at=LATER),
        ]
        * 3
    )

    assert sorted(moved) == [[]] * 5 + [ids()]
    assert_invariants_hold()

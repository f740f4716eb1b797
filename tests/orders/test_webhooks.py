"""Orders by webhook: whatever comes first, comes twice or comes late ends in the same (ORD-1)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import permutations

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import StockLevel
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services import inbox
from orders.models import Order, OrderEvent, OrderLine, SourceFact
from orders.services.lifecycle import review_orders
from orders.services.reservation import reserve_waiting_orders
from tests.concurrency import run_together
from tests.exchange import signing
from tests.factories import MOMENT, StoreFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import stock
from tests.orders.platforms import deliver, fulfillment, line, moment, refund, set_up, shopify

pytestmark = pytest.mark.django_db

ADDRESS = shopify()["shipping_address"] | {"address1": "南京东路 1 号", "phone": "13900001111"}
CHANGED = {
    "total_price": "40.50",
    "note": "ring twice",
    "shipping_address": ADDRESS,
    "line_items": [line(1, "A", 3, "10.00"), line(2, "B", 1, "5.50", "1.00")],
}
PAID = {"financial_status": "paid"}
STORY = (
    ("orders/create", shopify()),
    ("orders/paid", shopify(minutes=1, **PAID)),
    ("orders/updated", shopify(minutes=2, **PAID, **CHANGED)),
    ("orders/cancelled", shopify(minutes=3, **PAID, **CHANGED, cancelled_at=moment(3))),
)


@pytest.fixture
def store():
    return set_up(StoreFactory())


def state_of(store) -> dict:
    """All there is of the store's order but how it came about: version, ids, when we learnt."""
    fields = set(vars(Order())) - {
        "_state",
        "id",
        "store_id",
        "customer_id",
        "channel_id",
        "sealed_contact",
        "content_hash",
        "version",
        "created_at",
        "updated_at",
    }
    order = Order.objects.get(store=store)
    return {
        "order": {name: getattr(order, name) for name in fields},
        "contact": order.contact,
        "lines": list(
            order.lines.values_list(
                "position", "sku__code", "sku_code", "title", "quantity", "unit_price", "amount"
            )
        ),
        "stock": list(
            StockLevel.objects.filter(sku__store=store)
            .order_by("sku__code")
            .values_list("sku__code", "available", "reserved")
        ),
        "clocks": list(
            Deadline.objects.filter(store=store, subject_id=order.pk)
            .order_by("rule", "pk")
            .values_list("rule", "state", "started_at", "due_at", "money_at_risk", "met_at")
        ),
    }


def test_any_order_of_arrival_ends_in_the_same_state_24_of_24(store):
    """Order, lines, stock and clocks; what came in between is the same for good (ORD-1)."""
    ends = []
    for arrival in permutations(STORY):
        other = set_up(StoreFactory())
        stock(other, A=0, B=0)
        assert deliver(other, *arrival, *arrival[:2]) == ["done"] * 6
        ends.append(state_of(other))

    assert all(end == ends[0] for end in ends)
    end = ends[0]["order"]
    assert (end["total_amount"], end["paid_amount"]) == (Decimal("40.50"), Decimal("40.50"))
    assert (end["fulfilment_state"], end["payment_state"]) == ("cancelled", "paid")
    assert end["paid_at"] == MOMENT + timedelta(minutes=1)
    assert [row[4] for row in ends[0]["lines"]] == [3, 1]
    assert {clock[1] for clock in ends[0]["clocks"]} == {"cancelled"}
    assert_invariants_hold()


def test_what_was_reserved_meanwhile_is_free_again_24_of_24():
    """Stock confirmed in between stays our own record; all else is the same (ORD-1, ORD-2)."""
    ends = []
    for arrival in permutations(STORY):
        other = set_up(StoreFactory())
        stock(other, A=9, B=9)
        for delivery in arrival:
            deliver(other, delivery)
            reserve_waiting_orders(at=MOMENT + timedelta(hours=1), store_id=other.pk)
        ends.append(state_of(other))

    for end in ends:
        del end["order"]["confirmed_at"]
        end["clocks"] = [row[:1] for row in end["clocks"] if row[0] != "orders.confirm"]
    assert all(end == ends[0] for end in ends)
    assert ends[0]["stock"] == [("A", 9, 0), ("B", 9, 0)]
    assert_invariants_hold()


SENT = (
    ("orders/paid", shopify(minutes=1, **PAID)),
    ("fulfillments/create", fulfillment(1, 2, 4)),
    ("fulfillments/create", fulfillment(2, 1, 6)),
    ("refunds/create", refund(5, "4.50", 8)),
)


def test_parts_that_come_before_their_order_wait_for_it_24_of_24():
    """Refund and fulfilments name an order that nobody has seen yet (ORD-1)."""
    ends = []
    for arrival in permutations(SENT):
        other = set_up(StoreFactory())
        assert deliver(other, *arrival, arrival[0]) == ["done"] * 5
        ends.append(state_of(other))

    for end in ends:
        # Whether its confirmation was ever owed here depends on what was known first.
        end["clocks"] = [row[:1] for row in end["clocks"] if row[0] != "orders.confirm"]
        del end["order"]["confirmed_at"]
    assert all(end["order"] == ends[0]["order"] for end in ends)
    assert all(end["lines"] == ends[0]["lines"] for end in ends)
    end = ends[0]["order"]
    assert (end["fulfilment_state"], end["payment_state"]) == ("shipped", "part_refunded")
    assert end["shipped_at"] == MOMENT + timedelta(minutes=6)
    assert (end["refunded_amount"], end["paid_amount"]) == (Decimal("4.50"), Decimal("30.50"))
    assert_invariants_hold()


def test_facts_are_counted_once_whoever_tells_them(store):
    told = shopify(minutes=9, **PAID, refunds=[refund(5, "4.50", 8)])

    deliver(store, ("refunds/create", refund(5, "4.50", 8)), ("orders/updated", told))
    deliver(store, ("refunds/create", refund(6, "1.00", 8)), ("orders/updated", told))

    assert Order.objects.get().refunded_amount == Decimal("5.50")
    assert SourceFact.objects.filter(kind="refund").count() == 2


def test_amounts_are_exact_and_pieces_taken_off_before_they_were_sent_are_not_owed(store):
    removed = refund(5, "10.00", 2) | {
        "refund_line_items": [
            {"line_item_id": 1, "quantity": 1, "restock_type": "cancel"},
            {"line_item_id": 2, "quantity": 1, "restock_type": "return"},
        ]
    }
    status = {"financial_status": "partially_refunded"}

    deliver(store, ("orders/create", shopify(**PAID)))
    deliver(store, ("orders/updated", shopify(minutes=3, refunds=[removed], **status)))

    order = Order.objects.get()
    assert (order.total_amount, order.freight_amount) == (Decimal("30.50"), Decimal("6.00"))
    assert (order.discount_amount, order.refunded_amount) == (Decimal("1.00"), Decimal("10.00"))
    assert order.payment_state == "part_refunded"
    rows = list(order.lines.values_list("sku_code", "quantity", "unit_price", "amount"))
    assert rows == [("A", 1, 10, 10), ("B", 1, Decimal("5.50"), Decimal("4.50"))]


def test_an_article_without_a_code_of_ours_gets_the_same_one_each_time(store):
    items = [line(1, "", 1, "3.00"), line(2, "", 1, "3.00") | {"variant_id": None}]

    for number in (7001, 7002):
        deliver(store, ("orders/create", shopify(number, line_items=items)))

    codes = list(OrderLine.objects.order_by("order_id", "position").values_list("sku_code"))
    assert codes[:2] == codes[2:]
    assert codes[0] == ("shopify-101",)
    assert codes[1][0].startswith("shopify-")


def test_a_change_of_articles_frees_the_old_and_reserves_the_new(store):
    """What was passed is reviewed again; the clocks of what is owed run (ORD-2, ORD-3)."""
    stock(store, A=2, B=1)
    deliver(store, ("orders/create", shopify(**PAID)))
    Order.objects.update(review_state="passed", reviewed_at=MOMENT)

    deliver(store, ("orders/updated", shopify(minutes=2, **PAID, **CHANGED)))

    order = Order.objects.get()
    assert (order.fulfilment_state, order.review_state) == ("waiting", "waiting")
    assert StockLevel.objects.get(sku__code="A").available == 2
    running = Deadline.objects.filter(subject_id=order.pk, state="running")
    assert {"orders.confirm", "orders.review"} <= set(running.values_list("rule", flat=True))
    StockLevel.objects.filter(sku__code="A").update(available=3)
    assert reserve_waiting_orders(at=MOMENT + timedelta(hours=1)) == 1
    assert_invariants_hold("orders")


def test_an_older_copy_moves_nothing_back(store):
    deliver(store, STORY[2])
    known = state_of(store)

    deliver(store, STORY[0])

    assert state_of(store) == known
    assert not OrderEvent.objects.filter(kind="changed").exists()


def test_an_order_that_was_paid_earlier_than_was_believed_is_reviewed_once(store):
    """Its clocks run from then; what was met stays met (ORD-3)."""
    later = MOMENT + timedelta(hours=1)
    deliver(store, ("orders/updated", shopify(minutes=9, **PAID)))
    pk = Order.objects.get().pk
    review_orders(order_ids=[pk], actor=None, at=later)

    deliver(store, ("orders/paid", shopify(minutes=4, **PAID)))

    review = Deadline.objects.get(subject_id=pk, rule="orders.review")
    assert (review.state, review.met_at) == ("met", later)
    assert review.started_at == Order.objects.get().paid_at == MOMENT + timedelta(minutes=4)
    assert review.due_at == review.started_at + timedelta(minutes=30)
    ship = Deadline.objects.get(subject_id=pk, rule="fulfillment.ship")
    assert (ship.state, ship.started_at) == ("running", review.started_at)
    assert ship.timer.due_at == ship.due_at


def test_of_two_copies_of_one_second_the_further_one_counts():
    """Sources count in seconds (ORD-1)."""
    copies = [("orders/create", shopify()), ("orders/paid", shopify(**PAID, note="paid"))]
    notes = []
    for arrival in (copies, copies[::-1]):
        other = set_up(StoreFactory())
        deliver(other, *arrival)
        notes.append(Order.objects.get(store=other).contact.buyer_memo)

    assert notes == ["paid", "paid"]


def test_what_contradicts_goods_that_are_gone_is_an_alert_until_it_fits(store):
    sent = {"fulfillments": [fulfillment(1, 3, 4)], "fulfillment_status": "fulfilled"}
    deliver(store, ("orders/paid", shopify(minutes=4, **PAID, **sent)))

    deliver(store, ("orders/updated", shopify(minutes=5, **PAID, **sent, **CHANGED)))

    alert = Alert.objects.open().get()
    assert (alert.check_code, alert.subject_label) == ("orders.copy_refused", "7001")
    assert [row.quantity for row in Order.objects.get().lines.all()] == [2, 1]
    deliver(store, ("orders/updated", shopify(minutes=6, **PAID, **sent)))
    assert not Alert.objects.open().exists()


def test_topics_that_concern_nobody_are_ignored(store):
    assert deliver(store, ("products/update", {"id": 1}), ("", shopify())) == ["ignored"] * 2
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", orjson.dumps(shopify(currency="USD")), b'{"id": 1.5}']
)
def test_a_body_that_is_no_order_waits_for_somebody_to_look(store, body):
    answer = signing.post(store, "shopify", body, signing.shopify(body, topic="orders/create"))

    assert answer.status_code == 200
    assert inbox.process_waiting(at=timezone.now()) == {"waiting": 1}
    assert InboundDelivery.objects.get().error.startswith("Bad")
    assert not Order.objects.exists()


WOO = {
    "id": 88,
    "status": "pending",
    "currency": "CNY",
    "prices_include_tax": False,
    "date_created_gmt": MOMENT.strftime("%Y-%m-%dT%H:%M:%S"),
    "date_modified_gmt": MOMENT.strftime("%Y-%m-%dT%H:%M:%S"),
    "total": "26.00",
    "shipping_total": "6.00",
    "discount_total": "1.00",
    "customer_id": 3,
    "customer_note": "",
    "billing": {"first_name": "Ann", "last_name": "Lee", "phone": "13812345678"},
    "shipping": {"first_name": "Ann", "last_name": "Lee", "address_1": "1 Road", "city": "上海市"},
    "line_items": [
        {"id": 1, "name": "A", "sku": "A", "quantity": 2, "subtotal": "21.00", "total": "20.00"}
    ],
    "refunds": [],
}


def woo(minutes: int, **fields) -> dict:
    later = MOMENT + timedelta(minutes=minutes)
    return WOO | {"date_modified_gmt": later.strftime("%Y-%m-%dT%H:%M:%S")} | fields


def test_woocommerce_ends_in_the_same_state_6_of_6():
    paid = {"status": "processing", "date_paid_gmt": woo(1)["date_modified_gmt"]}
    story = (
        ("order.created", woo(0)),
        ("order.updated", woo(1, **paid)),
        ("order.updated", woo(3, **paid | {"status": "cancelled"}, customer_note="ring")),
    )
    ends = []
    for arrival in permutations(story):
        other = set_up(StoreFactory(), "woocommerce")
        assert deliver(other, *arrival, source="woocommerce") == ["done"] * 3
        ends.append(state_of(other))

    assert all(end == ends[0] for end in ends)
    assert ends[0]["order"]["fulfilment_state"] == "cancelled"
    assert ends[0]["order"]["paid_amount"] == Decimal("26.00")
    assert ends[0]["contact"].phone == "13812345678"
    assert ends[0]["lines"][0][4:] == (2, Decimal("10.50"), Decimal("20.00"))


def test_woocommerce_refunds_and_completion_are_taken_over():
    store = set_up(StoreFactory(), "woocommerce")
    done = woo(
        5,
        status="completed",
        date_paid_gmt=woo(1)["date_modified_gmt"],
        date_completed_gmt=woo(5)["date_modified_gmt"],
        refunds=[{"id": 9, "total": "-2.50"}],
    )

    deliver(store, ("order.created", WOO), ("order.updated", done), source="woocommerce")

    order = Order.objects.get()
    assert (order.fulfilment_state, order.payment_state) == ("shipped", "part_refunded")
    assert order.refunded_amount == Decimal("2.50")
    assert deliver(store, ("order.deleted", {"id": 88}), source="woocommerce") == ["ignored"]


def test_a_program_sends_orders_as_the_rest_interface_takes_them():
    store = set_up(StoreFactory(), "generic")
    given = {
        "external_number": "G-1",
        "placed_at": MOMENT.isoformat(),
        "lines": [{"sku_code": "A", "quantity": 2, "unit_price": "10.00"}],
    }
    paid = given | {"paid_at": moment(1), "refunded_amount": "5.00"}

    def told(kind, data, minutes):
        return kind, {"type": kind, "timestamp": moment(minutes), "data": data}

    ended = deliver(
        store,
        told("order.paid", paid, 2),
        told("order.created", given, 0),
        told("stock.changed", {}, 3),
        told("order.updated", given | {"lines": []}, 4),
        source="generic",
    )

    assert ended == ["done", "done", "ignored", "waiting"]
    order = Order.objects.get()
    assert (order.external_number, order.payment_state) == ("G-1", "part_refunded")
    assert order.refunded_amount == Decimal("5.00")
    assert InboundDelivery.objects.get(state="waiting").error.startswith("BadValue: data.lines")


@pytest.mark.django_db(transaction=True)
def test_the_same_webhook_a_hundred_times_at_once_is_one_order():
    """Each is answered 200; one is stored, one order made (ORD-1)."""
    store = set_up(StoreFactory())
    body = orjson.dumps(shopify(**PAID))
    headers = signing.shopify(body, topic="orders/create")
    again = signing.shopify(body, key="w-2", topic="orders/paid")

    def send(given):
        return Client().post(
            f"/hooks/{store.code}/shopify", body, content_type="application/json", headers=given
        )

    answers = [answer for _ in range(5) for answer in run_together([partial(send, headers)] * 20)]
    send(again)
    work = partial(inbox.process_waiting, at=timezone.now())
    run_together([work, work, work])

    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json()["status"] for answer in answers].count("stored") == 1
    assert InboundDelivery.objects.filter(state="done").count() == 2
    assert Order.objects.count() == 1
    assert_invariants_hold()


@pytest.mark.django_db(transaction=True)
def test_a_refund_that_comes_at_the_same_moment_as_its_order_is_not_lost():
    for number in range(5):
        store = set_up(StoreFactory())
        order, part = ("orders/paid", shopify(**PAID)), ("refunds/create", refund(5, "4.50", 8))

        run_together([partial(deliver, store, order), partial(deliver, store, part)])

        assert Order.objects.get(store=store).refunded_amount == Decimal("4.50"), number

"""Rules at work: what came since they last looked, once, and nobody else's."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.alerts.models import Alert
from opsdesk.automation.models import Firing, FiringEffect, Rule, Tag
from opsdesk.exchange.models import OutboundMessage
from orders.models import Hold
from tests.automation.rules import ALERT, HOLD, LATER, TAG, a_rule, over, paid, where, work
from tests.factories import MOMENT, OrderFactory, StoreFactory
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def large_order(store, **values):
    return OrderFactory(store=store, total_amount=Decimal("6000.00"), **values)


def test_an_order_that_meets_the_rule_is_held_and_tagged(store):
    a_rule(store, HOLD, TAG, conditions=where(over("5000")))
    order = large_order(store)
    paid(order)

    assert work() == 1

    assert Hold.objects.open().get(order=order).code == "automation"
    assert Tag.objects.on(type(order), [order.pk]).get().name == "look"
    firing = Firing.objects.get()
    assert firing.outcome == Firing.Outcome.DONE
    assert [(e.action, e.outcome) for e in firing.effects.all()] == [
        ("hold", "done"),
        ("tag", "done"),
    ]
    assert_invariants_hold("automation")


def test_an_order_that_does_not_meet_it_is_left_alone(store):
    a_rule(store, HOLD, conditions=where(over("7000")))
    paid(large_order(store))

    assert work() == 0
    assert not Hold.objects.exists()


def test_what_came_before_the_rule_was_switched_on_is_not_answered(store):
    paid(large_order(store))
    a_rule(store, TAG)

    assert work() == 0


def test_another_stores_orders_are_not_touched(store):
    a_rule(store, TAG)
    paid(large_order(StoreFactory()))

    assert work() == 0
    assert not Tag.objects.exists()


def test_an_event_is_answered_once(store):
    rule = a_rule(store, TAG)
    paid(large_order(store))
    assert work() == 1
    Rule.objects.filter(pk=rule.pk).update(seen_to=0)

    assert work() == 0
    assert Firing.objects.count() == FiringEffect.objects.count() == 1


def test_an_alert_is_raised_with_its_text_filled_in_and_closes_itself(store):
    a_rule(
        store,
        ALERT,
        conditions=where({"field": "fulfilment", "is": "is_not", "value": "shipped"}),
    )
    order = large_order(store)
    paid(order)
    work()

    alert = Alert.objects.get(check_code="automation.rule")
    assert (alert.owner_role, alert.subject) == ("warehouse", order)
    assert alert.evidence["text"] == f"See {order.external_number}"

    order.shipped_at, order.fulfilment_state = MOMENT, "shipped"
    order.save()
    work(at=LATER + timedelta(minutes=1))

    alert.refresh_from_db()
    assert alert.resolution == Alert.Resolution.SELF


def test_without_rules_nothing_is_asked_but_for_rules(store, django_assert_num_queries):
    with django_assert_num_queries(1):
        work()


def test_a_rule_by_the_clock_acts_on_each_row_once(store):
    late = where(
        {"field": "paid_for", "is": "more_than", "value": "20"},
        {"field": "fulfilment", "is": "one_of", "value": ["waiting", "reserved"]},
    )
    clock = {"kind": "time", "subject": "orders.order", "every": "hour"}
    a_rule(store, ALERT, when=clock, conditions=late)
    order = OrderFactory(store=store, payment_state="paid", paid_at=MOMENT - timedelta(hours=21))
    OrderFactory(store=store, payment_state="paid", paid_at=MOMENT - timedelta(hours=2))

    assert work() == 1
    assert work(at=LATER + timedelta(hours=1)) == 0
    assert Firing.objects.get().subject_id == order.pk
    assert not OutboundMessage.objects.exists()


def test_the_statements_of_a_round_do_not_grow_with_what_came(store):
    a_rule(store, HOLD, ALERT, TAG, conditions=where(over("5000")))
    asked = []
    for round_, orders in enumerate((1, 6)):
        for _order in range(orders):
            paid(large_order(store))
        with CaptureQueriesContext(connection) as queries:
            assert work(at=LATER + timedelta(minutes=round_)) == orders
        asked.append(len(queries))

    assert asked[1] <= asked[0]

"""What rules do: alerts on desks, words to people, data to programs, tags."""

from datetime import timedelta

import pytest

from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.audit.models import AuditEntry
from opsdesk.automation.models import Firing, FiringEffect, Tag
from opsdesk.automation.services import tags
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.exchange.models import OutboundMessage
from orders.models import Hold, OrderEvent
from tests.automation.rules import ALERT, FOUND, HOLD, LATER, TAG, a_rule, paid, where, work
from tests.factories import (
    MOMENT,
    AlertEventFactory,
    AlertFactory,
    MembershipFactory,
    OrderFactory,
    StoreFactory,
    SubscriptionFactory,
    TagFactory,
    TargetFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def somebody(store, role="warehouse", **values):
    return UserFactory(role=role, store=store, **values)


def assign_to(person):
    return {
        "action": "assign",
        "person": str(person.pk),
        "severity": "warning",
        "text": "Yours: {subject}",
    }


def admin(store):
    return somebody(store, role="administrator")


def test_an_alert_is_put_on_somebodys_desk(store):
    person = somebody(store)
    a_rule(store, assign_to(person), when=FOUND)
    alert = AlertFactory(subject=OrderFactory(store=store))
    AlertEventFactory(alert=alert)

    work()

    alert.refresh_from_db()
    assert alert.assignee == person
    event = alert.events.get(kind=AlertEvent.Kind.ASSIGNED)
    assert (event.actor, event.data) == (None, {"assignee": person.pk})


def test_of_an_order_an_alert_is_put_there(store):
    person = somebody(store)
    a_rule(store, assign_to(person))
    order = OrderFactory(store=store)
    paid(order)

    work()

    alert = Alert.objects.get(assignee=person)
    assert (alert.subject, alert.owner_role) == (order, "warehouse")


def test_whoever_left_gets_nothing_and_the_rule_says_so(store):
    person = somebody(store)
    rule = a_rule(store, assign_to(person))
    person.memberships.all().delete()
    paid(OrderFactory(store=store))

    assert work() == 0
    rule.refresh_from_db()
    assert rule.state == rule.State.PARKED


def test_the_check_that_was_chosen_is_answered_and_no_other(store):
    a_rule(store, ALERT, when={"kind": "check", "check": "orders.confirm"})
    for code in ("orders.confirm", "orders.review"):
        alert = AlertFactory(subject=OrderFactory(store=store), check_code=code)
        AlertEventFactory(alert=alert)

    assert work() == 1


def test_a_check_of_the_inspection_is_answered_by_its_kinds(store):
    a_rule(store, ALERT, when={"kind": "check", "check": "INS-9.order_reviews"})
    alert = AlertFactory(subject=OrderFactory(store=store), check_code="orders.review")
    AlertEventFactory(alert=alert, kind="reopened")

    assert work() == 1


def test_people_of_a_role_are_written_to_by_mail_in_one_message_for_a_batch(store):
    TargetFactory(store=store, adapter="mail", address="")
    reader = somebody(store, email="a@example.com", language="en")
    somebody(store, email="")
    somebody(StoreFactory(), email="c@example.com")
    told = {"action": "message", "to": "role:warehouse", "text": "{subject}: {total} {currency}"}
    a_rule(store, told)
    orders = [OrderFactory(store=store) for _order in range(2)]
    for order in orders:
        paid(order)

    assert work() == 2

    message = OutboundMessage.objects.get()
    assert message.recipient == reader.email
    lines = [f"{o.external_number}: {o.total_amount.normalize():f} CNY" for o in orders]
    assert message.payload["text"] == "\n".join(lines)
    assert FiringEffect.objects.filter(effect_id=message.pk).count() == 2


def test_a_person_is_written_to_the_way_they_subscribed_to(store):
    chat = TargetFactory(store=store, adapter="wecom")
    person = somebody(store, email="a@example.com")
    SubscriptionFactory(person=person, store=store, target=chat)
    a_rule(store, {"action": "message", "to": f"person:{person.pk}", "text": "{subject}"})
    paid(OrderFactory(store=store))

    work()

    message = OutboundMessage.objects.get()
    assert (message.target, message.recipient) == (chat, "")


def test_a_chat_is_written_to(store):
    chat = TargetFactory(store=store, adapter="wecom")
    a_rule(store, {"action": "message", "to": f"target:{chat.pk}", "text": "Look: {subject}"})
    order = OrderFactory(store=store)
    paid(order)

    work()

    assert order.external_number in OutboundMessage.objects.get(target=chat).payload["text"]


def test_where_nobody_can_be_reached_the_run_says_so(store):
    a_rule(store, {"action": "message", "to": "role:finance", "text": "{subject}"})
    paid(OrderFactory(store=store))

    work()

    assert Firing.objects.get().outcome == Firing.Outcome.REFUSED
    assert FiringEffect.objects.get().reason


def test_a_program_gets_data_without_personal_ones(store):
    target = TargetFactory(store=store)
    a_rule(store, {"action": "webhook", "target": str(target.pk)}, actor=admin(store))
    order = OrderFactory(store=store)
    paid(order)

    work()

    message = OutboundMessage.objects.get(target=target)
    payload = message.payload
    assert (payload["event"], payload["store"]) == ("automation.fired", store.code)
    subject = payload["subject"]
    assert (subject["type"], subject["id"]) == ("orders.order", order.pk)
    assert subject["fields"]["total"] == str(order.total_amount)
    assert not {"contact", "phone", "name", "address"} & set(subject["fields"])


def test_an_order_that_has_left_is_left_alone(store):
    a_rule(store, HOLD)
    paid(OrderFactory(store=store, fulfilment_state="shipped"))

    work()

    assert Firing.objects.get().outcome == Firing.Outcome.LEFT_ALONE
    assert not Hold.objects.exists()


def test_what_a_rule_does_is_on_the_audit_trail_with_its_name_and_version(store):
    rule = a_rule(store, TAG)
    paid(OrderFactory(store=store))

    work()

    entry = AuditEntry.objects.of(Tag.objects.get()).get()
    assert entry.cause == f"rule:{rule.pk}.1"
    assert rule.name in entry.reason


def test_a_tag_that_is_there_stays_as_it_was(store):
    order = OrderFactory(store=store)
    before = TagFactory(subject=order, name="look")
    a_rule(store, TAG)
    paid(order)

    work()

    assert Tag.objects.get() == before
    assert FiringEffect.objects.get().outcome == "left_alone"


def test_a_rule_takes_a_tag_away(store):
    order = OrderFactory(store=store)
    TagFactory(subject=order, name="look")
    a_rule(
        store,
        {"action": "untag", "tag": "look"},
        conditions=where({"field": "tags", "is": "has", "value": "look"}),
    )
    paid(order)

    assert work() == 1
    assert not Tag.objects.exists()


def test_people_tag_rows_of_their_store_only(store):
    person = somebody(store)
    mine, theirs = OrderFactory(store=store), OrderFactory()
    put = {"subject": "orders.order", "ids": [mine.pk, theirs.pk], "store": store}

    assert tags.tag_rows(**put, name="  gift   wrap ", actor=person, at=MOMENT) == 1
    assert tags.tag_rows(**put, name="gift wrap", actor=person, at=LATER) == 0
    assert Tag.objects.get().tagged_by == person
    assert tags.names_in(store, "orders.order") == ["gift wrap"]
    assert tags.untag_rows(**put, name="gift wrap", actor=person) == 1

    with pytest.raises(NotAllowed):
        tags.tag_rows(**put, name="x", actor=somebody(StoreFactory()), at=MOMENT)
    with pytest.raises(DomainError):
        tags.tag_rows(**put, name="a,b", actor=person, at=MOMENT)


def test_a_hold_by_a_rule_is_one_of_the_orders_timeline(store):
    a_rule(store, HOLD)
    order = OrderFactory(store=store)
    paid(order)

    work()

    assert order.events.get(kind=OrderEvent.Kind.HELD).data == {"holds": ["automation"]}
    hold = Hold.objects.get()
    assert (hold.owner_role, hold.evidence["text"]) == ("order_reviewer", "Large")
    assert work(at=LATER + timedelta(minutes=1)) == 0
    assert MembershipFactory._meta.model.objects.exists()

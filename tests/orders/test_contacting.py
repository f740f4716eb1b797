"""A buyer is called or written to, and it is on record for good (ORD-5)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from opsdesk.deadlines.models import Deadline
from opsdesk.errors import DomainError
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from orders.models import ContactAttempt, Order
from orders.services import contacting
from orders.services.contacting import Said, on_contact, record_contact, script_for
from tests import factories
from tests.factories import MOMENT
from tests.orders.drafts import draft, place, stock

LATER = MOMENT + timedelta(minutes=20)


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    stock(store, A=9)
    return store


@pytest.fixture
def order(store):
    place(store, draft("T1", phone="13812345678"))
    return Order.objects.get()


def say(order, said):
    person = factories.UserFactory(role=Role.CUSTOMER_SERVICE, store=order.store)
    return record_contact(
        order_id=order.pk, version=order.version, said=said, actor=person, at=LATER
    )


def test_an_attempt_is_on_record_and_whoever_waits_is_told(order, monkeypatch):
    """ORD-5: who, when, how, with which words, and what came of it; the 1 h clock hears of it."""
    monkeypatch.setattr(contacting, "_listeners", [])
    heard = []
    on_contact(lambda ids, at: heard.append((ids, at)))

    attempt = say(order, Said("call", "stock", True, "agreed", "ring 13812345678 after six"))

    assert heard == [([order.pk], LATER)]
    assert (attempt.script, attempt.note) == (
        script_for(order, "stock"),
        "ring 138****5678 after six",
    )
    assert "T1" in attempt.script
    with pytest.raises(DatabaseError), transaction.atomic():
        ContactAttempt.objects.update(note="nothing was said")


def test_the_clock_of_a_held_order_is_met_by_the_attempt(order):
    """ORD-5: within the hour, whether the buyer answered or not."""
    hold = factories.HoldFactory(order=order)
    factories.DeadlineFactory(subject=order, rule="orders.contact", started_at=MOMENT)

    say(order, Said("call", "stock", False))

    hold.refresh_from_db()
    assert hold.contacted_at == LATER
    assert Deadline.objects.get(rule="orders.contact").state == "met"


def test_a_text_message_leaves_where_the_store_has_a_provider(order, store):
    assert not say(order, Said("sms", "address", False, "later")).is_sent_by_us
    factories.TargetFactory(store=store, adapter="sms-console")
    order.refresh_from_db()

    attempt = say(order, Said("sms", "address", False, "later"))

    message = OutboundMessage.objects.get()
    assert attempt.is_sent_by_us
    assert (message.recipient, message.payload["text"]) == ("13812345678", attempt.script)


@pytest.mark.parametrize(
    "said", [Said("call", "stock", False, "agreed"), Said("fax", "stock"), Said("call", "weather")]
)
def test_what_makes_no_sense_is_not_recorded(order, said):
    with pytest.raises(DomainError):
        say(order, said)

    assert not ContactAttempt.objects.exists()

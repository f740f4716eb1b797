"""Customers check what they ordered (ORD-11)."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from opsdesk.exchange.models import OutboundMessage
from orders.models import CustomerMessage, Order
from orders.services import opting_out
from orders.services.confirming import confirm_orders, correct_confirmations
from orders.services.erasure import clear_contacts
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

SOON = MOMENT + timedelta(minutes=1)


@pytest.fixture
def channel(db):
    channel = factories.ChannelFactory(platform="own")
    factories.TargetFactory(store=channel.store, adapter="sms-console", address="")
    return channel


def paid_order(channel, **more):
    order = factories.OrderFactory(store=channel.store, channel=channel, **more)
    factories.OrderLineFactory(order=order, title="胡桃木托盘", quantity=2)
    return order


def change(order, **contact):
    order = Order.objects.get(pk=order.pk)
    order.contact = replace(order.contact, **contact)
    order.version += 1
    order.updated_at = SOON
    order.save()


def texts():
    return [message.payload["text"] for message in OutboundMessage.objects.order_by("pk")]


def test_a_paid_order_is_confirmed_once_and_shows_no_address(channel):
    """ORD-11: goods, amount, and as much of the address as any page shows."""
    paid_order(channel)
    factories.OrderFactory(store=channel.store, channel=channel, payment_state="unpaid")

    assert [confirm_orders(at=SOON), confirm_orders(at=SOON)] == [1, 0]

    [text] = texts()
    for told in ("胡桃木托盘 × 2", "¥100.00", "王*", "上海市 上海市 浦东新区 ***"):
        assert told in text
    for hidden in ("王小明", "世纪大道", "13812345678"):
        assert hidden not in text


def test_history_and_channels_that_speak_themselves_are_not_confirmed(channel):
    paid_order(channel, placed_at=MOMENT - timedelta(days=2))
    paid_order(factories.ChannelFactory(store=channel.store, platform="jd"))

    assert confirm_orders(at=SOON) == 0
    assert not CustomerMessage.objects.exists()


def test_a_change_of_what_was_confirmed_is_told_as_one(channel):
    """ORD-11: a new address goes out marked as changed; a change of nothing the customer checks
    does not."""
    order = paid_order(channel)
    confirm_orders(at=SOON)
    change(order, buyer_memo="please ring")
    assert correct_confirmations(at=SOON) == 0

    change(order, recipient="李四", address="南京路 1 号")
    assert [correct_confirmations(at=SOON), correct_confirmations(at=SOON)] == [1, 0]
    change(order, recipient="赵六")
    assert correct_confirmations(at=SOON) == 1

    assert ["已变更" in text for text in texts()] == [False, True, True]
    assert [row.turn for row in order.customer_messages.order_by("pk")] == [1, 2, 3]


def test_an_opt_out_of_reminders_leaves_confirmations(channel):
    """ORD-11: what the customer has to know has an opt-out of its own."""
    boss = factories.UserFactory(is_superuser=True)
    enter = partial(
        opting_out.opt_out,
        store=channel.store,
        phone="13812345678",
        way="reply",
        actor=boss,
        at=MOMENT,
    )
    enter(purpose="marketing")
    paid_order(channel)
    assert confirm_orders(at=SOON) == 1

    enter(purpose="service")
    other = paid_order(channel)
    assert confirm_orders(at=SOON) == 0
    assert other.customer_messages.get().withheld == "opted_out"


def test_no_digest_of_a_cleared_contact_is_kept(channel):
    order = paid_order(channel)
    confirm_orders(at=SOON)

    clear_contacts([order.pk], at=SOON)

    assert bytes(order.customer_messages.get().content) == b""


@pytest.mark.django_db(transaction=True)
def test_two_workers_confirm_once(channel):
    orders = [paid_order(channel) for _ in range(8)]

    told = run_together([partial(confirm_orders, at=SOON)] * 3)

    assert sum(told) == OutboundMessage.objects.count() == len(orders)


def test_the_order_s_page_tells_what_was_sent_and_what_not(channel, client):
    """ORD-11: what could not be sent is said on the order's page."""
    client.force_login(factories.UserFactory(is_superuser=True))
    silent = paid_order(channel, phone="")
    unpaid = factories.OrderFactory(store=channel.store, channel=channel, payment_state="unpaid")
    confirm_orders(at=SOON)

    def page(order):
        return client.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    assert "there is no telephone number" in page(silent)
    assert "Payment reminder from" in page(unpaid)


def test_an_opt_out_is_entered_and_ended_on_its_screen(client, db):
    store = factories.StoreFactory()
    person = factories.UserFactory()
    factories.MembershipFactory(user=person, store=store, role="customer_service")
    client.force_login(person)
    given = {"store": store.pk, "phone": "138 1234 5678", "purpose": "service", "way": "chat"}

    page = client.post(reverse("admin:orders_optout_enter"), given, follow=True)
    row = opting_out.OptOut.objects.get()
    assert "138****5678" in page.content.decode()

    again = client.post(reverse("admin:orders_optout_enter"), given)
    assert "already" in again.content.decode()

    client.post(reverse("admin:orders_optout_end", args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_by == person

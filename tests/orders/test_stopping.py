"""Reminders are stopped by the link they bear, without signing in (ORD-6)."""

import re
from functools import partial
from urllib.parse import urlsplit

import pytest
from django.test import Client

from opsdesk.access import throttle
from opsdesk.access.throttle import Limit
from opsdesk.exchange.models import OutboundMessage
from orders.models import OptOut, Order
from orders.services import opting_out
from orders.services.unpaid import remind_unpaid
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.orders.test_unpaid import LATER, unpaid_order

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def channel(db):
    channel = factories.ChannelFactory(platform="own")
    factories.TargetFactory(store=channel.store, adapter="sms-console", address="")
    return channel


def link_of(order):
    return urlsplit(opting_out.link_for(order)).path


def test_the_link_of_a_reminder_stops_the_next_one(channel, settings):
    """A mail program or a person posts, without a cookie; twice is once."""
    order = unpaid_order(channel)
    remind_unpaid(at=LATER)
    [link] = re.findall(r"https?://\S+", OutboundMessage.objects.get().payload["text"])
    assert link.startswith(settings.SITE_URL)
    assert not {order.external_number, "13812345678"} & set(re.split(r"\W", link))

    program = Client(enforce_csrf_checks=True)
    answers = [program.post(urlsplit(link).path, ONE_CLICK) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    row = OptOut.objects.get()
    assert (row.store, row.purpose, row.way) == (channel.store, "marketing", "link")
    assert row.made_by is None
    later = unpaid_order(channel)
    remind_unpaid(at=LATER)
    assert later.customer_messages.get().withheld == "opted_out"


def test_looking_changes_nothing_and_shows_nobody(channel, client):
    """Mail and chat programs look ahead at links."""
    order = unpaid_order(channel)

    answer = client.get(link_of(order))

    assert not OptOut.objects.exists()
    assert answer["Content-Language"] == channel.store.language
    shown = answer.content.decode()
    assert str(channel.store) in shown
    assert "5678" not in shown
    assert order.external_number not in shown
    assert not answer.cookies


@pytest.mark.parametrize("change", ["another order's", "cut", "no number", "empty"])
def test_a_link_that_is_not_signed_so_is_not_there(channel, client, change):
    order, other = unpaid_order(channel), unpaid_order(channel)
    signature = link_of(order).rpartition(".")[2]
    token = {
        "another order's": f"{other.pk}.{signature}",
        "cut": f"{order.pk}.{signature[:-1]}",
        "no number": f"x.{signature}",
        "empty": "x",
    }[change]

    assert client.post(f"/stop/{token}", ONE_CLICK).status_code == 404
    assert not OptOut.objects.exists()


def test_whoever_guesses_has_to_wait_and_nobody_else(channel, client, monkeypatch):
    monkeypatch.setattr(throttle, "OF_LINKS", Limit(free=2, longest=throttle.OF_LINKS.longest))

    answers = [client.get("/stop/1.guess") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert client.get(link_of(unpaid_order(channel))).status_code == 200


@pytest.mark.parametrize("contact", [b"", b"sealed with a key that is lost"])
def test_an_order_whose_contact_is_gone_has_nobody_to_remind(contact, channel, client):
    order = unpaid_order(channel)
    Order.objects.update(sealed_contact=contact, phone_digest=None)

    assert client.post(link_of(order)).status_code == 200
    assert not OptOut.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_recorded():
    order = unpaid_order(factories.ChannelFactory(platform="own"))

    results = run_together([partial(opting_out.opt_out_by_link, order, at=MOMENT)] * 4)

    assert results == [None] * 4
    assert OptOut.objects.count() == 1

"""Orders are found by the phone a caller tells, and the phone is written down nowhere."""

import json

import pytest

from opsdesk.stores.roles import Role
from tests import factories
from tests.test_tracing import lines  # noqa: F401  the fixture

pytestmark = pytest.mark.django_db
PHONE = "13812345678"
LIST = "/admin/orders/order/"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def signed_in(client, store):
    def sign_in(role=Role.CUSTOMER_SERVICE):
        client.force_login(factories.UserFactory(role=role, store=store))
        return client

    return sign_in


def numbers(response):
    return {order.external_number for order in response.context["page"].rows}


@pytest.mark.parametrize("told", [PHONE, "+86 138 1234 5678", "138-1234-5678"])
def test_a_caller_s_orders_are_found_however_the_phone_is_written(told, signed_in, store):
    ours = factories.OrderFactory.create_batch(2, store=store, phone=PHONE)
    factories.OrderFactory(store=store, phone="13912345678")

    found = signed_in().post(f"{LIST}by-phone/", {"phone": told}, follow=True)

    assert numbers(found) == {order.external_number for order in ours}
    assert PHONE not in found.content.decode()


def test_the_phone_is_in_no_address_and_in_no_line(signed_in, store, lines):  # noqa: F811
    factories.OrderFactory(store=store, phone=PHONE)

    answer = signed_in().post(f"{LIST}by-phone/", {"phone": PHONE}, follow=True)

    assert answer.redirect_chain
    assert all(PHONE not in address for address, _status in answer.redirect_chain)
    written = json.dumps(lines())
    assert "POST /admin/orders/order/by-phone/ 302" in written
    assert PHONE not in written


def test_filters_and_pages_keep_what_was_looked_for(signed_in, store):
    factories.OrderFactory(store=store, phone=PHONE)
    found = signed_in().post(f"{LIST}by-phone/", {"phone": PHONE}, follow=True)

    assert 'type="hidden" name="phone"' in found.content.decode()


def test_no_order_of_another_store_is_found(signed_in):
    factories.OrderFactory(phone=PHONE)

    assert numbers(signed_in().post(f"{LIST}by-phone/", {"phone": PHONE}, follow=True)) == set()


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.ANALYST, Role.FINANCE])
def test_who_may_see_no_contact_finds_nobody(role, signed_in, store):
    factories.OrderFactory(store=store, phone=PHONE)
    clerk = signed_in(Role.CUSTOMER_SERVICE)
    address = clerk.post(f"{LIST}by-phone/", {"phone": PHONE})["Location"]

    client = signed_in(role)

    assert client.post(f"{LIST}by-phone/", {"phone": PHONE}).status_code == 403
    assert numbers(client.get(address)) == set()
    assert "by-phone" not in client.get(LIST).content.decode()


def test_orders_are_found_while_the_keys_change(signed_in, store, settings):
    order = factories.OrderFactory(store=store, phone=PHONE)
    new = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    settings.FIELD_KEYS = [new, *settings.FIELD_KEYS]
    newer = factories.OrderFactory(store=store, phone=PHONE)

    found = signed_in().post(f"{LIST}by-phone/", {"phone": PHONE}, follow=True)

    assert numbers(found) == {order.external_number, newer.external_number}


@pytest.mark.parametrize("address", ["?phone=zz", "?phone=138", "?phone=.", f"?phone={PHONE}"])
def test_an_address_that_was_made_up_finds_nothing(address, signed_in, store):
    factories.OrderFactory(store=store, phone=PHONE)

    assert numbers(signed_in().get(f"{LIST}{address}")) == set()


def test_what_is_no_phone_is_said_to_be_none(signed_in):
    answer = signed_in().post(f"{LIST}by-phone/", {"phone": "nobody"}, HTTP_REFERER=LIST)

    assert answer.status_code in (302, 400)

"""Orders are sent in by REST: once, by the rules of any intake, with the fields that are named."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opsdesk.stores.roles import Role
from orders.api import OrderGivenSerializer
from orders.models import Order
from tests import factories
from tests.invariants import assert_invariants_hold
from tests.tokens.programs import ROOT, program, send

pytestmark = pytest.mark.django_db
LINE = {"sku_code": "A", "quantity": 1, "unit_price": "1.00"}


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def bridge(store):
    return program(store)


@pytest.fixture
def order(store):
    sku = factories.StockLevelFactory(sku__store=store).sku
    return {
        "external_number": "A-1",
        "placed_at": "2026-03-02T10:00:00+08:00",
        "paid_at": "2026-03-02T10:01:00+08:00",
        "freight_amount": "5.00",
        "phone": "13812345678",
        "lines": [{"sku_code": sku.code, "quantity": 2, "unit_price": "49.90"}],
    }


def test_an_order_is_taken_in(bridge, order, store):
    response = send(bridge, "orders", order)

    placed = Order.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "outcome": "created",
        "order": str(placed.pk),
        "external_number": "A-1",
    }
    assert response["Location"].endswith(f"{ROOT}orders/{placed.pk}/")
    assert (placed.store, str(placed.total_amount)) == (store, "104.80")
    assert placed.payment_state == "paid"
    assert placed.fulfilment_state == "reserved"
    assert_invariants_hold()


def test_the_same_order_under_another_key_is_no_second_order(bridge, order):
    send(bridge, "orders", order, key="one")

    response = send(bridge, "orders", order, key="two")

    assert (response.status_code, response.json()["outcome"]) == (200, "duplicate")
    assert Order.objects.count() == 1


def test_a_copy_that_contradicts_is_refused_and_noted(bridge, order):
    send(bridge, "orders", order, key="one")
    other = [{**order["lines"][0], "quantity": 3}]

    response = send(bridge, "orders", {**order, "lines": other}, key="two")

    assert response.status_code == 409
    assert response.json()["code"] == "conflict"
    assert response["Content-Type"] == "application/problem+json"
    assert Order.objects.get().events.filter(kind="conflicted").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"external_number": 7}, "external_number"),
        ({"external_number": " A-1"}, "external_number"),
        ({"external_number": ""}, "external_number"),
        ({"phone": "1\u00002"}, "phone"),
        ({"placed_at": "2026-03-02T10:00:00"}, "placed_at"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": None}, "placed_at"),
        ({"paid_amount": 99.8}, "paid_amount"),
        ({"paid_amount": "99.8"}, "paid_amount"),
        ({"paid_amount": "-1.00"}, "paid_amount"),
        ({"paid_amount": "NaN"}, "paid_amount"),
        ({"lines": []}, "lines"),
        ({"lines": {}}, "lines"),
        ({"lines": [LINE | {"quantity": "2"}]}, "lines.0.quantity"),
        ({"lines": [LINE | {"quantity": True}]}, "lines.0.quantity"),
        ({"lines": [LINE, LINE | {"quantity": 0}]}, "lines.1.quantity"),
        ({"external_number": "A-1\n"}, "external_number"),
        (
            {"external_number": "\u3000A-1"},
            "external_number",
        ),  # the wide blank of Chinese keyboards
        ({"external_number": "A\u0085-1"}, "external_number"),  # a line end to some, none to others
        ({"lines": [{"quantity": 1, "unit_price": "1.00"}]}, "lines.0.sku_code"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(bridge, order, wrong, field):
    response = send(bridge, "orders", order | wrong)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert {error["field"] for error in response.json()["errors"]} == {field}
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"paid_at": "2026-03-02T09:00:00+08:00"}, "before_placed"),
        ({"refunded_amount": "500.00"}, "refunded_too_much"),
        ({"discount_amount": "500.00"}, "negative"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "too_old"),
        ({"placed_at": "9999-12-31T23:59:59-14:00"}, "in_the_future"),
        ({"placed_at": (timezone.now() + timedelta(days=2)).isoformat()}, "in_the_future"),
        (
            {"lines": [{"sku_code": "A", "quantity": 1_000_000, "unit_price": "999999999999.99"}]},
            "too_large",
        ),
        ({"channel_code": "nowhere"}, "not_found"),
    ],
)
def test_what_can_not_be_is_refused_with_its_reason(bridge, order, wrong, code):
    response = send(bridge, "orders", order | wrong)

    assert response.status_code in (404, 409)
    assert response.json()["code"] == code
    assert not Order.objects.exists()


def test_fields_that_are_not_named_change_nothing(bridge, order, store):
    """Mass assignment: every column of an order is sent, only the declared ones are taken."""
    declared = OrderGivenSerializer().fields.keys()
    names = {name for f in Order._meta.concrete_fields for name in (f.name, f.attname)}
    others = dict.fromkeys(names - declared, "7")

    assert send(bridge, "orders", others | order).status_code == 201

    placed = Order.objects.get()
    assert (placed.store, placed.version, placed.currency) == (store, 1, "CNY")
    assert placed.review_state == "waiting"
    assert placed.reviewed_at is None
    assert placed.import_session is None
    assert placed.content_hash != "7"


def test_where_a_store_has_several_channels_one_is_named(bridge, order, store):
    second = factories.ChannelFactory(store=store, code="shopify")

    unnamed = send(bridge, "orders", order, key="one")
    named = send(bridge, "orders", {**order, "channel_code": "shopify"}, key="two")

    assert (unnamed.status_code, unnamed.json()["code"]) == (409, "channel_needed")
    assert named.status_code == 201
    assert Order.objects.get().channel == second


def test_a_channel_of_another_store_is_not_there(bridge, order):
    other = factories.ChannelFactory(code="theirs")

    response = send(bridge, "orders", {**order, "channel_code": other.code})

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("role", "scopes"),
    [(Role.ANALYST, ["intake:write"]), (Role.ORDER_REVIEWER, ["orders:read"])],
)
def test_without_role_or_scope_nothing_is_taken_in(store, order, role, scopes):
    response = send(program(store, *scopes, role=role), "orders", order)

    assert response.status_code == 403
    assert not Order.objects.exists()

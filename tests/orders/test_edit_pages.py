"""The pages on which an order is changed: offered where they would not refuse (ORD-5)."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from opsdesk.stores.roles import Role
from orders import told
from orders.models import ContactAttempt, Order, RefundRequest, ShipTogetherMember
from orders.screens.edits import PAGES, offered
from orders.services.lifecycle import cancel_orders
from tests import factories
from tests.factories import MOMENT
from tests.orders.drafts import draft, place, stock

pytestmark = pytest.mark.django_db
HOME = {
    "recipient": "王小明",
    "phone": "13812345678",
    "region": "上海市",
    "address": "世纪大道 100 号",
}


@pytest.fixture
def store():
    store = factories.StoreFactory()
    stock(store, A=9, B=9)
    return store


@pytest.fixture
def order(store):
    place(store, draft("T1", ("A", 2), **HOME))
    return Order.objects.get()


@pytest.fixture
def reviewer(store, client):
    person = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)
    client.force_login(person)
    return person


def page(order, code):
    return reverse(f"admin:orders_order_{code}", args=[order.pk])


def post(client, order, code, **data):
    reason = {"reason": "the buyer asked for it"}
    return client.post(page(order, code), {"version": order.version, **reason, **data}, follow=True)


def codes(order, person):
    return {address.rstrip("/").rpartition("/")[2] for _title, address in offered(order, person)}


@pytest.mark.parametrize(
    ("query", "marked"),
    [("", "admin:orders_order_changelist"), ("?from=desk", "admin:orders_order_review")],
)
def test_the_sidebar_marks_where_the_page_was_opened(order, reviewer, client, query, marked):
    shown = client.get(page(order, "contact") + query)

    items = [item for group in shown.context["sidebar_navigation"] for item in group["items"]]
    assert [item["link"] for item in items if item["active"]] == [reverse(marked)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"fields": {"paid_at": 1, "paid_amount": 2}}, "paid, paid at"),
        ({"fields": {"lines": [None, None]}}, "goods and quantities"),
        ({"changes": ["deposit", "of_an_older_release"]}, "deposit, of_an_older_release"),
        ({}, ""),
    ],
)
def test_the_timeline_calls_what_changed_as_people_do(data, said):
    assert told.fields(data) == said


def test_only_what_would_not_refuse_is_offered(order, store, reviewer):
    assert codes(order, reviewer) == {"contact", "goods", "address", "split", "refund"}
    place(store, draft("T2", **HOME))
    assert codes(order, reviewer) == set(PAGES)
    assert codes(order, factories.UserFactory(role=Role.WAREHOUSE, store=store)) == set()

    cancel_orders(order_ids=[order.pk], reason="x", actor=None, at=MOMENT)
    order.refresh_from_db()
    assert codes(order, reviewer) == {"contact", "refund"}


@pytest.mark.parametrize("price", ["1e500", "99999999999", "NaN", "-1", "x"])
def test_a_price_that_is_none_is_told_at_the_form(order, reviewer, client, price):
    line = order.lines.get()
    wanted = {f"sku_{line.pk}": "A", f"pieces_{line.pk}": "2", "more": f"B 1 {price}"}

    answer = post(client, order, "goods", **wanted)

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert order.lines.get().quantity == 2


@pytest.mark.parametrize("phone", ["nobody", "12", "=1+1"])
def test_a_phone_that_is_none_is_told_at_the_form(order, reviewer, client, phone):
    answer = post(client, order, "address", phone=phone)

    assert "phone" in answer.context["form"].errors
    order.refresh_from_db()
    assert order.contact.phone == HOME["phone"]


@pytest.mark.parametrize("code", PAGES)
def test_a_form_shows_no_personal_data(order, store, reviewer, client, code):
    place(store, draft("T2", **HOME))

    shown = client.get(page(order, code)).content.decode()

    assert re.search(r"<button[^>]*primary", shown)
    for secret in ("13812345678", "王小明", "世纪大道"):
        assert secret not in shown


def test_a_typed_address_replaces_what_was_there(order, reviewer, client):
    assert "138****5678" in client.get(page(order, "address")).content.decode()

    shown = post(client, order, "address", address="新街 8 号").content.decode()

    assert "The address was changed." in shown
    assert "Recipient changed" in shown
    former = shown.partition("Former recipients")[2]
    assert "138****5678" in former
    assert "上海市 ***" in former
    assert "世纪大道" not in former
    assert Order.objects.get().contact.address == "新街 8 号"


def test_goods_are_swapped_removed_and_added(order, store, reviewer, client):
    line = order.lines.get()
    wanted = {f"sku_{line.pk}": "A", f"pieces_{line.pk}": "1", "more": "B 1 7.50"}
    refused = post(client, order, "goods", **wanted).content.decode()
    assert "would be owed ¥2.50" in refused

    post(client, order, "goods", **wanted, refund_difference="on")

    goods = list(order.lines.values_list("sku_code", "quantity", "amount"))
    assert goods == [("A", 1, Decimal(10)), ("B", 1, Decimal("7.50"))]
    assert RefundRequest.objects.get().amount == Decimal("2.50")


def test_an_order_is_split_merged_and_parted(order, store, reviewer, client):
    post(client, order, "split", **{f"pieces_{order.lines.get().pk}": "1"})
    order.refresh_from_db()
    part = Order.objects.get(external_number="T1-2")

    shown = post(client, order, "together", others=f"{part.pk}:{part.version}").content.decode()
    assert "These orders leave in one parcel." in shown
    assert ShipTogetherMember.objects.current().count() == 2

    client.post(page(order, "part"))
    assert ShipTogetherMember.objects.current().count() == 0


def test_a_refund_is_asked_for_and_withdrawn(order, reviewer, client):
    shown = post(client, order, "refund", amount="12.00").content.decode()
    assert "asked for" in shown
    request = RefundRequest.objects.get()

    client.post(page(order, "withdraw"), {"request": request.pk})

    assert RefundRequest.objects.get().state == "withdrawn"


def test_a_contact_is_recorded(order, reviewer, client):
    said = {"by": "call", "topic": "stock", "was_reached": "on", "outcome": "waits"}

    shown = post(client, order, "contact", **said).content.decode()

    assert "wants to wait" in shown
    assert ContactAttempt.objects.get().person == reviewer


def test_the_later_of_two_people_sees_who_was_first(order, store, reviewer, client):
    """ORD-5: in the form, and at the buttons of the order's page."""
    post(client, order, "address", address="新街 8 号")

    again = post(client, order, "address", address="别处 1 号").content.decode()
    approved = client.post(
        page(order, "act"), {"do": "review", "version": order.version}, follow=True
    ).content.decode()

    for shown in (again, approved):
        assert f"{reviewer} was first with order T1" in shown
    assert Order.objects.get().review_state == "waiting"

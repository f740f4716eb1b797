"""The REST interface's conventions, on every resource."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from opsdesk.api import exception_handler
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/"
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")

RESOURCES = {
    "stores": lambda store: store,
    "skus": lambda store: factories.SkuFactory(store=store),
    "stock-levels": lambda store: factories.StockLevelFactory(
        sku=factories.SkuFactory(store=store)
    ),
    "orders": lambda store: factories.OrderLineFactory(order__store=store).order,
    "alerts": lambda store: factories.AlertFactory(subject=factories.OrderFactory(store=store)),
}


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def signed_in(client, store):
    client.force_login(factories.UserFactory(role=Role.ADMINISTRATOR, store=store))
    return client


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_row_of_ours_is_listed_and_has_an_address(resource, signed_in, store):
    row = RESOURCES[resource](store)

    listed = signed_in.get(f"{ROOT}{resource}/").json()
    shown = signed_in.get(f"{ROOT}{resource}/{row.pk}/").json()

    assert listed.keys() == {"next", "previous", "results"}
    assert shown in listed["results"]
    assert shown["id"] == str(row.pk)


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_row_of_another_store_is_not_there(resource, signed_in):
    row = RESOURCES[resource](factories.StoreFactory())

    listed = signed_in.get(f"{ROOT}{resource}/").json()["results"]
    shown = signed_in.get(f"{ROOT}{resource}/{row.pk}/")

    assert str(row.pk) not in [entry["id"] for entry in listed]
    assert shown.status_code == 404
    assert shown["Content-Type"] == "application/problem+json"
    assert shown.json().keys() >= {"type", "title", "status", "code", "detail", "request_id"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_nobody_reads_without_signing_in(resource, client):
    response = client.get(f"{ROOT}{resource}/")

    assert response.status_code == 403
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_here(method, resource, signed_in, store):
    row = RESOURCES[resource](store)

    response = getattr(signed_in, method)(f"{ROOT}{resource}/{row.pk}/", {}, "application/json")

    assert response.status_code == 405


def test_a_role_without_the_right_is_refused(client, store):
    client.force_login(factories.UserFactory(role=Role.MARKETING_OPERATOR, store=store))

    assert client.get(f"{ROOT}orders/").status_code == 403


def test_rows_of_a_store_where_the_role_lacks_the_right_are_not_there(client, store):
    """Reads orders in one store, works without that right in another."""
    person = factories.UserFactory(role=Role.ANALYST, store=store)
    other = factories.MembershipFactory(user=person, role=Role.MARKETING_OPERATOR).store
    factories.OrderFactory(store=other)
    client.force_login(person)

    assert client.get(f"{ROOT}orders/").json()["results"] == []


def test_money_and_ids_are_strings_and_people_are_masked(signed_in, store):
    order = RESOURCES["orders"](store)

    response = signed_in.get(f"{ROOT}orders/{order.pk}/")

    shown = response.json()
    assert shown["total_amount"] == "100.00"
    assert shown["lines"][0]["amount"] == "100.00"
    assert {type(shown[name]) for name in ("id", "store", "channel")} == {str}
    assert shown["phone"] == "138****5678"
    assert not MOBILE.search(response.content.decode())


def test_pages_follow_each_other_to_the_end(signed_in, store):
    factories.OrderFactory.create_batch(5, store=store)

    seen, page = [], f"{ROOT}orders/?page_size=2"
    while page:
        answer = signed_in.get(page).json()
        seen += [order["id"] for order in answer["results"]]
        page = answer["next"]

    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("cursor", ["cD1hYmM=", "cD0xAA=="])
def test_a_cursor_nobody_wrote_is_not_there(cursor, signed_in):
    response = signed_in.get(f"{ROOT}orders/", {"cursor": cursor})

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_an_unknown_address_is_a_problem_document(client):
    response = client.get(f"{ROOT}nothing/")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
    assert client.get(f"{ROOT}orders").url == f"{ROOT}orders/"


@pytest.mark.parametrize(
    ("address", "answered"), [(f"{ROOT}orders/", "application/problem+json"), ("/", "text/html")]
)
def test_an_error_nobody_foresaw_is_answered_as_its_part_of_the_site_does(address, answered, rf):
    handler = get_resolver().resolve_error_handler(500)

    response = handler(rf.get(address))

    assert response.status_code == 500
    assert response["Content-Type"].startswith(answered)


def test_rows_are_narrowed_by_their_fields(signed_in, store):
    factories.OrderFactory(store=store)
    shipped = factories.OrderFactory(store=store, fulfilment_state="shipped")

    found = signed_in.get(f"{ROOT}orders/?fulfilment_state=shipped&store={store.pk}").json()

    assert [order["id"] for order in found["results"]] == [str(shipped.pk)]


def test_a_filter_does_not_tell_which_ids_exist_elsewhere(signed_in):
    other = factories.StoreFactory()

    theirs = signed_in.get(f"{ROOT}orders/?store={other.pk}")
    nobodys = signed_in.get(f"{ROOT}orders/?store={other.pk + 1000}")

    assert theirs.json() == nobodys.json()
    assert theirs.status_code == 200


def test_a_wrong_filter_is_named(signed_in):
    response = signed_in.get(f"{ROOT}orders/?fulfilment_state=lost")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "fulfilment_state"


def test_a_list_asks_as_many_questions_of_fifty_orders_as_of_five(signed_in, store):
    for _ in range(5):
        RESOURCES["orders"](store)
    statements(signed_in)  # The first of a session notes when it began.
    few = statements(signed_in)
    for _ in range(45):
        RESOURCES["orders"](store)

    assert statements(signed_in) == few


def statements(client):
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{ROOT}orders/")
    return len(captured)


@pytest.mark.parametrize(("error", "status"), [(Conflict, 409), (NotAllowed, 403)])
def test_a_refusal_of_the_business_is_a_problem_document(error, status):
    response = exception_handler(error("Somebody was first.", order="42"), {})

    assert response.status_code == status
    assert response.data["code"] == error.code
    assert response.data["detail"] == "Somebody was first."
    assert response.data["order"] == "42"


def test_the_description_names_every_resource(signed_in):
    schema = signed_in.get(f"{ROOT}schema/?format=json").json()

    assert schema["openapi"].startswith("3.")
    assert {f"{ROOT}{resource}/" for resource in RESOURCES} <= schema["paths"].keys()

"""The REST interface's conventions, on every resource."""

import re

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from opsdesk.api import exception_handler, router
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from opsdesk.tokens.models import ApiToken
from tests import factories
from tests.tokens.programs import client_with, program, secret_for

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/"
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")

RESOURCES = {
    "stores": lambda store: store,
    "products": lambda store: factories.ProductFactory(store=store),
    "skus": lambda store: factories.SkuFactory(store=store),
    "prices": lambda store: factories.PriceFactory(sku__store=store),
    "warehouses": lambda store: factories.WarehouseFactory(store=store),
    "stock-movements": lambda store: factories.StockMovementFactory(
        sku=factories.SkuFactory(store=store)
    ),
    "stock-levels": lambda store: factories.StockLevelFactory(
        sku=factories.SkuFactory(store=store)
    ),
    "stock-counts": lambda store: factories.CountSessionFactory(warehouse__store=store),
    "stock-differences": lambda store: factories.StockDifferenceFactory(sku__store=store),
    "purchase-orders": lambda store: (
        factories.PurchaseLineFactory(order=factories.PurchaseOrderFactory(store=store)).order
    ),
    "purchase-receipts": lambda store: (
        factories.PurchaseReceiptLineFactory(
            receipt=factories.PurchaseReceiptFactory(order__store=store)
        ).receipt
    ),
    "orders": lambda store: factories.OrderLineFactory(order__store=store).order,
    "shipments": lambda store: (
        factories.ParcelItemFactory(promise__line__order__store=store).parcel
    ),
    "carriers": lambda store: factories.CarrierServiceFactory(carrier__store=store).carrier,
    "waves": lambda store: factories.WaveOrderFactory(wave__warehouse__store=store).wave,
    "short-picks": lambda store: factories.ShortPickFactory(
        line__promise__line__order__store=store
    ),
    "picks": lambda store: factories.PickLineFactory(promise__line__order__store=store).pick,
    "readings": lambda store: factories.ReadingFactory(store=store),
    "alerts": lambda store: factories.AlertFactory(subject=factories.OrderFactory(store=store)),
    "inspections": lambda store: (
        factories.CheckResultFactory(run__store=store, run__is_scheduled=False).run
    ),
    "automation-rules": lambda store: factories.RuleFactory(store=store),
    "automation-runs": lambda store: (
        factories.FiringEffectFactory(firing__subject__store=store).firing
    ),
    "automation-trials": lambda store: factories.RuleTrialFactory(version__rule__store=store),
}


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def signed_in(store):
    """By a token of every scope, for a person who may look at everything."""
    return program(store)


def test_every_resource_is_covered_here():
    assert get_resolver().url_patterns  # which registers them
    listed = {prefix for prefix, viewset, _n in router.registry if hasattr(viewset, "list")}
    assert listed == RESOURCES.keys()


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

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_session_of_the_site_opens_nothing_here(resource, client, store):
    client.force_login(factories.UserFactory(role=Role.ADMINISTRATOR, store=store))

    assert client.get(f"{ROOT}{resource}/").status_code == 401


@pytest.mark.parametrize("header", ["Bearer od_nobody", "Bearer", "Basic b2Q6b2Q=", "od_1"])
def test_what_is_no_token_opens_nothing(header, client):
    response = client.get(f"{ROOT}stores/", HTTP_AUTHORIZATION=header)

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Content-Type"] == "application/problem+json"


def test_a_token_that_ends_is_out_with_the_next_request(signed_in):
    assert signed_in.get(f"{ROOT}stores/").status_code == 200

    ApiToken.objects.update(revoked_at=ApiToken.objects.get().created_at)

    assert signed_in.get(f"{ROOT}stores/").status_code == 401


def test_who_asks_too_often_is_told_how_long_to_wait(signed_in):
    ApiToken.objects.update(requests_per_minute=1)

    # A new minute may begin between two of them.
    responses = [signed_in.get(f"{ROOT}stores/") for _ in range(3)]

    refused = next(response for response in responses if response.status_code == 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_row_is_not_rewritten_here(method, resource, signed_in, store):
    row = RESOURCES[resource](store)

    response = getattr(signed_in, method)(f"{ROOT}{resource}/{row.pk}/", {}, "application/json")

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_a_role_without_the_right_is_refused(store):
    client = program(store, role=Role.MARKETING_OPERATOR)

    assert client.get(f"{ROOT}orders/").status_code == 403


def test_a_scope_without_the_right_is_refused(store):
    assert program(store, "stock:read").get(f"{ROOT}orders/").status_code == 403


def test_a_token_shows_one_store_though_its_person_works_in_two(store):
    person = factories.UserFactory(role=Role.ANALYST, store=store)
    other = factories.MembershipFactory(user=person, role=Role.ANALYST).store
    factories.OrderFactory(store=other)
    client = client_with(secret_for(person, store))

    assert client.get(f"{ROOT}orders/").json()["results"] == []


def test_a_person_bound_to_a_warehouse_has_tokens_that_are(store):
    assignment = factories.WarehouseAssignmentFactory(membership__store=store)
    ours = factories.StockMovementFactory(
        sku=factories.SkuFactory(store=store), warehouse=assignment.warehouse
    )
    factories.StockMovementFactory(sku=ours.sku)
    client = client_with(secret_for(assignment.membership.user, store))

    found = client.get(f"{ROOT}stock-movements/").json()["results"]

    assert [line["id"] for line in found] == [str(ours.pk)]


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


def test_pages_lead_back_to_the_beginning(signed_in, store):
    factories.OrderFactory.create_batch(5, store=store)
    first = signed_in.get(f"{ROOT}orders/?page_size=2").json()
    second = signed_in.get(first["next"]).json()
    third = signed_in.get(second["next"]).json()

    again = signed_in.get(third["previous"]).json()

    assert again["results"] == second["results"]
    assert signed_in.get(again["previous"]).json()["results"] == first["results"]
    assert first["previous"] is None
    assert third["next"] is None


def test_a_page_is_found_by_an_index_however_deep(signed_in, store):
    factories.OrderFactory.create_batch(3, store=store)
    deeper = signed_in.get(f"{ROOT}orders/?page_size=1").json()["next"]

    with CaptureQueriesContext(connection) as captured:
        signed_in.get(deeper)

    (statement,) = [q["sql"] for q in captured if 'FROM "orders_order"' in q["sql"]]
    assert "OFFSET" not in statement
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "order_list" in plan
    assert "Index Cond" in plan


@pytest.mark.parametrize("size", ["0", "201", "-1", "many", "1.5", "9" * 400, "２"])
def test_a_size_of_page_that_can_not_be_is_said(size, signed_in):
    response = signed_in.get(f"{ROOT}orders/", {"page_size": size})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "page_size"


@pytest.mark.parametrize(
    "cursor", ["cD1hYmM=", "cD0xAA==", "", "!", "漢", "YQ==", "YTFfMQ==", "YWEgYV8x"]
)
def test_a_cursor_nobody_wrote_is_not_there(cursor, signed_in):
    response = signed_in.get(f"{ROOT}orders/", {"cursor": cursor})

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", ["nothing/", "orders/x/", "orders/%0A%0D/"])
def test_an_unknown_address_is_a_problem_document(method, path):
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(f"{ROOT}{path}")

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


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("orders", "fulfilment_state", "lost"),
        ("orders", "store", "x"),
        ("orders", "store", ""),
        ("orders", "store", "1&store=2"),
        ("orders", "external_number", ""),
        ("skus", "is_active", "null"),
        ("skus", "is_active", "True"),
        ("skus", "code", "%00"),
    ],
)
def test_a_wrong_filter_is_named(signed_in, resource, name, value):
    response = signed_in.get(f"{ROOT}{resource}/?{name}={value}")

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == name


@pytest.mark.parametrize(("value", "found"), [("true", 1), ("false", 0)])
def test_truths_are_filtered_as_json_writes_them(signed_in, store, value, found):
    factories.SkuFactory(store=store)

    assert len(signed_in.get(f"{ROOT}skus/?is_active={value}").json()["results"]) == found


def test_a_list_asks_as_many_questions_of_fifty_orders_as_of_five(signed_in, store):
    for _ in range(5):
        RESOURCES["orders"](store)
    signed_in.get(f"{ROOT}orders/")  # notes the token's use, once a minute
    few = statements(signed_in)
    for _ in range(45):
        RESOURCES["orders"](store)

    assert statements(signed_in) == few
    assert few <= 5


def statements(client):
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{ROOT}orders/")
    return len(captured)


def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_come_back():
    response = exception_handler(OperationalError("gone"), {})

    assert response.status_code == 503
    assert response["Retry-After"] == "2"


def test_every_answer_bears_the_id_of_its_request(signed_in):
    response = signed_in.get(f"{ROOT}orders/999999/", headers={"X-Request-ID": "mine"})

    assert response["X-Request-ID"] == response.json()["request_id"] != "mine"


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

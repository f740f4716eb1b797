"""What each service would ask for a parcel, for programs (FUL-5)."""

import pytest

from catalog.models import WarehouseAssignment
from fulfillment.models import CarrierDocument, ParcelCharge
from opsdesk.stores.roles import Role
from tests import factories
from tests.fulfillment.carriers import Carriers
from tests.tokens.programs import client_with, program, secret_for

pytestmark = pytest.mark.django_db
PATH = "/api/v1/quotes/"


@pytest.fixture
def shop():
    return Carriers()


@pytest.fixture
def client(shop):
    return program(shop.store, role=Role.WAREHOUSE)


def ask(client, shop, key="k1", **more):
    wanted = {"warehouse": shop.warehouse.code, "region": "浙江省杭州市", "weight_grams": 2_300}
    headers = {"Idempotency-Key": key}
    return client.post(PATH, wanted | more, "application/json", headers=headers)


def test_offers_come_the_best_first_with_cost_days_and_why(client, shop):
    """FUL-5: and who can't carry it, with the reason."""
    dear, cheap = shop.service("20.00"), shop.service("10.00")
    shut = shop.service()
    CarrierDocument.objects.filter(carrier=shut.carrier).update(
        withdrawn_at=shop.store.created_at, withdrawn_because="Copied badly"
    )

    answer = ask(client, shop)

    assert answer.status_code == 200
    told = answer.json()
    assert (told["region"], told["currency"]) == ("3301", "CNY")
    assert [one["carrier"] for one in told["offers"]] == [cheap.carrier.code, dear.carrier.code]
    best = told["offers"][0]
    assert (best["cost"], best["days"], best["judged"]) == ("17.50", 3, 0)
    assert best["service"] == cheap.code
    assert best["parts"][0]["amount"] == "17.50"
    assert len(best["reasons"]) >= 2
    assert best["in_time"] is None
    (refused,) = told["refused"]
    assert refused["carrier"] == shut.carrier.code
    assert refused["reason"]


def test_size_and_value_count(client, shop):
    """FUL-5: 40 × 30 × 20 cm by 6000 are 4 kg; one per cent of the value is added."""
    service = shop.service()
    table = service.price_tables.get()
    table.divisor = 6_000
    table.save()
    factories.SurchargeFactory(table=table, kind="insurance", percent=1, amount=0)

    size = {"length_mm": 400, "width_mm": 300, "height_mm": 200}
    (offer,) = ask(client, shop, insured="500.00", **size).json()["offers"]

    assert [part["amount"] for part in offer["parts"]] == ["25.00", "5.00"]
    assert offer["cost"] == "30.00"


def test_a_promise_and_permits_are_asked_for(client, shop):
    shop.service()

    late = ask(client, shop, deliver_by="2020-01-01T00:00:00+08:00").json()
    cold = ask(client, shop, key="k2", permits=["cold"]).json()

    assert late["offers"][0]["in_time"] is False
    assert cold["offers"] == []
    assert len(cold["refused"]) == 1


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"region": "Atlantis"}, 409, "unknown_region"),
        ({"length_mm": 400}, 409, "domain_error"),
        ({"weight_grams": 0}, 400, "invalid"),
        ({"permits": ["magic"]}, 400, "invalid"),
        ({"insured": "five"}, 400, "invalid"),
        ({"warehouse": "elsewhere"}, 404, "not_found"),
    ],
)
def test_what_can_t_be_asked_is_said(client, shop, given, status, code):
    shop.service()

    answer = ask(client, shop, **given)

    assert answer.status_code == status
    assert answer.json()["code"]


def test_nothing_is_written(client, shop, django_assert_max_num_queries):
    for _service in range(6):
        shop.service()
    ask(client, shop)

    with django_assert_max_num_queries(30):
        assert len(ask(client, shop, key="k2").json()["offers"]) == 6

    assert not ParcelCharge.objects.exists()


def test_other_warehouses_than_one_s_own_are_not_there(shop):
    other = factories.WarehouseFactory(store=shop.store)
    person = factories.UserFactory(role=Role.WAREHOUSE, store=shop.store)
    WarehouseAssignment.objects.create(membership=person.memberships.get(), warehouse=other)
    client = client_with(secret_for(person, shop.store))

    assert ask(client, shop).status_code == 404
    assert ask(client, Carriers(), key="k2").status_code == 404


def test_who_may_not_know_what_carriers_cost_is_refused(shop):
    assert ask(program(shop.store, role=Role.CUSTOMER_SERVICE), shop).status_code == 403


def test_what_may_be_done_there_is_told(client):
    assert client.options(PATH).status_code == 200

"""REST: where a shipment is, and what programs tell of it (FUL-7)."""

import pytest

from fulfillment.models import TrackingEvent
from opsdesk.stores.roles import Role
from tests import factories
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import seen, standing, tell, under_way
from tests.tokens.programs import ROOT, client_with, program, secret_for, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def client(shop):
    return program(shop.store, "fulfilment:read", "fulfilment:write", role=Role.WAREHOUSE)


def event(at="2026-03-03T10:00:00+08:00", state="in_transit", **values):
    return {"at": at, "state": state, "text": "Left the hub", **values}


ARRIVAL = event("2026-03-04T18:05:00+08:00", "delivered", place="Hangzhou", code="3")


def place(parcel) -> str:
    return f"shipments/{parcel.pk}/tracking"


def test_events_are_told_and_read_newest_first(shop, client):
    """FUL-7: each is settled for itself; parcel and order follow."""
    parcel = under_way(shop)

    answer = send(client, place(parcel), {"events": [event(), ARRIVAL, event()]})

    assert answer.status_code == 200
    assert answer.json() == {
        "state": "delivered",
        "results": [
            {"outcome": "stored", "mark": ""},
            {"outcome": "stored", "mark": ""},
            {"outcome": "known", "mark": ""},
        ],
    }
    assert standing(parcel)["order"][0] == "delivered"
    read = client.get(f"{ROOT}{place(parcel)}/").json()
    assert [row["state"] for row in read["results"]] == ["delivered", "in_transit"]
    assert read["results"][0]["place"] == "Hangzhou"


def test_events_are_paged_by_cursor(shop, client):
    parcel = under_way(shop)
    tell(parcel, *(seen(hour, "arrived") for hour in range(5)))
    first = client.get(f"{ROOT}{place(parcel)}/?page_size=3").json()
    second = client.get(first["next"]).json()
    moments = [row["at"] for row in first["results"] + second["results"]]
    assert len(moments) == 5
    assert moments == sorted(moments, reverse=True)


def test_mobile_numbers_in_the_carrier_s_words_are_masked(shop, client):
    parcel = under_way(shop)
    tell(parcel, seen(1, "out_for_delivery", "Courier 13812345678"))
    (row,) = client.get(f"{ROOT}{place(parcel)}/").json()["results"]
    assert row["text"] == "Courier 138****5678"


def test_a_shipment_of_another_store_or_warehouse_is_not_there(shop, client):
    person = factories.WarehouseAssignmentFactory(
        membership__store=shop.store,
        membership__role=Role.WAREHOUSE,
        warehouse=factories.WarehouseFactory(store=shop.store),
    ).membership.user
    elsewhere = client_with(secret_for(person, shop.store))
    for who, parcel in ((client, under_way(Shop())), (elsewhere, under_way(shop, "SF2000000002"))):
        assert who.get(f"{ROOT}{place(parcel)}/").status_code == 404
        assert send(who, place(parcel), {"events": [event()]}).status_code == 404
    assert not TrackingEvent.objects.exists()


def test_who_only_reads_tells_nothing(shop):
    parcel = under_way(shop)
    reader = program(shop.store, "fulfilment:read", role=Role.WAREHOUSE)
    assert reader.get(f"{ROOT}{place(parcel)}/").status_code == 200
    assert send(reader, place(parcel), {"events": [event()]}).status_code == 403


def test_who_tells_where_parcels_are_need_not_be_who_ships_them(shop):
    """FUL-7: a right and a scope of its own, which opens nothing else."""
    parcel = under_way(shop)
    teller = program(shop.store, "tracking:write", role=Role.CUSTOMER_SERVICE)
    assert send(teller, place(parcel), {"events": [ARRIVAL]}).status_code == 200
    assert send(teller, "shipments", {}).status_code == 403
    analyst = program(shop.store, "tracking:write", role=Role.ANALYST)
    assert send(analyst, place(parcel), {"events": [event()]}).status_code == 403


def test_names_of_couriers_are_not_for_programs(shop, client):
    parcel = under_way(shop)
    tell(parcel, seen(1, "out_for_delivery", "派送中，快递员：王小明，电话 0571-88886666"))
    (row,) = client.get(f"{ROOT}{place(parcel)}/").json()["results"]
    assert "王小明" not in row["text"]
    assert "88886666" not in row["text"]


@pytest.mark.parametrize(
    "events",
    [[], [event(at="2026-03-03 10:00")], [event(state="teleported")], [event()] * 201, "x"],
    ids=["none", "no zone", "no such state", "too many", "no list"],
)
def test_what_is_no_event_is_refused_whole(shop, client, events):
    parcel = under_way(shop)
    assert send(client, place(parcel), {"events": events}).status_code == 400
    assert not TrackingEvent.objects.exists()


def test_a_moment_that_can_not_be_is_refused(shop, client):
    parcel = under_way(shop)
    odd = event("2026-03-04T18:05:00+23:50")
    assert send(client, place(parcel), {"events": [odd]}).status_code == 200
    long_ago = event("0001-01-01T00:00:00+23:50")
    assert send(client, place(parcel), {"events": [long_ago]}, key="k-2").status_code == 409

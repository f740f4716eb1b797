"""Goods are received by REST, into the warehouses the token may work in."""

from datetime import timedelta

import pytest

from catalog.models import StockLevel, StockMovement
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.tokens.programs import client_with, program, secret_for, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def scanner(store):
    return program(store, role=Role.WAREHOUSE)


@pytest.fixture
def receipt(store):
    sku, warehouse = factories.SkuFactory(store=store), factories.WarehouseFactory(store=store)
    return {"sku": str(sku.pk), "warehouse": str(warehouse.pk), "quantity": 12}


def test_goods_are_received_and_in_the_ledger(scanner, receipt):
    response = send(scanner, "stock-movements", {**receipt, "note": "pallet 7"})

    line = StockMovement.objects.get()
    assert response.status_code == 201
    assert scanner.get(response["Location"]).json() == response.json()
    assert (line.kind, line.quantity, line.note) == ("receive", 12, "pallet 7")
    assert StockLevel.objects.get().available == 12
    assert_invariants_hold()


@pytest.mark.parametrize("name", ["sku", "warehouse"])
def test_what_belongs_to_another_store_is_not_there(scanner, receipt, name):
    theirs = {"sku": factories.SkuFactory(), "warehouse": factories.WarehouseFactory()}[name]

    foreign = send(scanner, "stock-movements", {**receipt, name: str(theirs.pk)})
    nobodys = send(scanner, "stock-movements", {**receipt, name: "999999999"}, key="other")

    assert foreign.status_code == nobodys.status_code == 404
    assert foreign.json()["detail"] == nobodys.json()["detail"]
    assert not StockMovement.objects.exists()


def test_who_is_bound_to_a_warehouse_receives_there_only(store, receipt):
    assignment = factories.WarehouseAssignmentFactory(membership__store=store)
    scanner = client_with(secret_for(assignment.membership.user, store))
    ours = {**receipt, "warehouse": str(assignment.warehouse.pk)}

    assert send(scanner, "stock-movements", receipt, key="one").status_code == 404
    assert send(scanner, "stock-movements", ours, key="two").status_code == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": "12"}, "quantity"),
        ({"sku": 7}, "sku"),
        ({"sku": "x"}, "sku"),
        ({"warehouse": "9" * 19}, "warehouse"),
        ({"note": 1}, "note"),
    ],
)
def test_a_wrong_field_is_named(scanner, receipt, wrong, field):
    response = send(scanner, "stock-movements", receipt | wrong)

    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_fields_that_are_not_named_change_nothing(scanner, receipt):
    others = {"kind": "write_off", "from_state": "damaged", "at": "2020-01-01T00:00:00Z"}

    send(scanner, "stock-movements", receipt | others | {"actor": "1", "reference": "order:1"})

    line = StockMovement.objects.get()
    assert (line.kind, line.from_state, line.reference) == ("receive", "", "")
    assert line.at.year > 2020


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


@pytest.mark.parametrize("resource", ["products", "skus", "stock-levels", "prices"])
def test_goods_are_found_by_any_code_of_their_sku(store, resource):
    """CAT-1: its own, a former one, an alias; not by another store's."""
    client, wanted = program(store), None
    for code in ("OURS", "OTHER"):
        sku = factories.SkuFactory(store=store, code=code)
        level, price = factories.StockLevelFactory(sku=sku), factories.PriceFactory(sku=sku)
        rows = {"products": sku.product, "skus": sku, "stock-levels": level, "prices": price}
        wanted = wanted or str(rows[resource].pk)
        if code == "OURS":
            factories.SkuCodeFactory(store=store, sku=sku, code="ALIAS")
    factories.SkuCodeFactory(code="THEIRS")

    for code, found in {"OURS": [wanted], "ALIAS": [wanted], "THEIRS": [], "NONE": []}.items():
        assert ids(client.get(f"/api/v1/{resource}/", {"code": code})) == found


def test_prices_are_read_per_channel_and_moment(store):
    """CAT-6: from when until when, money as a string; a channel's own beside the one for all."""
    client, channel = program(store), factories.ChannelFactory(store=store)
    sku = factories.SkuFactory(store=store)
    days = [MOMENT + timedelta(days=number) for number in range(3)]
    over = factories.PriceFactory(sku=sku, amount=90, valid=(days[0], days[1]))
    now = factories.PriceFactory(sku=sku, amount=95, valid=(days[1], None))
    own = factories.PriceFactory(sku=sku, amount=80, channel=channel, valid=(days[1], days[2]))

    shown = client.get(f"/api/v1/prices/{own.pk}/").json()

    assert shown == {
        "id": str(own.pk),
        "sku": str(sku.pk),
        "sku_code": sku.code,
        "channel": str(channel.pk),
        "amount": "80.00",
        "valid_from": f"{days[1]:%Y-%m-%dT%H:%M:%SZ}",
        "valid_until": f"{days[2]:%Y-%m-%dT%H:%M:%SZ}",
    }
    held = {"sku": sku.pk, "at": days[1].isoformat()}
    assert ids(client.get("/api/v1/prices/", held)) == [str(own.pk), str(now.pk)]
    assert ids(client.get("/api/v1/prices/", held | {"channel": channel.pk})) == [str(own.pk)]
    assert ids(client.get("/api/v1/prices/", held | {"at": days[0].isoformat()})) == [str(over.pk)]
    assert client.get("/api/v1/prices/", {"at": "2026-03-01T09:00:00"}).status_code == 400


def test_a_role_that_receives_nothing_is_refused(store, receipt):
    analyst = program(store, role=Role.ANALYST)

    assert send(analyst, "stock-movements", receipt).status_code == 403

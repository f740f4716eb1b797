"""A program's token opens what its warehouse has, on every route; asking for more is on record."""

import logging

import pytest

from fulfillment.api import (
    CarrierViewSet,
    PickViewSet,
    ShipmentViewSet,
    ShortPickViewSet,
    WaveViewSet,
)
from fulfillment.models import Parcel
from opsdesk.audit.models import AuditEntry
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.fulfillment.shipping import Shop
from tests.tokens.programs import ROOT, client_with, program, secret_for

pytestmark = pytest.mark.django_db
REASON = {"reason": "Mine"}
EVENT = {"at": "2026-03-03T10:00:00+08:00", "state": "in_transit", "text": "Left the hub"}
SHIPMENT = {"carrier": "{carrier}", "waybill": "SF1000000009", "warehouse": "{warehouse}"}

# Method, route with a row of the shop's, what is sent, and the name that goes on record.
ROUTES = [
    ("get", "shipments/{parcel}/", None, "shipments-detail"),
    ("get", "shipments/{parcel}/tracking/", None, "shipments-tracking"),
    ("post", "shipments/{parcel}/tracking/", {"events": [EVENT]}, "shipments-tracking"),
    ("post", "shipments/{parcel}/cancel/", REASON, "shipments-cancel"),
    ("post", "shipments/{parcel}/intercept/", REASON, "shipments-intercept"),
    (
        "post",
        "shipments/{parcel}/relabel/",
        {"carrier": "{carrier}", "service": "standard", "waybill": "SF1", **REASON},
        "shipments-relabel",
    ),
    ("post", "shipments/", {**SHIPMENT, "order_ids": ["{order}"]}, "shipments-list"),
    ("get", "waves/{wave}/", None, "waves-detail"),
    ("post", "waves/{wave}/release/", {}, "waves-release"),
    ("post", "waves/{wave}/cancel/", {}, "waves-cancel"),
    ("get", "picks/{pick}/", None, "picks-detail"),
    ("post", "picks/{pick}/assign/", {}, "picks-assign"),
    ("post", "picks/{pick}/lines/", {"lines": [{"line": "{line}", "picked": 1}]}, "picks-lines"),
    ("get", "short-picks/{short}/", None, "short-picks-detail"),
    ("post", "short-picks/{short}/decide/", {"decision": "out"}, "short-picks-decide"),
    ("post", "short-picks/{short}/count/", {}, "short-picks-count"),
]
# What names a warehouse by its code means one of the token's store.
OF_THE_STORE = [("post", "waves/", {"warehouse": "{warehouse}"}, "waves-list")]
# A carrier is the store's, whatever the warehouse.
OF_ANOTHER_STORE = [("get", "carriers/{carrier_id}/", None, "carriers-detail")]
# Settled one by one: the answer names what is refused.
IN_BULK = {"shipments-bulk"}


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def rows(shop):
    """What the shop's warehouse has, by the names in the routes."""
    parcel = shop.packed(shop.order(1))
    line = shop.order(1).lines.get()
    promise = line.reservations.get()
    short = factories.ShortPickFactory(line__promise=promise)
    return {
        "parcel": parcel.pk,
        "order": shop.order(1).pk,
        "carrier": shop.carrier.code,
        "carrier_id": shop.carrier.pk,
        "warehouse": shop.warehouse.code,
        "wave": short.line.pick.wave_id,
        "pick": short.line.pick_id,
        "line": short.line_id,
        "short": short.pk,
    }


def bound_elsewhere(shop):
    """Somebody who works in another warehouse of the store, and their program."""
    place = factories.WarehouseFactory(store=shop.store)
    assignment = factories.WarehouseAssignmentFactory(
        membership__store=shop.store, membership__role=Role.WAREHOUSE, warehouse=place
    )
    return place, client_with(secret_for(assignment.membership.user, shop.store))


def of_another_store(_shop):
    place = factories.WarehouseFactory()
    return place, program(place.store, "fulfilment:read", "fulfilment:write", role=Role.WAREHOUSE)


def filled(given, rows):
    """The route or body with the rows' names put in."""
    if isinstance(given, str):
        return given.format(**rows)
    if isinstance(given, dict):
        return {name: filled(value, rows) for name, value in given.items()}
    return [filled(value, rows) for value in given] if isinstance(given, list) else given


def ask(client, method, route, given, rows):
    address = ROOT + filled(route, rows)
    if method == "get":
        return client.get(address)
    headers = {"Idempotency-Key": "one"}
    return client.post(address, filled(given, rows), "application/json", headers=headers)


def noted():
    entries = AuditEntry.objects.filter(verb=AuditEntry.Verb.REFUSED)
    return [(entry.after["what"], entry.after["status"]) for entry in entries]


def test_every_route_of_the_chapter_is_looked_at():
    """What a resource gains is added to the routes above."""
    names = {"shipments-list", "waves-list"} | IN_BULK
    for viewset, base in (
        (ShipmentViewSet, "shipments"),
        (WaveViewSet, "waves"),
        (PickViewSet, "picks"),
        (ShortPickViewSet, "short-picks"),
        (CarrierViewSet, "carriers"),
    ):
        names.add(f"{base}-detail")
        names |= {f"{base}-{one.url_name}" for one in viewset.get_extra_actions()}

    routes = [*ROUTES, *OF_THE_STORE, *OF_ANOTHER_STORE]
    assert {name for *_, name in routes} | IN_BULK == names


@pytest.mark.parametrize("route", [*ROUTES, *OF_THE_STORE], ids=lambda route: " ".join(route[:2]))
def test_a_token_of_another_warehouse_finds_nothing_and_is_noted(route, shop, rows, caplog):
    """Warehouse scope: a 404 on every route, who asked is on record, and nothing changes."""
    method, path, given, name = route
    _place, client = bound_elsewhere(shop)

    with caplog.at_level(logging.WARNING, "opsdesk.api"):
        answer = ask(client, method, path, given, rows)

    assert (answer.status_code, noted()) == (404, [(name, 404)])
    assert [one.getMessage()[:9] for one in caplog.records if one.name == "opsdesk.api"] == [
        "Not there"
    ]
    assert Parcel.objects.get().state == Parcel.State.PACKED


@pytest.mark.parametrize("resource", ["shipments", "waves", "picks", "short-picks"])
def test_lists_of_a_token_of_another_warehouse_are_empty(resource, shop, rows):
    _place, client = bound_elsewhere(shop)

    assert client.get(f"{ROOT}{resource}/").json()["results"] == []


@pytest.mark.parametrize(
    "route", [*ROUTES, *OF_ANOTHER_STORE], ids=lambda route: " ".join(route[:2])
)
def test_a_token_of_another_store_finds_nothing_and_is_noted(route, shop, rows):
    """Store scope."""
    method, path, given, name = route
    place, client = of_another_store(shop)

    answer = ask(client, method, path, given, {**rows, "warehouse": place.code})

    assert (answer.status_code, noted()) == (404, [(name, 404)])


@pytest.mark.parametrize("whose", [bound_elsewhere, of_another_store])
def test_what_is_named_in_bulk_is_refused_by_name_and_noted(whose, shop, rows):
    """The others of the request are settled as if it had not been there."""
    place, client = whose(shop)
    code = shop.warehouse.code if whose is bound_elsewhere else place.code
    sent = filled({**SHIPMENT, "order_ids": ["{order}"]}, {**rows, "warehouse": code})

    answer = ask(client, "post", "shipments/bulk/", {"shipments": [sent]}, rows)

    assert [each["code"] for each in answer.json()["results"]] == ["not_here"]
    assert noted() == [("shipments-bulk", 404)]
    assert Order.objects.get(pk=rows["order"]).parcel_orders.count() == 0


def test_a_line_of_another_warehouses_pick_list_is_refused_and_noted(shop, rows):
    """The pick list is theirs, the line is not."""
    place, client = bound_elsewhere(shop)
    own = factories.PickFactory(wave__warehouse=place)
    lines = {"lines": [{"line": "{line}", "picked": 1}]}

    answer = ask(client, "post", f"picks/{own.pk}/lines/", lines, rows)

    assert answer.json()["results"][0]["outcome"] == "refused"
    assert noted() == [("picks-lines", 404)]


@pytest.mark.parametrize(
    ("route", "given"),
    [
        ("shipments/999999999/", None),
        ("shipments/", {**SHIPMENT, "orders": ["NOT-THERE"]}),
        (
            "shipments/{parcel}/relabel/",
            {"carrier": "no", "service": "no", "waybill": "1", **REASON},
        ),
    ],
)
def test_what_is_nowhere_or_mistyped_is_no_trespass(route, given, shop, rows):
    """A 404, and nothing on record."""
    client = program(shop.store, "fulfilment:read", "fulfilment:write", role=Role.WAREHOUSE)

    answer = ask(client, "post" if given else "get", route, given, rows)

    assert (answer.status_code, noted()) == (404, [])

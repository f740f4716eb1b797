"""Shipments by REST: told once, read by cursor, kept to one's warehouse (FUL-3)."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment.models import Parcel
from fulfillment.services import shipping_ground
from opsdesk.invariants import all_invariants, violations
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.concurrency import run_together, slowly
from tests.fulfillment.shipping import Shop
from tests.tokens.programs import ROOT, client_with, program, secret_for, send


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def client(shop):
    return warehouse_program(shop)


def warehouse_program(shop):
    return program(shop.store, "fulfilment:read", "fulfilment:write", role=Role.WAREHOUSE)


def body(shop, order, waybill="SF1000000001", **values):
    return {
        "orders": [order.external_number],
        "warehouse": shop.warehouse.code,
        "carrier": shop.carrier.code,
        "waybill": waybill,
        **values,
    }


def bound_elsewhere(shop):
    """A token of somebody who works in another warehouse of the store."""
    person = factories.WarehouseAssignmentFactory(
        membership__store=shop.store,
        membership__role=Role.WAREHOUSE,
        warehouse=factories.WarehouseFactory(store=shop.store),
    ).membership.user
    return client_with(secret_for(person, shop.store))


def test_a_shipment_is_told_and_read(shop, client):
    """FUL-3: carrier, service, waybill, weight and cost are recorded per parcel."""
    order = shop.order(2)

    answer = send(client, "shipments", body(shop, order, weight_grams=750, freight_cost="8.00"))

    assert answer.status_code == 201, answer.content
    told = answer.json()
    shown = client.get(answer["Location"]).json()
    line = order.lines.get()
    assert told == {
        "outcome": "created",
        "id": shown["id"],
        "number": shown["number"],
        "state": "handed_over",
        "waybill": "SF1000000001",
    }
    assert (shown["carrier"], shown["service"], shown["freight_cost"]) == (
        shop.carrier.code,
        "standard",
        "8.00",
    )
    assert shown["orders"] == [{"order": str(order.pk), "external_number": order.external_number}]
    assert shown["items"] == [
        {
            "order": str(order.pk),
            "sku": str(line.sku_id),
            "sku_code": line.sku.code,
            "quantity": 2,
        }
    ]


def test_a_shipment_told_again_is_known(shop, client):
    order = shop.order(1)
    first = send(client, "shipments", body(shop, order))

    same_key = send(client, "shipments", body(shop, order))
    other_key = send(client, "shipments", body(shop, order), key="key-2")
    by_id = {**body(shop, order), "order_ids": [str(order.pk)]}
    del by_id["orders"]
    other = send(client, "shipments", body(shop, shop.order(1)), key="key-3")

    assert (same_key.status_code, same_key["Idempotency-Replayed"]) == (201, "true")
    assert (other_key.status_code, other_key.json()["outcome"]) == (200, "known")
    assert send(client, "shipments", by_id, key="key-4").json()["id"] == first.json()["id"]
    assert (other.status_code, other.json()["code"]) == (409, "waybill_taken")
    assert other.json()["shipment"] == first.json()["id"]


@pytest.mark.parametrize("field", ["warehouse", "carrier", "orders"])
def test_what_the_store_does_not_have_is_not_there(shop, client, field):
    wrong = body(shop, shop.order(1)) | {field: ["nothing"] if field == "orders" else "nothing"}

    answer = send(client, "shipments", wrong)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_many_are_settled_each_for_itself(shop, client):
    good, held = shop.order(1), shop.order(1)
    Order.objects.filter(pk=held.pk).update(review_state="held")

    answer = send(
        client,
        "shipments/bulk",
        {"shipments": [body(shop, good), body(shop, held, "SF1000000002")]},
    )

    first, second = answer.json()["results"]
    assert (first["outcome"], first["state"]) == ("created", "handed_over")
    assert (second["outcome"], second["code"], second["waybill"]) == (
        "refused",
        "conflict",
        "SF1000000002",
    )
    assert held.external_number in second["detail"]


def test_a_shipment_that_is_here_is_labelled_anew_or_cancelled(shop, client):
    parcel = shop.packed(shop.order(1))

    anew = send(
        client,
        f"shipments/{parcel.pk}/relabel",
        {
            "carrier": shop.carrier.code,
            "service": "standard",
            "waybill": "SF1000000002",
            "reason": "Label torn",
        },
    )
    assert (anew.status_code, anew.json()["replaces"]) == (201, str(parcel.pk))
    cancelled = send(
        client, f"shipments/{anew.json()['id']}/cancel", {"reason": "Box torn"}, key="key-2"
    )
    again = send(
        client, f"shipments/{anew.json()['id']}/cancel", {"reason": "Box torn"}, key="key-3"
    )

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert again.status_code == 409


def test_a_shipment_that_is_under_way_is_to_be_stopped(shop, client):
    """FUL-7: once; the second is told."""
    parcel = shop.packed(shop.order(1))
    path = f"shipments/{parcel.pk}/intercept"
    early = send(client, path, {"reason": "Wrong address"})
    shop.handed_over(parcel)

    asked = send(client, path, {"reason": "Wrong address"}, key="key-2")
    again = send(client, path, {"reason": "Wrong address"}, key="key-3")

    assert (early.status_code, asked.status_code, again.status_code) == (409, 201, 409)
    assert (asked.json()["shipment"], asked.json()["state"]) == (str(parcel.pk), "asked")


def test_shipments_are_found_by_what_is_known_of_them(shop, client):
    order = shop.order(1)
    found = send(client, "shipments", body(shop, order)).json()["id"]
    send(client, "shipments", body(shop, shop.order(1), "SF1000000002"), key="key-2")
    moment = Parcel.objects.get(pk=found).handed_over_at.isoformat().replace("+00:00", "Z")

    for query in (
        "waybill=sf 1000000001",
        f"order={order.pk}",
        f"order_number={order.external_number}",
        f"order={order.pk}&state=handed_over&carrier={shop.carrier.code}",
        f"order={order.pk}&handed_over_from={moment}&warehouse={shop.warehouse.pk}",
    ):
        rows = client.get(f"{ROOT}shipments/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [found], query
    assert client.get(f"{ROOT}shipments/?handed_over_before={moment}").json()["results"] == []


def test_a_page_of_shipments_takes_as_many_statements_as_one(shop, client):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            client.get(f"{ROOT}shipments/")
        return len(captured)

    send(client, "shipments", body(shop, shop.order(1)))
    few = statements()
    for number in range(5):
        send(
            client,
            "shipments",
            body(shop, shop.order(1, 1), f"SF200000000{number}"),
            key=f"k{number}",
        )

    assert statements() == few


def test_who_only_reads_can_not_ship(shop):
    reader = program(shop.store, "fulfilment:read", role=Role.WAREHOUSE)

    assert send(reader, "shipments", body(shop, shop.order(1))).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", [["key-1", "key-1"], ["key-1", "key-2"]])
def test_a_shipment_told_by_two_tokens_at_once_is_one_parcel(monkeypatch, keys):
    """FUL-3: whether they share a key or not."""
    shop = Shop()
    order = shop.order(1)
    clients = [warehouse_program(shop), warehouse_program(shop)]
    monkeypatch.setattr(shipping_ground, "_put_pieces", slowly(shipping_ground._put_pieces))

    answers = run_together(
        [
            partial(send, client, "shipments", body(shop, order), key=key)
            for client, key in zip(clients, keys, strict=True)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert len({answer.json()["id"] for answer in answers}) == Parcel.objects.count() == 1
    assert [one for one in violations(all_invariants()) if one["violations"]] == []


def test_one_shipment_takes_few_statements(shop, client):
    """150 a second by two web processes leave no room for more."""
    send(client, "shipments", body(shop, shop.order(1)))
    order = shop.order(1)

    with CaptureQueriesContext(connection) as captured:
        assert (
            send(client, "shipments", body(shop, order, "SF1000000002"), key="k2").status_code
            == 201
        )

    assert len(captured) <= 10

"""The client for programs in Python: does what the interface describes, each thing once."""

from __future__ import annotations

import inspect
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args, get_type_hints

import opsdesk_client
import pytest
from drf_spectacular.generators import SchemaGenerator
from opsdesk_client import OpsDesk, Refused, Unanswered, models

from fulfillment.models import Parcel
from opsdesk.stores.roles import Role
from tests.clients.lossy import LOST, network
from tests.fulfillment.carriers import priced
from tests.fulfillment.shipping import Shop
from tests.tokens.programs import secret_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def desk(shop, live_server, pauses):
    """The client, for somebody who works in the warehouse; its pauses are noted, not made."""

    def desk(site: str = live_server.url, **options) -> OpsDesk:
        secret = secret_for(shop.person(Role.WAREHOUSE), shop.store)
        return OpsDesk(site, secret, sleep=pauses.append, **options)

    return desk


def parcel(shop, order, **more):
    return {
        "orders": [order.external_number],
        "warehouse": shop.warehouse.code,
        "carrier": shop.carrier.code,
        "waybill": f"WB{order.pk:010d}",
        **more,
    }


@pytest.fixture(scope="module")
def description():
    return SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]


ANSWERS = [
    kind
    for _name, kind in inspect.getmembers(models, is_dataclass)
    if kind.__module__ == models.__name__
]


@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
def test_an_answer_is_read_as_it_is_described(kind, description):
    described = description[kind.__name__]
    hints = get_type_hints(kind)

    for field in fields(kind):
        told = described["properties"][field.name]
        may_be_none = type(None) in get_args(hints[field.name])
        assert may_be_none == bool(told.get("nullable")), field.name
        kinds = [one for one in get_args(hints[field.name]) or [hints[field.name]]]
        assert (told.get("format") == "date-time") == (datetime in kinds), field.name
        assert (told.get("format") == "decimal") == (Decimal in kinds), field.name
        assert (told.get("type") == "integer") == (int in kinds), field.name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (opsdesk_client.GivenShipment, "ShipmentGivenRequest"),
        (opsdesk_client.GivenItem, "ItemGivenRequest"),
        (opsdesk_client.GivenLine, "LineDoneRequest"),
        (opsdesk_client.GivenEvent, "SeenGivenRequest"),
        (opsdesk_client.GivenQuote, "QuoteGivenRequest"),
    ],
)
def test_what_is_sent_is_described(given, name, description):
    assert (
        given.__required_keys__ | given.__optional_keys__ <= description[name]["properties"].keys()
    )
    assert set(description[name].get("required", [])) <= given.__required_keys__


def test_a_price_is_asked_for(shop, desk):
    """FUL-5: what each service asks, before the parcel is labelled."""
    service = priced(shop.warehouse)

    found = desk().quote(
        {
            "warehouse": shop.warehouse.code,
            "region": "3301",
            "weight_grams": 2_300,
            "insured": Decimal("80.00"),
        }
    )

    (offer,) = found.offers
    assert (offer.service, offer.cost) == (service.code, Decimal("17.50"))
    assert offer.parts[0].amount == Decimal("17.50")
    assert [one.carrier for one in found.refused] == [shop.carrier.code]


def test_a_parcel_is_told_and_read_back(shop, desk):
    order = shop.order(2)
    client = desk()

    told = client.ship(parcel(shop, order, weight_grams=480, freight_cost=Decimal("7.20")))
    (found,) = client.shipments(waybill=told.waybill)

    assert (told.outcome, told.state) == ("created", "handed_over")
    assert found == client.shipment(told.id)
    assert (found.weight_grams, found.freight_cost) == (480, Decimal("7.20"))
    assert found.handed_over_at <= datetime.now(UTC)
    assert [(item.order, item.quantity) for item in found.items] == [(str(order.pk), 2)]
    assert client.order(str(order.pk)).fulfilment_state == "shipped"
    assert [place.code for place in client.warehouses()] == [shop.warehouse.code]


def test_of_many_each_is_settled_for_itself(shop, desk):
    first, second = shop.order(), shop.order()
    client = desk()

    settled = client.ship_all(
        [parcel(shop, first), {**parcel(shop, second), "orders": ["nowhere"]}]
    )

    assert [one.outcome for one in settled] == ["created", "refused"]
    assert settled[1].detail
    assert Parcel.objects.count() == 1


def test_an_answer_that_was_lost_is_asked_for_with_the_same_key(shop, desk, live_server, pauses):
    """The site has shipped it twice over; there is one parcel."""
    order = shop.order()
    with network(live_server.url) as between:
        between.plan.extend([LOST, LOST])

        told = desk(between.address).ship(parcel(shop, order))

    assert told.outcome == "created"
    assert Parcel.objects.count() == 1
    assert len(between.keys) == 3
    assert len(set(between.keys)) == 1
    assert 0 < pauses[0] < pauses[1] * 2


def test_who_asks_too_much_waits_as_long_as_it_is_told(shop, desk, live_server, pauses):
    with network(live_server.url) as between:
        between.plan.append((429, {"Retry-After": "17"}))

        assert list(desk(between.address).orders()) == []

    assert pauses == [17.0]


def test_what_nobody_answered_can_be_sent_again_later(shop, desk, live_server):
    order = shop.order()
    with network(live_server.url) as between:
        between.plan.extend([LOST, (503, {}), (502, {})])
        client = desk(between.address, attempts=3)
        with pytest.raises(Unanswered) as unknown:
            client.ship(parcel(shop, order))

        told = client.ship(parcel(shop, order), key=unknown.value.key)

    assert told.outcome == "created"
    assert Parcel.objects.count() == 1


def test_a_refusal_is_not_repeated_and_says_why(shop, desk, live_server, pauses):
    order = shop.order()
    with network(live_server.url) as between:
        client = desk(between.address)
        with pytest.raises(Refused) as wrong:
            client.ship({**parcel(shop, order), "weight_grams": -1})
        with pytest.raises(Refused) as absent:
            client.shipment("1")

    assert (wrong.value.status, wrong.value.errors[0]["field"]) == (400, "weight_grams")
    assert (absent.value.status, absent.value.request_id != "") == (404, True)
    assert len(between.keys) == 2
    assert pauses == []

"""The alerts of REST: what is told of them, and how their list is narrowed."""

from datetime import timedelta

import pytest

from opsdesk.stores.roles import Role
from tests.factories import MOMENT, AlertFactory, StoreFactory
from tests.tokens.programs import program

PAGE = "/api/v1/alerts/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def bridge(store):
    return program(store)


def found(client, **asked):
    return [row["id"] for row in client.get(PAGE, asked).json()["results"]]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({"clause": "ORD-9"}, {"clause": "ORD-9"}),
        ({"level": "1"}, {"level": 1, "escalated_to": Role.SERVICE_LEAD}),
        ({"escalated_to": "service_lead"}, {"level": 1, "escalated_to": Role.SERVICE_LEAD}),
        ({"is_recurring": "true"}, {"is_recurring": True}),
        (
            {"opened_from": (MOMENT + timedelta(hours=1)).isoformat()},
            {"opened_at": MOMENT + timedelta(hours=1)},
        ),
        ({"opened_until": MOMENT.isoformat()}, {"opened_at": MOMENT - timedelta(hours=1)}),
    ],
)
def test_it_is_narrowed(asked, fields, bridge, store):
    AlertFactory(subject=None, store=store)
    wanted = AlertFactory(subject=None, store=store, **fields)

    assert found(bridge, **asked) == [str(wanted.pk)]


def test_what_a_storm_stands_for_is_listed_by_it(bridge, store):
    storm = AlertFactory(
        subject=None, store=store, check_code="alerts.storm", evidence={"check": "orders.confirm"}
    )
    folded = AlertFactory(subject=None, store=store, folded_into=storm)

    assert found(bridge, folded_into=storm.pk) == [str(folded.pk)]
    (row,) = bridge.get(PAGE, {"check_code": "alerts.storm"}).json()["results"]
    assert row["title"].startswith("Many at once: ")
    assert row["folded_into"] is None


@pytest.mark.parametrize(
    "asked", [{"level": "7"}, {"is_recurring": "maybe"}, {"opened_from": "yesterday"}]
)
def test_what_makes_no_sense_is_said(asked, bridge):
    answer = bridge.get(PAGE, asked)

    assert answer.status_code == 400

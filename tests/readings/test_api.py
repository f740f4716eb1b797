"""Programs send what channels say, and read it: `/api/v1/readings/`."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opsdesk.readings.models import Reading
from opsdesk.stores.roles import Role
from tests import factories
from tests.tokens.programs import ROOT, program, send

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def sender(store):
    return program(store, "readings:write")


def body(store, *readings, **more):
    told = readings or ({"figure": "uv", "day": "2026-03-01", "value": "1200"},)
    return {"channel": str(store.channels.get().pk), "readings": list(told), **more}


def test_a_program_sends_figures_and_the_same_request_again_changes_nothing(sender, store):
    first = send(sender, "readings", body(store))
    again = send(sender, "readings", body(store))

    assert (first.status_code, first.json()) == (
        200,
        {"created": 1, "changed": 0, "same": 0, "outdated": 0},
    )
    assert again.json() == first.json()
    assert Reading.objects.get().source.startswith("program:")


def test_a_later_word_replaces_and_an_older_one_is_outdated(sender, store):
    send(sender, "readings", body(store))
    said = {"figure": "uv", "day": "2026-03-01", "value": "1300"}
    earlier = (timezone.now() - DAY).isoformat()

    late = send(sender, "readings", body(store, said, at=earlier), key="2").json()
    later = send(sender, "readings", body(store, said), key="3").json()

    assert (late["outdated"], later["changed"]) == (1, 1)
    assert Reading.objects.get().value == 1300


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"value": "1.23456"}, 400),
        ({"value": 5}, 400),
        ({"value": "-1"}, 400),
        ({"day": "2026-02-30"}, 400),
        ({"day": "2999-01-01"}, 409),
        ({"figure": "ur"}, 409),
        ({"value": "0.5"}, 409),
    ],
)
def test_what_can_not_be_so_is_said(wrong, status, sender, store):
    told = {"figure": "uv", "day": "2026-03-01", "value": "1", **wrong}

    answer = send(sender, "readings", body(store, told))

    assert answer.status_code == status, answer.json()
    assert not Reading.objects.exists()


def test_nothing_was_said_in_the_future(sender, store):
    ahead = (timezone.now() + DAY).isoformat()

    assert send(sender, "readings", body(store, at=ahead)).status_code == 409


def test_another_store_s_channel_is_not_there(sender):
    other = factories.StoreFactory()

    assert send(sender, "readings", body(other)).status_code == 404


def test_figures_are_read_by_channel_figure_and_days(store):
    for days in range(3):
        factories.ReadingFactory(store=store, day=factories.MOMENT.date() - days * DAY)
    factories.ReadingFactory(store=store, figure="dsr_service", value="4.86", industry="4.8")
    reader = program(store, "readings:read", role=Role.ANALYST)

    found = reader.get(f"{ROOT}readings/?figure=uv&from=2026-03-01&to=2026-03-02").json()
    (dsr,) = reader.get(f"{ROOT}readings/?figure=dsr_service").json()["results"]

    assert {row["day"] for row in found["results"]} == {"2026-03-01", "2026-03-02"}
    assert (dsr["value"], dsr["industry"]) == ("4.86", "4.8")
    assert found["results"][0]["industry"] is None


def test_who_only_reads_sends_nothing(store):
    reader = program(store, "readings:read")

    assert send(reader, "readings", body(store)).status_code == 403

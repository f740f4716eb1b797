"""The list of readings, and the page of a figure with its history (INS-7, INS-8)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LIST = "/admin/readings/reading/"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def today(store):
    return store.business_date(timezone.now())


@pytest.fixture
def analyst(client, store):
    person = factories.UserFactory(role=Role.ANALYST, store=store)
    client.force_login(person)
    return person


def tell(store, figure, *values, until, **more):
    """The values of the last days, the newest first; answers the newest reading."""
    made = [
        factories.ReadingFactory(
            store=store,
            figure=figure,
            day=until - number * DAY,
            value=Decimal(value),
            taken_at=timezone.now(),
            **more,
        )
        for number, value in enumerate(values)
    ]
    return made[0]


def opened(client, reading):
    return client.get(reverse("admin:readings_reading_change", args=[reading.pk]))


def test_the_list_is_narrowed_by_figure(client, analyst, store):
    factories.ReadingFactory(store=store, figure="uv")
    factories.ReadingFactory(store=store, figure="pv")

    shown = client.get(LIST, {"figure": "pv"}).context["page"].rows

    assert [row.figure for row in shown] == ["pv"]


def test_a_figure_s_page_draws_its_history_with_what_was_usual(client, analyst, store, today):
    """INS-8"""
    reading = tell(store, "uv", "300", *["1000", "1010", "990"] * 23, until=today - DAY)

    page = opened(client, reading)

    history = page.context["history"]
    assert history.has_usual
    assert len(history.drawing.spots) == 90
    assert [line.is_unusual for line in history.lines[:2]] == [True, False]
    assert "band" in page.content.decode()


def test_today_s_unfinished_day_is_not_drawn(client, analyst, store, today):
    """INS-8"""
    reading = tell(store, "uv", "40", "1000", "1000", until=today)

    lines = opened(client, reading).context["history"].lines

    assert [line.value for line in lines] == ["1000", "1000"]


def test_a_rating_s_page_draws_the_industry(client, analyst, store, today):
    """INS-7"""
    reading = tell(store, "dsr_service", "4.8", "4.9", until=today, industry=Decimal("4.7"))

    history = opened(client, reading).context["history"]

    assert history.has_industry
    assert not history.has_usual
    assert (history.lines[0].value, history.lines[0].industry) == ("4.8", "4.7")


def test_a_figure_that_stopped_long_ago_says_so(client, analyst, store):
    reading = factories.ReadingFactory(store=store, day=MOMENT.date() - 300 * DAY)

    page = opened(client, reading)

    assert page.status_code == 200
    assert page.context["history"].drawing is None


def test_a_figure_that_nobody_registers_any_more_still_opens(client, analyst, store, today):
    reading = tell(store, "gone", "7", "8", until=today)

    assert opened(client, reading).status_code == 200


def test_the_finding_leads_to_the_page(client, analyst, store, today):
    """INS-8: and from there to the channel's other figures."""
    reading = tell(store, "uv", "300", until=today)
    other = tell(store, "pv", "900", "800", until=today)
    alert = factories.AlertFactory(subject=reading, check_code="readings.unusual", clause="INS-8")

    shown = client.get(reverse("admin:alerts_alert_change", args=[alert.pk]))

    address = reverse("admin:readings_reading_change", args=[reading.pk])
    assert shown.context["link"] == address
    assert ("Page views (PV)", other.pk) in opened(client, reading).context["others"]


def test_a_long_history_takes_as_many_statements_as_a_short_one(client, analyst, store, today):
    reading = tell(store, "uv", "300", until=today)

    def statements():
        with CaptureQueriesContext(connection) as asked:
            opened(client, reading)
        return len(asked)

    statements()
    short = statements()
    tell(store, "uv", *["1000"] * 100, until=today - DAY)

    assert statements() == short

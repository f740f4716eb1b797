"""By when orders leave is shown where people work on them (FUL-2)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from opsdesk.deadlines import rules
from opsdesk.stores.roles import Role
from orders import ship_by
from orders.ship_by import NEAR, ShipBy
from tests import factories
from tests.selections.test_exports import ask, download, table

pytestmark = pytest.mark.django_db
LIST = "/admin/orders/order/"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = datetime.fromisoformat("2026-03-02T02:00:00Z")  # ten in the morning in Shanghai


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def lead(client, store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(person)
    return person


@pytest.fixture
def at(time_machine):
    time_machine.move_to(NOW, tick=False)
    return NOW


def due(store, due_at, **clock):
    """An order to ship by then."""
    order = factories.OrderFactory(store=store, fulfilment_state="reserved", placed_at=NOW - HOUR)
    factories.DeadlineFactory(
        subject=order,
        rule="fulfillment.ship",
        owner_role="warehouse",
        started_at=due_at - 24 * HOUR,
        due_at=due_at,
        next_at=due_at,
        **clock,
    )
    return order


def listed(client, tab):
    rows = client.get(f"{LIST}?tab={tab}").context["page"].rows
    return [row.external_number for row in rows]


@pytest.mark.parametrize(
    ("tab", "found"),
    [
        ("ship-overdue", ["long ago", "just now"]),
        ("ship-near", ["in one", "in four"]),
        ("ship-today", ["in one", "in four", "at night"]),
    ],
)
def test_the_tabs_show_what_is_due_then_first_due_first(tab, found, client, store, lead, at):
    """FUL-2: overdue, within four hours, and until the store's own midnight."""
    moments = {
        "tomorrow": at + 15 * HOUR,
        "at night": at + 14 * HOUR - MINUTE,
        "in four": at + 4 * HOUR,
        "in one": at + HOUR,
        "just now": at,
        "long ago": at - 30 * HOUR,
    }
    orders = {due(store, moment).external_number: name for name, moment in moments.items()}

    assert [orders[number] for number in listed(client, tab)] == found


def counts(client):
    tabs = client.get(LIST).context["tabs"]
    return {tab["code"]: tab["count"] for tab in tabs if tab["code"].startswith("ship-")}


def test_the_tabs_count_what_they_show(client, store, lead, at):
    """FUL-2: of their own stores, what runs."""
    for moment in (at - 30 * HOUR, at, at + HOUR, at + 14 * HOUR - MINUTE, at + 15 * HOUR):
        due(store, moment)
    due(store, at - HOUR, state="paused", paused_at=at - 2 * HOUR)
    due(store, at - HOUR, state="met", met_at=at)
    due(factories.StoreFactory(), at - HOUR)

    assert counts(client) == {"ship-overdue": "2", "ship-near": "1", "ship-today": "2"}


def test_an_order_with_two_clocks_to_ship_is_counted_once(client, store, lead, at, monkeypatch):
    own = rules.get("fulfillment.ship")
    monkeypatch.setitem(rules._rules, "fulfillment.pack", replace(own, code="fulfillment.pack"))
    order = due(store, at - HOUR)
    factories.DeadlineFactory(
        subject=order, rule="fulfillment.pack", started_at=at - 3 * HOUR, due_at=at - 2 * HOUR
    )

    assert counts(client)["ship-overdue"] == "1"
    assert listed(client, "ship-overdue") == [order.external_number]


def test_what_has_left_or_waits_for_somebody_else_is_not_overdue(client, store, lead, at):
    """FUL-2: a clock that was met, cancelled or paused doesn't run out."""
    order = due(store, at - HOUR)
    for state in ({"state": "paused", "paused_at": at - 2 * HOUR}, {"state": "cancelled"}):
        due(store, at - HOUR, **state)
    due(store, at - HOUR, state="met", met_at=at)

    assert listed(client, "ship-overdue") == [order.external_number]


def test_each_store_has_its_own_midnight(client, store, lead, at):
    """FUL-2: at ten in Shanghai it is still yesterday in New York."""
    other = factories.StoreFactory(timezone="America/New_York")
    factories.MembershipFactory(user=lead, store=other, role=Role.OPERATIONS_LEAD)
    here, there = due(store, at + 10 * HOUR), due(other, at + 10 * HOUR)

    client.force_login(lead)

    assert listed(client, "ship-today") == [here.external_number]
    assert there.external_number not in listed(client, "ship-today")


def test_each_store_says_how_long_before_a_ship_by_is_near(client, store, lead, at):
    factories.SettingOverrideFactory(store=store, key=NEAR.key, value=Decimal(60))
    due(store, at + 2 * HOUR)
    soon = due(store, at + HOUR)

    assert listed(client, "ship-near") == [soon.external_number]


def test_another_stores_orders_are_not_among_them(client, store, lead, at):
    due(factories.StoreFactory(), at - HOUR)

    assert listed(client, "ship-overdue") == []


def test_pages_go_on_by_ship_by(client, store, lead, at, monkeypatch):
    from orders.admin import OrderAdmin

    monkeypatch.setattr(OrderAdmin, "page_size", 2)
    numbers = [due(store, at - hours * HOUR).external_number for hours in (5, 4, 3)]

    first = client.get(f"{LIST}?tab=ship-overdue")
    place = first.context["page"].after
    second = client.get(LIST, {"tab": "ship-overdue", "after": place})

    assert [row.external_number for row in first.context["page"].rows] == numbers[:2]
    assert [row.external_number for row in second.context["page"].rows] == numbers[2:]
    assert not second.context["problem"]


def test_the_list_says_how_long_is_left_and_when_in_the_stores_time(client, store, lead, at):
    """FUL-2: what is overdue is red, what is near amber."""
    due(store, at - 2 * HOUR)
    due(store, at + 90 * MINUTE)
    factories.OrderFactory(store=store)

    page = client.get(LIST).content.decode()

    assert '<span class="od-danger od-strong">2 h 0 min over</span>' in page
    assert '<div class="od-dim">03-02 08:00</div>' in page
    assert '<span class="od-warning od-strong">in 1 h 30 min</span>' in page
    assert '<td class="od-nowrap">–</td>' in page


def test_the_list_asks_no_more_for_more_orders(client, store, lead, at):
    due(store, at)
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(f"{LIST}?tab=ship-overdue")
    for hours in range(1, 12):
        due(store, at - hours * HOUR)
    with CaptureQueriesContext(connection) as many:
        client.get(f"{LIST}?tab=ship-overdue")

    assert len(many) == len(few)


@pytest.mark.parametrize(
    ("clock", "tone", "words"),
    [
        ({}, "warning", "in 1 h 0 min"),
        ({"state": "paused", "paused_at": NOW - HOUR}, "", "paused"),
        ({"state": "met", "met_at": NOW - HOUR}, "", "left in time"),
        ({"state": "met", "met_at": NOW + 3 * HOUR}, "danger", "left 2 h 0 min late"),
    ],
)
def test_the_orders_page_says_by_when_it_leaves_or_how_it_left(
    clock, tone, words, client, store, lead, at
):
    """FUL-2"""
    order = due(store, at + HOUR, **clock)

    answer = client.get(reverse("admin:orders_order_change", args=[order.pk]))

    assert answer.context["ship_by"] == {"due_at": at + HOUR, "words": words, "tone": tone}
    assert f'03-02 11:00 <span class="od-pill {tone}">{words}</span>' in answer.content.decode()


def test_an_order_without_a_clock_shows_none(client, store, lead):
    order = factories.OrderFactory(store=store)

    answer = client.get(reverse("admin:orders_order_change", args=[order.pk]))

    assert answer.context["ship_by"] is None


def test_the_first_due_of_an_orders_clocks_counts():
    order = factories.OrderFactory()
    at = timezone.now()
    factories.DeadlineFactory(subject=order, rule="orders.confirm", due_at=at - HOUR)

    assert ship_by.of_orders([order.pk]) == {}
    assert ShipBy(at).tone(at, HOUR) == "warning"
    assert ShipBy(at - MINUTE).tone(at, HOUR) == "danger"


def test_the_file_of_a_selection_says_by_when_each_order_leaves(client, store, lead, at):
    """FUL-2: in the store's time, in the order of the list."""
    first, second = due(store, at - 2 * HOUR), due(store, at - HOUR)
    plain = factories.OrderFactory(store=store)

    late = table(download(client, ask(client, "tab=ship-overdue")))
    every = {row["order number"]: row["ship by"] for row in table(download(client, ask(client)))}

    assert [row["order number"] for row in late] == [first.external_number, second.external_number]
    assert late[0]["ship by"] == every[first.external_number] != ""
    assert "08:00" in late[0]["ship by"]
    assert every[plain.external_number] == ""

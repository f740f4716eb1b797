"""Missed and short shipments are found every day and followed up (FUL-4); the late rate (FUL-2)."""

import json
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment.models import ShipmentMiss
from fulfillment.services import misses
from fulfillment.services.misses import close_misses, find_misses, follow_up
from fulfillment.shipping_figures import by_day, by_part, figures, rate
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.models import Deadline
from opsdesk.errors import DomainError
from opsdesk.stores.roles import Role
from orders.models import Order, OrderLine
from orders.services.lifecycle import cancel_orders, ship_orders
from tests import factories
from tests.concurrency import run_together, run_while_uncommitted
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop
from tests.fulfillment.test_late_risks import promised

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The business day of `MOMENT` ends at midnight in Shanghai, 14 hours after it.
TODAY = date(2026, 3, 2)
AFTER = MOMENT + 15 * HOUR


@pytest.fixture
def shop():
    return Shop()


def due(shop, hours, *pieces):
    return promised(shop.order(*pieces), MOMENT + hours * HOUR)


def find(shop, day=TODAY, at=AFTER):
    return find_misses(shop.store, day, at=at)


def listed(**filters):
    return set(ShipmentMiss.objects.filter(**filters).values_list("order", flat=True))


def test_what_was_due_and_is_still_here_when_the_day_is_over_is_missed(shop):
    """FUL-4: what is due tomorrow, and what left, even late, is not."""
    order, later, left = due(shop, 2, 3), due(shop, 14), due(shop, 2)
    ship_orders(order_ids=[left.pk], actor=None, at=MOMENT + 5 * HOUR)

    assert find(shop) == 1

    miss = ShipmentMiss.objects.get()
    assert (miss.order, miss.kind, miss.day, miss.pieces) == (order, "missed", TODAY, 3)
    assert (miss.due_at, miss.warehouse) == (MOMENT + 2 * HOUR, shop.warehouse)
    assert later.pk not in listed()


def test_a_day_that_is_long_over_is_found_as_it_was(shop):
    """FUL-4: what left on the next morning was missed all the same."""
    order, cancelled = due(shop, 2), due(shop, 2)
    ship_orders(order_ids=[order.pk], actor=None, at=MOMENT + DAY)
    cancel_orders(order_ids=[cancelled.pk], reason="changed mind", actor=None, at=MOMENT + DAY)

    find(shop, at=MOMENT + 3 * DAY)

    assert listed() == {order.pk}
    assert ShipmentMiss.objects.get().state == "closed"


def test_a_day_that_is_not_over_is_not_looked_through(shop):
    with pytest.raises(DomainError):
        find(shop, at=MOMENT)


def test_each_day_lists_it_once_and_keeps_its_owner(shop):
    """FUL-4: twice a night finds nothing new; the next night it is listed again, to the same
    person."""
    order = due(shop, 2)
    assert [find(shop), find(shop)] == [1, 0]
    follow_up([ShipmentMiss.objects.get().pk], shop.packer, AFTER, "Carrier comes at nine")

    find(shop, TODAY + DAY, AFTER + DAY)

    first, second = ShipmentMiss.objects.order_by("day")
    assert (first.state, second.state) == ("followed_up", "open")
    assert second.owner == first.owner == shop.packer
    assert listed() == {order.pk}


def test_what_left_without_a_part_of_it_is_short(shop):
    """FUL-4: a part that was split off is still here; it closes when that part has left."""
    order, part = due(shop, 30, 1), due(shop, 30, 2)
    Order.objects.filter(pk=part.pk).update(split_from=order)
    ship_orders(order_ids=[order.pk], actor=None, at=MOMENT)

    find(shop)

    miss = ShipmentMiss.objects.get()
    assert (miss.order, miss.kind, miss.pieces) == (order, "short", 2)
    assert close_misses(shop.store, at=AFTER) == 0
    ship_orders(order_ids=[part.pk], actor=None, at=AFTER)
    assert close_misses(shop.store, at=AFTER) == 1


def test_fewer_pieces_than_ordered_are_short(shop):
    """FUL-4: three were ordered and two left."""
    order, whole = due(shop, 30, 2), due(shop, 30, 2)
    ship_orders(order_ids=[order.pk, whole.pk], actor=None, at=MOMENT)
    OrderLine.objects.filter(order=order).update(quantity=3)

    find(shop)

    assert listed(kind="short", pieces=1) == {order.pk}
    assert close_misses(shop.store, at=AFTER) == 0


def test_what_has_left_closes_by_itself(shop):
    order, cancelled = due(shop, 2), due(shop, 2)
    find(shop)

    ship_orders(order_ids=[order.pk], actor=None, at=AFTER)
    cancel_orders(order_ids=[cancelled.pk], reason="changed mind", actor=None, at=AFTER)

    assert [close_misses(shop.store, at=AFTER), close_misses(shop.store, at=AFTER)] == [2, 0]


def test_the_alert_is_open_until_each_is_followed_up(shop):
    """FUL-4: one for the store, with how many of each."""
    due(shop, 2), due(shop, 2)
    find(shop)
    alert = Alert.objects.get(check_code="fulfillment.missed_shipments")
    assert (alert.state, alert.evidence["missed"], alert.evidence["oldest"]) == (
        "open",
        2,
        "2026-03-02",
    )
    with pytest.raises(DomainError):
        follow_up(list(listed()), shop.packer, AFTER, " ")

    ids = list(ShipmentMiss.objects.values_list("pk", flat=True))
    assert follow_up(ids, shop.person(Role.ANALYST), AFTER, "Me").changed == []
    assert len(follow_up(ids, shop.packer, AFTER, "Leaves at nine").changed) == 2

    alert.refresh_from_db()
    assert alert.state == Alert.State.RESOLVED


def test_its_cost_does_not_grow_with_the_orders(shop):
    def statements(day):
        with CaptureQueriesContext(connection) as queries:
            find(shop, TODAY + day * DAY, AFTER + day * DAY)
        return len(queries)

    due(shop, 2)
    few = statements(0)
    for _ in range(6):
        due(shop, 2)

    assert statements(1) == few


def test_the_nightly_job_looks_through_the_day_before(shop):
    order = due(shop, 2)
    slot = factories.SlotFactory(
        job="fulfillment.find_misses", store=shop.store, business_date=TODAY + DAY
    )

    assert misses.find(slot, AFTER) == {"found": 1}
    assert listed() == {order.pk}


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_once_list_each_order_once():
    shop = Shop()
    due(shop, 2), due(shop, 2)

    found = run_together([partial(find, shop)] * 3)

    assert sorted(found) == [0, 0, 2]


@pytest.mark.django_db(transaction=True)
def test_what_leaves_while_the_night_looks_is_closed_after_it():
    """FUL-4: who closes waits for who finds; nothing stays open that has left."""
    shop = Shop()
    order = due(shop, 2)

    def left_and_closed():
        ship_orders(order_ids=[order.pk], actor=None, at=AFTER)
        return close_misses(shop.store, at=AFTER + HOUR)

    assert run_while_uncommitted(partial(find, shop), left_and_closed) == 1
    assert ShipmentMiss.objects.get().state == "closed"
    assert Alert.objects.get(check_code=misses.OPEN.code).state == Alert.State.RESOLVED


def left(shop, paid, shipped, **values):
    """An order that left then, its clock met: late if more than a day after its payment."""
    order = factories.OrderFactory(
        store=shop.store,
        fulfilment_state=values.pop("state", "shipped"),
        placed_at=paid,
        paid_at=paid,
        confirmed_at=paid,
        shipped_at=shipped,
        **values,
    )
    factories.DeadlineFactory(
        subject=order,
        rule="fulfillment.ship",
        state="met",
        started_at=paid,
        due_at=paid + DAY,
        met_at=shipped,
    )
    return order


def test_the_figures_of_a_store_s_days(shop):
    """FUL-2, FUL-4: late by the clock, late against the promise, over so many hours."""
    promise = MOMENT + 3 * DAY
    left(shop, MOMENT - DAY, MOMENT)
    left(shop, MOMENT - 3 * DAY, MOMENT)
    left(
        shop,
        MOMENT - 2 * DAY,
        MOMENT,
        state="delivered",
        delivered_at=promise + HOUR,
        deliver_by=promise,
    )
    left(shop, MOMENT - 9 * DAY, MOMENT - 8 * DAY)
    factories.ShipmentMissFactory(order=shop.order(1), day=TODAY)
    last = TODAY + 5 * DAY

    assert figures(shop.store, TODAY, last) == {
        "shipped": 3,
        "late": 2,
        "late_rate": "66.67",
        "over_hours": 1,
        "delivered": 1,
        "delivered_late": 1,
        "delivered_late_by_day": 0,
        "missed": 1,
        "short": 0,
    }
    assert by_day(shop.store, TODAY - DAY, TODAY) == [(TODAY - DAY, 0, 0), (TODAY, 3, 2)]


def test_the_figures_of_channels_warehouses_and_carriers(shop):
    """FUL-2: an order counts once, by its first parcel."""
    order = left(shop, MOMENT - 3 * DAY, MOMENT)
    left(shop, MOMENT - HOUR, MOMENT, channel=order.channel)
    for waybill in ("SF1000000001", "SF1000000002"):
        parcel = factories.ParcelFactory(
            store=shop.store,
            warehouse=shop.warehouse,
            carrier=shop.carrier,
            waybill=waybill,
            state="handed_over",
            packed_at=MOMENT,
            handed_over_at=MOMENT,
        )
        factories.ParcelOrderFactory(parcel=parcel, order=order)

    assert by_part(shop.store, TODAY, TODAY) == {
        "channel": [(order.channel.name, 2, 1)],
        "warehouse": [(shop.warehouse.name, 1, 1)],
        "carrier": [(shop.carrier.name, 1, 1)],
    }


def test_nothing_has_no_rate():
    assert (rate(0, 0), rate(1, 8)) == (None, Decimal("12.50"))


def test_the_command_tells_the_figures(shop):
    left(shop, MOMENT - DAY, MOMENT)
    out = StringIO()

    call_command(
        "shipping_figures",
        "--store",
        shop.store.code,
        "--from",
        "2026-03-02",
        "--to",
        "2026-03-02",
        "--json",
        stdout=out,
    )

    assert json.loads(out.getvalue())["shipped"] == 1


def test_the_list_is_followed_up_after_a_preview(client, shop):
    """FUL-4: with a note that says what is done."""
    order = due(shop, 2)
    find(shop)
    miss = ShipmentMiss.objects.get()
    client.force_login(shop.packer)
    address = "/admin/fulfillment/shipmentmiss/"

    preview = client.post(address, {"bulk": "miss_followed_up", "ids": [miss.pk]})
    assert preview.context["count"] == 1
    client.post(
        f"{address}bulk/", {"bulk": "miss_followed_up", "ids": miss.pk, "reason": "Leaves at nine"}
    )

    page = client.get(f"{address}{miss.pk}/change/").content.decode()
    assert "Leaves at nine" in page
    assert order.external_number in page


def test_the_page_of_the_late_rate(client, shop, settings):
    """FUL-2: against the target of the procedure; nothing is shown of other people's stores."""
    for person in (shop.packer, Shop().packer):
        client.force_login(person)
        answer = client.get("/admin/fulfillment/shipmentmiss/rate/", {"store": shop.store.pk})
        assert ("chosen" in answer.context) is (person == shop.packer)

    client.force_login(shop.packer)
    page = client.get("/admin/fulfillment/shipmentmiss/rate/")
    assert page.context["rate"] is None

    client.post("/admin/fulfillment/shipmentmiss/find/", {"store": shop.store.pk})
    assert Deadline.objects.count() == 0

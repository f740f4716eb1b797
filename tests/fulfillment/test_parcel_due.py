"""The list of parcels says by when those that are here have to leave (FUL-2)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.deadlines.models import Deadline
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop
from tests.fulfillment.test_late_risks import promised

pytestmark = pytest.mark.django_db
LIST = "/admin/fulfillment/parcel/"
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(client):
    shop = Shop()
    client.force_login(shop.packer)
    with time_machine.travel(MOMENT, tick=False):
        yield shop


def packed(shop, due_at, waybill):
    """A packed parcel of an order that is due then."""
    return shop.packed(promised(shop.order(1), due_at), waybill)


def listed(client, tab):
    return client.get(f"{LIST}?tab={tab}").context["page"].rows


def test_what_is_due_first_stands_first(client, shop):
    """FUL-2"""
    later = packed(shop, MOMENT + 5 * HOUR, "SF1000000001")
    first = packed(shop, MOMENT + 3 * HOUR, "SF1000000002")
    late = packed(shop, MOMENT - HOUR, "SF1000000003")
    shop.handed_over(packed(shop, MOMENT - HOUR, "SF1000000004"))

    assert listed(client, "here") == [late, first, later]
    assert listed(client, "late") == [late]


def test_a_parcel_is_due_with_the_first_of_its_orders(client, shop):
    """FUL-2: of several in one box the earliest counts."""
    parcel = packed(shop, MOMENT + 30 * HOUR, "SF1000000001")
    other = promised(factories.OrderFactory(store=shop.store), MOMENT - 2 * HOUR)
    factories.ParcelOrderFactory(parcel=parcel, order=other)

    page = client.get(f"{LIST}?tab=late").content.decode()

    assert '<span class="od-danger od-strong">2 h 0 min over</span>' in page


def test_a_paused_clock_makes_no_parcel_late(client, shop):
    """FUL-2"""
    parcel = packed(shop, MOMENT - HOUR, "SF1000000001")
    Deadline.objects.update(state="paused", paused_at=MOMENT - 2 * HOUR)

    assert listed(client, "late") == []
    assert listed(client, "here") == [parcel]
    assert "paused" in client.get(LIST).content.decode()


def test_what_has_left_shows_no_ship_by(client, shop):
    shop.handed_over(packed(shop, MOMENT + 3 * HOUR, "SF1000000001"))

    page = client.get(LIST).content.decode()

    assert '<td class="od-nowrap">–</td>' in page


def test_the_list_asks_no_more_for_more_parcels(client, shop):
    packed(shop, MOMENT, "SF1000000000")
    client.get(f"{LIST}?tab=here")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{LIST}?tab=here")
    for number in range(1, 6):
        packed(shop, MOMENT + number * HOUR, f"SF100000000{number}")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{LIST}?tab=here")

    assert len(many) == len(few)

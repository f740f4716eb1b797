"""Whoever picks, packs or plans sees by when it has to leave, overdue in red (FUL-1, FUL-2)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import MOMENT
from tests.fulfillment.picking import Shelves
from tests.fulfillment.test_station import Station

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(client):
    shop = Shelves()
    client.force_login(shop.packer)
    with time_machine.travel(MOMENT + 10 * HOUR, tick=False):
        yield shop


def pages(shop, hours):
    """The pages on which a wave that is due so many hours after MOMENT is worked on."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)
    shop.ordered((sku, 2), due=hours)
    pick = shop.taken()
    return {
        "board": reverse("admin:fulfillment_wave_board"),
        "wave": reverse("admin:fulfillment_wave_change", args=[pick.wave_id]),
        "waves": reverse("admin:fulfillment_wave_changelist"),
        "pick": reverse("admin:fulfillment_pick_change", args=[pick.pk]),
        "picks": reverse("admin:fulfillment_pick_changelist"),
        "work": reverse("admin:fulfillment_pick_work"),
    }


def test_what_is_overdue_is_red_wherever_it_is_worked_on(client, shop):
    for name, page in pages(shop, hours=7).items():
        shown = client.get(page).content.decode()
        assert '<span class="od-danger od-strong">3 h 0 min over</span>' in shown, name


def test_what_has_time_says_how_much_and_until_when(client, shop):
    for name, page in pages(shop, hours=72).items():
        shown = client.get(page).content.decode()
        assert "in 2 d 14 h" in shown, name
        assert "od-danger od-strong" not in shown, name


def test_a_parcel_s_page_says_by_when_its_orders_leave(client, shop):
    sku = shop.sku()
    parcel = shop.opened(shop.ordered((sku, 1), due=7))

    page = reverse("admin:fulfillment_parcel_change", args=[parcel.pk])

    assert "3 h 0 min over" in client.get(page).content.decode()


def test_the_station_says_by_when_the_parcel_leaves(shop):
    order = shop.ordered((shop.sku(), 1), due=7)

    told = Station(shop).scan(order.external_number)["parcel"]["ship_by"]

    assert told == {"words": "3 h 0 min over", "moment": told["moment"], "is_over": True}
    late_enough = shop.ordered((shop.sku(), 1), due=72)
    assert not Station(shop).scan(late_enough.external_number)["parcel"]["ship_by"]["is_over"]
    without = shop.ordered((shop.sku(), 1))
    assert Station(shop).scan(without.external_number)["parcel"]["ship_by"] is None


@pytest.mark.parametrize("page", ["fulfillment_wave_changelist", "fulfillment_pick_changelist"])
def test_a_list_says_it_of_many_by_as_many_statements_as_of_one(client, shop, page):
    counts = []
    for hours in (5, 6):
        shop.ordered((shop.sku(), 1), due=hours)
        shop.released()
        client.get(reverse(f"admin:{page}"))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(f"admin:{page}"))
        counts.append(len(captured))

    assert counts[0] == counts[1]

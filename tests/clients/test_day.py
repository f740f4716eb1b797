"""The example of a whole day, run as its reader would."""

import subprocess
import sys
from pathlib import Path

import pytest

from fulfillment.models import Carrier, Parcel, Wave
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.fulfillment.shipping import Shop
from tests.tokens.programs import secret_for

pytestmark = pytest.mark.django_db(transaction=True)
DAY = Path(__file__).resolve().parents[2] / "clients" / "python" / "examples" / "day.py"


def day(site, token, shop):
    return subprocess.run(
        [sys.executable, str(DAY), site, token, "--warehouse", shop.warehouse.code],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_day_goes_from_the_wave_to_the_door(live_server):
    """FUL-1, FUL-3, FUL-7: every step by a program, with one token."""
    shop = Shop()
    Carrier.objects.filter(pk=shop.carrier.pk).update(code="sf")
    factories.WaveRuleFactory(warehouse=shop.warehouse)
    orders = [shop.order(2), shop.order(1, 1)]
    token = secret_for(shop.person(Role.WAREHOUSE), shop.store)

    ran = day(live_server.url, token, shop)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    states = Order.objects.filter(pk__in=[order.pk for order in orders])
    assert set(states.values_list("fulfilment_state", flat=True)) == {"delivered"}
    assert set(Parcel.objects.values_list("state", flat=True)) == {"delivered"}
    assert Parcel.objects.count() == 2
    assert "order delivered" in ran.stdout
    assert set(Wave.objects.values_list("state", flat=True)) <= {"picked", "closed"}

    again = day(live_server.url, token, shop)

    assert again.returncode == 0, again.stdout + again.stderr
    assert Parcel.objects.count() == 2

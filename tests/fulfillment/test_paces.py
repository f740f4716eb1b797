"""How fast a warehouse is may be said for each, with history (FUL-2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from fulfillment.models import LateRisk, WarehousePace
from fulfillment.services.late_risks import PACE
from fulfillment.services.paces import pace_of, set_pace
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.picking import Shelves
from tests.fulfillment.test_late_risks import handed_over, look, number, ready, risk_of

HOUR = timedelta(hours=1)


@pytest.fixture
def shop(db):
    return Shelves()


def say(shop, per_hour, *, after=0, warehouse=None, actor=None):
    return set_pace(
        warehouse_id=(warehouse or shop.warehouse).pk,
        per_hour=per_hour,
        valid_from=MOMENT + after * HOUR,
        reason="A second table",
        actor=actor,
        at=MOMENT,
    )


def pace(shop, after=0):
    found = pace_of(shop.warehouse, at=MOMENT + after * HOUR)
    return found and found.per_hour


def test_what_is_said_of_a_warehouse_comes_before_its_store_s_number(shop):
    """FUL-2: from its moment on, until something else is said; what was said stays on record."""
    assert pace(shop) is None
    number(PACE, 7, shop.store)
    assert pace(shop) == 7

    say(shop, 20)
    say(shop, 30, after=5)
    say(shop, 0, after=8)
    say(shop, 99, warehouse=factories.WarehouseFactory(store=shop.store))

    assert [pace(shop, after) for after in (0, 4, 5, 8)] == [20, 20, 30, 7]
    assert WarehousePace.objects.filter(warehouse=shop.warehouse).count() == 3


def test_its_last_fortnight_tells_where_nobody_says(shop):
    handed_over(shop, 50)

    found = pace_of(shop.warehouse, at=MOMENT)

    assert (found.per_hour, found.is_seen) == (Decimal("0.1"), True)


def test_late_orders_are_found_by_the_warehouse_s_own_pace(shop):
    """FUL-2"""
    number(PACE, 100, shop.store)
    orders = [ready(shop, MOMENT + 6 * HOUR) for _ in range(8)]
    look(shop)
    assert risk_of(orders[-1]) is None

    say(shop, 1)
    look(shop)

    risk = risk_of(orders[-1])
    assert (risk.reason, risk.evidence["per_hour"]) == (LateRisk.Reason.CAPACITY, 1.0)


def test_a_pace_is_said_by_who_may_and_never_for_the_past(shop):
    with pytest.raises(NotAllowed):
        say(shop, 20, actor=shop.packer)
    with pytest.raises(DomainError):
        say(shop, 20, after=-1)
    row = say(shop, 20, actor=shop.person(Role.OPERATIONS_LEAD))
    for change in (row.delete, row.save):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_it_is_said_on_its_screen_and_planning_shows_the_hours(client, shop):
    lead = shop.person(Role.OPERATIONS_LEAD)
    client.force_login(lead)

    add = reverse("admin:fulfillment_warehousepace_add")
    given = {"warehouse": shop.warehouse.pk, "per_hour": 4, "reason": "A second table"}
    client.post(add, given | {"valid_from_0": "2001-01-01", "valid_from_1": "10:00"})
    assert not WarehousePace.objects.exists()
    client.post(add, given | {"valid_from_0": "", "valid_from_1": ""})

    row = WarehousePace.objects.get()
    assert (row.per_hour, row.set_by) == (4, lead)
    for _order in range(10):
        shop.ordered((shop.sku(), 1))
    client.force_login(shop.packer)
    page = client.get(reverse("admin:fulfillment_wave_plan"))
    assert page.context["hours"] == Decimal("2.5")
    assert "Working hours at its pace" in page.content.decode()

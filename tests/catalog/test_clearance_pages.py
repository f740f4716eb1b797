"""CAT-9, CAT-10: the list of what doesn't sell, its page, and measures by one click."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import ClearancePlan, PriceChange, SlowStock
from opsdesk.alerts.models import Alert
from opsdesk.stores.roles import Role
from tests.factories import (
    MOMENT,
    AlertFactory,
    ClearancePlanFactory,
    SkuFactory,
    SlowStockFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/catalog/slowstock/"
Finding = SlowStock.Finding


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def operator(client, store):
    person = UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    client.force_login(person)
    return person


def row_of(store, code, **fields):
    sku = SkuFactory(store=store, code=code, cost=fields.pop("cost", Decimal(60)))
    return SlowStockFactory(sku=sku, **fields)


def codes(response):
    return [row.sku.code for row in response.context["page"].rows]


def test_what_ties_up_most_money_is_on_top(client, operator, store):
    """CAT-10"""
    for code, pieces in (("LITTLE", 1), ("MUCH", 900), ("SOME", 50)):
        row_of(store, code, pieces=pieces)

    assert codes(client.get(LIST)) == ["MUCH", "SOME", "LITTLE"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tab=slow", ["SLOW"]),
        ("tab=low_sell_through", ["LOW"]),
        ("tab=overstock", ["OVER"]),
        ("tab=planned", ["SLOW"]),
        ("tab=closed", ["GONE"]),
        ("sku=o", ["OVER"]),
    ],
)
def test_tabs_and_filters_part_the_findings(query, found, client, operator, store):
    """CAT-9, CAT-10"""
    slow = row_of(store, "SLOW", finding=Finding.SLOW)
    row_of(store, "LOW", finding=Finding.LOW_SELL_THROUGH)
    row_of(store, "OVER", finding=Finding.OVERSTOCK)
    row_of(store, "GONE", finding=Finding.SLOW, closed_at=MOMENT)
    ClearancePlanFactory(row=slow)

    assert codes(client.get(f"{LIST}?{query}")) == found


def test_the_alert_leads_to_its_tab(client, operator, store):
    """CAT-9"""
    alert = AlertFactory(store=store, check_code="catalog.slow", owner_role=Role.CATALOG_OPERATOR)

    assert f'href="{LIST}?tab=slow"' in client.get("/admin/").content.decode()
    assert Alert.objects.get() == alert


def test_the_queries_of_the_list_do_not_grow_with_its_rows(client, operator, store):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    row_of(store, "FIRST")
    client.get(LIST)
    few = asked()
    for number in range(20):
        row_of(store, f"S{number}")

    assert asked() == few


def test_one_click_asks_for_the_lower_price(client, operator, store):
    """CAT-9, CAT-6"""
    row = row_of(store, "SLOW")

    response = client.post(f"{LIST}{row.pk}/act/", {"measure": "price_cut"})

    change = PriceChange.objects.get()
    assert response.url == f"/admin/catalog/pricechange/{change.pk}/change/"
    assert change.lines.get().amount == 80
    assert codes(client.get(f"{LIST}?tab=planned")) == ["SLOW"]
    assert "80.00" in client.get(f"{LIST}{row.pk}/change/").content.decode()


def test_one_click_makes_a_task(client, operator, store):
    """CAT-10"""
    row = row_of(store, "SLOW")
    posted = {"measure": "off_site", "owner": operator.pk, "note": "Ask the outlet"}

    client.post(f"{LIST}{row.pk}/act/", posted)

    plan = ClearancePlan.objects.get()
    assert (plan.sku, plan.owner, plan.note) == (row.sku, operator, "Ask the outlet")
    page = client.get(f"{LIST}{row.pk}/change/").content.decode()
    assert f"/admin/catalog/clearanceplan/{plan.pk}/change/" in page


def test_a_task_is_finished_on_its_page(client, operator, store):
    """CAT-9: with what came of it; then its effect is shown."""
    plan = ClearancePlanFactory(row=row_of(store, "SLOW"), owner=operator)
    page = f"/admin/catalog/clearanceplan/{plan.pk}/"

    client.post(f"{page}end/", {"do": "done", "result": "Sold to the outlet"})

    plan.refresh_from_db()
    assert (plan.state, plan.ended_by) == (ClearancePlan.State.DONE, operator)
    shown = client.get(f"{page}change/")
    assert shown.context["effect"].pieces_then == plan.pieces_then
    assert "Sold to the outlet" in shown.content.decode()


def test_ticked_rows_are_previewed_and_then_planned(client, operator, store):
    """CAT-10: what can't be chosen is left alone, and so is a second row of a SKU."""
    rows = [row_of(store, code) for code in ("ONE", "TWO")]
    again = SlowStockFactory(sku=rows[0].sku, finding=Finding.SLOW)
    ids = [row.pk for row in (*rows, again)]

    preview = client.post(LIST, {"bulk": "off_site", "ids": ids})
    posted = {"bulk": "off_site", "ids": preview.context["ids"], "owner": operator.pk}
    client.post(f"{LIST}bulk/", posted)

    assert (preview.context["count"], preview.context["left_alone"]) == (2, 1)
    assert ClearancePlan.objects.open().count() == 2
    nothing = client.post(LIST, {"bulk": "return", "ids": ids})
    assert nothing.context["count"] == 0


def test_a_whole_selection_is_asked_for_as_one_price_change(client, operator, store):
    """CAT-9"""
    row_of(store, "SLOW", finding=Finding.SLOW)
    row_of(store, "OVER")
    asked = {"bulk": "price_cut", "everything": "1"}

    preview = client.post(f"{LIST}?tab=slow", asked)
    client.post(f"{LIST}bulk/", {"bulk": "price_cut", "ids": preview.context["ids"]})

    assert [line.sku.code for line in PriceChange.objects.get().lines.all()] == ["SLOW"]


def test_only_who_may_see_costs_sees_money(client, store):
    """CAT-10: who keeps accounts and settings sees pieces and days."""
    row = row_of(store, "SLOW")
    addresses = (LIST, f"{LIST}{row.pk}/change/", f"{LIST}export/?as=csv")

    def seen(role):
        client.force_login(UserFactory(role=role, store=store))
        return [b"".join(client.get(address)).decode() for address in addresses]

    assert all("6,000.00" in page or "6000.00" in page for page in seen(Role.FINANCE))
    for page in seen(Role.ADMINISTRATOR):
        assert "6,000.00" not in page
        assert "6000.00" not in page
        assert "60.00" not in page


def test_only_buttons_that_one_may_use_are_shown(client, store):
    """CAT-9: who may plan does; an analyst looks."""
    row = row_of(store, "SLOW")
    page = f"{LIST}{row.pk}/change/"
    client.force_login(UserFactory(role=Role.ANALYST, store=store))

    assert f"{LIST}{row.pk}/act/" not in client.get(page).content.decode()
    assert client.post(f"{LIST}{row.pk}/act/", {"measure": "off_site"}).status_code == 403


def test_nobody_sees_another_stores_slow_stock(client, operator, store):
    """CAT-9"""
    other = row_of(StoreFactory(), "THEIRS")

    assert codes(client.get(LIST)) == []
    assert client.get(f"{LIST}{other.pk}/change/").status_code == 404
    assert client.post(f"{LIST}{other.pk}/act/", {"measure": "off_site"}).status_code == 404
    assert "THEIRS" not in b"".join(client.get(f"{LIST}export/?as=csv")).decode()


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: SlowStock.objects.all(), "slow_stock_tied_up"),
        (lambda: SlowStock.objects.of_finding(Finding.SLOW), "slow_stock_open_tied_up"),
    ],
)
def test_the_order_of_the_list_is_an_indexs(rows, index):
    with connection.cursor() as cursor:
        for way in ("seqscan", "sort", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    plan = rows().order_by("-value", "-pk")[:51].explain()

    assert index in plan
    assert "Sort" not in plan

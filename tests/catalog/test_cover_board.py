"""CAT-8: the board of stock that runs out next."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import StockCover
from opsdesk.stores.roles import Role
from tests.factories import (
    MembershipFactory,
    SkuFactory,
    StockCoverFactory,
    StoreFactory,
    UserFactory,
    WarehouseAssignmentFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db
BOARD = "/admin/catalog/stockcover/"


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def signed_in(client, store):
    client.force_login(UserFactory(role=Role.CATALOG_OPERATOR, store=store))
    return client


def cover(store, code, days, **fields):
    return StockCoverFactory(
        sku=SkuFactory(store=store, code=code),
        cover_days=Decimal(days),
        available=int(2 * days),
        **fields,
    )


def codes(response):
    return [row.sku.code for row in response.context["page"].rows]


def test_what_runs_out_next_is_on_top(signed_in, store):
    """CAT-8"""
    for code, days in (("LATER", 30), ("NOW", 1), ("SOON", 6)):
        cover(store, code, days)

    assert codes(signed_in.get(BOARD)) == ["NOW", "SOON", "LATER"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tab=low", ["NOW"]),
        ("tab=soon", ["NOW", "SOON"]),
        ("sku=l", ["LATER"]),
        ("sku=nothing", []),
    ],
)
def test_tabs_and_filters_narrow_it(query, found, signed_in, store):
    for code, days in (("LATER", 30), ("NOW", 1), ("SOON", 6)):
        cover(store, code, days)

    assert codes(signed_in.get(f"{BOARD}?{query}")) == found


def test_what_nobody_buys_has_no_number_of_days(signed_in, store):
    row = StockCoverFactory(
        sku=SkuFactory(store=store), average=0, safety_stock=0, cover_days=Decimal(9999)
    )

    listed = signed_in.get(BOARD).content.decode()
    page = signed_in.get(f"{BOARD}{row.pk}/change/").content.decode()

    assert "9999" not in listed + page
    assert "no end in sight" in page


def test_whoever_is_bound_to_a_warehouse_sees_its_stock_only(client, store):
    here, _elsewhere = (WarehouseFactory(store=store) for _number in range(2))
    for warehouse in (here, _elsewhere):
        StockCoverFactory(sku=SkuFactory(store=store), warehouse=warehouse)
    member = MembershipFactory(role=Role.WAREHOUSE, store=store)
    WarehouseAssignmentFactory(membership=member, warehouse=here)
    client.force_login(member.user)

    rows = client.get(BOARD).context["page"].rows

    assert [row.warehouse for row in rows] == [here]


def test_the_number_of_queries_does_not_grow_with_the_rows(signed_in, store):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            signed_in.get(BOARD)
        return len(captured)

    cover(store, "FIRST", 1)
    signed_in.get(BOARD)
    few = asked()
    for number in range(20):
        cover(store, f"S{number}", number)

    assert asked() == few <= 16


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda store: StockCover.objects.all(), "stock_cover_next_out"),
        (lambda store: StockCover.objects.filter(store=store), "stock_cover_store_next_out"),
        (lambda store: StockCover.objects.low(), "stock_cover_low"),
    ],
)
def test_the_order_of_the_board_is_an_indexs(rows, index, store):
    """A page of fifty reads fifty rows, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")

    plan = rows(store).order_by("cover_days", "pk")[:51].explain()

    assert index in plan
    assert "Sort" not in plan

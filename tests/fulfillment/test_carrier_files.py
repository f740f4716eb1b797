"""Coverage and prices of carriers as files, with what is wrong told row by row (FUL-5)."""

from decimal import Decimal

import pytest

from fulfillment.models import CoverageArea, PriceRow
from opsdesk.errors import NotAllowed
from opsdesk.exchange.services import undoing
from opsdesk.stores.roles import Role
from tests import factories
from tests.exchange.files import import_file
from tests.factories import MOMENT
from tests.fulfillment.carriers import Carriers

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Carriers()


@pytest.fixture
def service(shop):
    service = shop.service(carrier__code="sf", code="express")
    service.coverage.all().delete()
    table = service.price_tables.get()
    table.name = "2026"
    table.save()
    table.rows.all().delete()
    return service


@pytest.fixture
def path(tmp_path):
    return tmp_path / "carriers.csv"


def figures(session):
    return session.created, session.changed, session.duplicate, session.rejected


def problems(session):
    rows = session.rows.rejected().order_by("line")
    return [(row.line, row.code) for row in rows]


COVERAGE = (
    "carrier,service,region,delivered,extra_days\n"
    "sf,express,CN,yes,\n"
    "sf,express,西藏自治区,yes,4\n"
    "sf,express,650000,no,\n"
)


def test_coverage_comes_as_a_file(shop, service, path):
    """FUL-5: regions by code or by name, yes or no, extra days."""
    session = import_file(shop.store, path, COVERAGE, importer="carriers.coverage")

    assert figures(session) == (3, 0, 0, 0)
    told = CoverageArea.objects.values_list("region", "is_delivered", "extra_days")
    assert sorted(told) == [("54", True, 4), ("65", False, 0), ("CN", True, 0)]

    again = import_file(
        shop.store, path, COVERAGE.replace(",4", ",5"), importer="carriers.coverage"
    )
    assert figures(again) == (0, 1, 2, 0)
    assert CoverageArea.objects.get(region="54").extra_days == 5


def test_chinese_columns_are_read(shop, service, path):
    text = "承运商,服务,地区,可送达\nsf,express,浙江省杭州市,是\n"

    import_file(shop.store, path, text.encode("gbk"), importer="carriers.coverage")

    assert CoverageArea.objects.get().region == "3301"


def test_what_is_wrong_with_coverage_is_told_row_by_row(shop, service, path):
    text = (
        "carrier,service,region,delivered,extra_days\n"
        "sf,express,Atlantis,yes,\n"
        "sf,slow,33,yes,\n"
        "sf,express,33,maybe,\n"
        "sf,express,34,yes,61\n"
        "sf,express,35,yes,1\n"
        "sf,express,350000,yes,2\n"
        "sf,express,,yes,2\n"
    )

    session = import_file(shop.store, path, text, importer="carriers.coverage")

    assert problems(session) == [
        (2, "unknown_region"),
        (3, "unknown_service"),
        (4, "not_yes_or_no"),
        (5, "too_large"),
        (7, "repeated_key"),
        (8, "missing_value"),
    ]
    assert CoverageArea.objects.get().region == "35"


PRICES = (
    "carrier,service,table,region,above_g,up_to_g,first_g,first_price,step_g,step_price\n"
    "sf,express,2026,33,0,3000,1000,10.00,500,2.50\n"
    "sf,express,2026,33,3000,,3000,18.00,1000,3.00\n"
    "sf,express,2026,CN,,,1000,14.00,500,4.00\n"
)


def test_price_rows_come_as_a_file_and_are_quoted_by(shop, service, path):
    """FUL-5: the same 17.50 for 2.3 kg, from a file."""
    factories.CoverageAreaFactory(service=service)

    session = import_file(shop.store, path, PRICES, importer="carriers.prices")

    assert figures(session) == (3, 0, 0, 0)
    assert shop.quote(grams=2_300).prices[0].cost == Decimal("17.50")
    assert shop.quote(grams=3_500).prices[0].cost == Decimal("21.00")
    assert shop.quote("31", grams=1_000).prices[0].cost == Decimal("14.00")
    again = import_file(
        shop.store, path, PRICES.replace("14.00", "15.00"), importer="carriers.prices"
    )
    assert figures(again) == (0, 1, 2, 0)
    assert PriceRow.objects.get(region="CN").first_price == 15


def test_what_is_wrong_with_prices_is_told_row_by_row(shop, service, path):
    text = (
        "carrier,service,table,region,above_g,up_to_g,first_price,step_g,step_price\n"
        "sf,express,2025,33,,,10.00,,\n"
        "sf,express,2026,33,500,500,10.00,,\n"
        "sf,express,2026,33,,,10.00,,2.50\n"
        "sf,express,2026,33,,,-1,,\n"
        "sf,express,2026,33,1.5,,10.00,,\n"
        "sf,express,2026,34,0,2000,10.00,,\n"
        "sf,express,2026,34,1000,3000,12.00,,\n"
    )

    session = import_file(shop.store, path, text, importer="carriers.prices")

    assert problems(session) == [
        (2, "unknown_table"),
        (3, "empty_band"),
        (4, "missing_value"),
        (5, "negative"),
        (6, "not_whole"),
        (8, "overlaps"),
    ]
    assert PriceRow.objects.count() == 1


def test_an_import_of_prices_is_taken_back(shop, service, path):
    session = import_file(shop.store, path, PRICES, importer="carriers.prices")

    undoing.begin_undo(session=session, actor=None)
    undoing.undo(session.pk, actor=None, at=MOMENT)

    assert not PriceRow.objects.exists()


def test_other_stores_services_are_not_there(service, path):
    other = Carriers()

    session = import_file(other.store, path, COVERAGE, importer="carriers.coverage")

    assert [code for _line, code in problems(session)] == ["unknown_service"] * 3


def test_who_may_not_change_prices_brings_no_file(shop, service, path):
    packer = factories.UserFactory(role=Role.WAREHOUSE, store=shop.store)

    with pytest.raises(NotAllowed):
        import_file(shop.store, path, PRICES, importer="carriers.prices", actor=packer)
    assert not PriceRow.objects.exists()

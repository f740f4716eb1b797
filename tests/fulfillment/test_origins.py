"""Prices by where a parcel comes from as well as where it goes (FUL-5)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from fulfillment.models import ParcelCharge, PriceRow
from tests import factories
from tests.exchange.files import import_file
from tests.fulfillment.carriers import Carriers, priced
from tests.fulfillment.shipping import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    shop = Carriers()
    stands_in(shop.warehouse, "3301")
    return shop


def stands_in(warehouse, region):
    warehouse.region = region
    warehouse.save()


def row(service, origin, price, region="CN"):
    return factories.PriceRowFactory(
        table=service.price_tables.get(), origin=origin, region=region, first_price=Decimal(price)
    )


def asked(shop, region="浙江杭州"):
    (price,) = shop.quote(region, 500).prices
    return price.cost


def test_rows_from_where_the_warehouse_stands_go_before_those_from_everywhere(shop):
    """FUL-5: zones by origin and destination."""
    service = shop.service("10.00")
    row(service, "33", "6.00")
    row(service, "44", "99.00")

    assert asked(shop) == Decimal("6.00")


def test_the_smallest_origin_counts(shop):
    service = shop.service("10.00")
    row(service, "33", "6.00")
    row(service, "3301", "4.00")

    assert asked(shop) == Decimal("4.00")


def test_of_one_origin_the_smallest_destination_counts(shop):
    service = shop.service("10.00")
    row(service, "33", "6.00")
    row(service, "33", "3.00", region="33")
    row(service, "", "1.00", region="3301")

    assert asked(shop) == Decimal("3.00")
    assert asked(shop, "北京市") == Decimal("6.00")


def test_where_nobody_knows_where_a_warehouse_stands_prices_from_everywhere_hold(shop):
    service = shop.service("10.00")
    row(service, "33", "6.00")
    stands_in(shop.warehouse, "")

    assert asked(shop) == Decimal("10.00")


def test_a_table_only_for_other_origins_has_no_price(shop):
    service = shop.service()
    PriceRow.objects.all().delete()
    row(service, "44", "6.00")

    assert "no price to" in shop.quote().refused[0].reason


def test_bands_of_one_origin_never_overlap(shop):
    """FUL-5: by the database's word; another origin is another zone."""
    service = shop.service()
    table = service.price_tables.get()
    row(service, "33", "6.00")
    factories.PriceRowFactory(table=table, origin="44")

    with pytest.raises(IntegrityError, match="price_row_zone_bands_apart"), transaction.atomic():
        factories.PriceRowFactory(table=table, origin="33", above_grams=500)


def test_an_origin_is_a_region(shop):
    service = shop.service()

    with pytest.raises(IntegrityError, match="price_row_origin_code"), transaction.atomic():
        PriceRow.objects.bulk_create(
            [
                PriceRow(
                    table=service.price_tables.get(),
                    origin="here",
                    region="33",
                    first_price=Decimal(1),
                )
            ]
        )


def test_a_labelled_parcel_is_priced_by_its_warehouse_s_origin():
    shop = Shop()
    stands_in(shop.warehouse, "3301")
    shop.service = priced(shop.warehouse)
    row(shop.service, "33", "6.00")

    shop.packed(shop.order(1, region="浙江省杭州市"))

    assert ParcelCharge.objects.get().expected == Decimal("6.00")


def test_origins_come_with_the_file(shop, tmp_path):
    """FUL-5: by code or by name; without one a row holds from everywhere."""
    service = shop.service(carrier__code="sf", code="express")
    table = service.price_tables.get()
    table.name = "2026"
    table.save()
    table.rows.all().delete()
    text = (
        "carrier,service,table,origin,region,first_price\n"
        "sf,express,2026,浙江省,CN,6.00\n"
        "sf,express,2026,,CN,9.00\n"
        "sf,express,2026,Atlantis,CN,9.00\n"
    )

    session = import_file(shop.store, tmp_path / "p.csv", text, importer="carriers.prices")

    told = PriceRow.objects.values_list("origin", "region", "first_price")
    assert sorted(told) == [("", "CN", Decimal("9.00")), ("33", "CN", Decimal("6.00"))]
    assert [one.code for one in session.rows.rejected()] == ["unknown_region"]

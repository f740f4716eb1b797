"""What services ask for a parcel, and why some can't carry it (FUL-5)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from fulfillment.models import PriceRow
from fulfillment.services import permits
from fulfillment.services.quoting import Wish, quote
from fulfillment.tariff import Load
from opsdesk.errors import DomainError
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.carriers import Carriers

DAY = MOMENT.date()
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Carriers()


def only_reason(asked):
    assert asked.prices == []
    return asked.refused[0].reason


def test_services_are_told_by_what_they_cost(shop):
    """FUL-5: 2.3 kg are the first kilogram and three halves begun."""
    dear, cheap = shop.service("12.00"), shop.service("10.00")

    asked = shop.quote()

    assert [(price.service, price.cost) for price in asked.prices] == [
        (cheap, Decimal("17.50")),
        (dear, Decimal("19.50")),
    ]
    assert asked.refused == []


def test_the_smallest_region_that_has_prices_counts(shop):
    service = shop.service()
    table = service.price_tables.get()
    factories.PriceRowFactory(table=table, region="33", first_price=Decimal(6))
    factories.PriceRowFactory(table=table, region="330106", first_price=Decimal(5))

    assert shop.quote("330100", 1_000).prices[0].cost == 6
    assert shop.quote("330106", 1_000).prices[0].cost == 5
    assert shop.quote("540000", 1_000).prices[0].cost == 10


def test_the_smallest_region_that_is_covered_counts(shop):
    """FUL-5: a district that is not served within a province that is, and extra days."""
    service = shop.service(usual_days=2)
    factories.CoverageAreaFactory(service=service, region="54", extra_days=5)
    factories.CoverageAreaFactory(service=service, region="5401", is_delivered=False)

    assert shop.quote("330106").prices[0].days == 2
    there = shop.quote("540200").prices[0]
    assert (there.days, there.arrives_on) == (7, shop.store.business_date(MOMENT + 7 * _DAY))
    assert "does not deliver to 西藏自治区 拉萨市" in only_reason(shop.quote("540100"))
    assert "does not deliver to DE" in only_reason(shop.quote("DE"))


_DAY = timedelta(days=1)


def test_bands_are_chosen_by_what_is_billed(shop):
    service = shop.service()
    table = service.price_tables.get()
    table.rows.all().delete()
    table.divisor = 6_000
    table.save()
    for above, up_to, price in ((0, 1_000, 8), (1_000, 5_000, 15)):
        factories.PriceRowFactory(
            table=table,
            above_grams=above,
            up_to_grams=up_to,
            first_price=price,
            step_grams=None,
            step_price=0,
        )

    assert shop.quote(grams=900).prices[0].cost == 8
    assert shop.quote(grams=900, size_mm=(400, 300, 200)).prices[0].cost == 15
    assert "no price for 5.001 kg" in only_reason(shop.quote(grams=5_001))


def test_a_warehouse_s_own_table_goes_before_the_one_for_all(shop):
    service = shop.service()
    own = factories.PriceTableFactory(service=service, warehouse=shop.warehouse)
    factories.PriceRowFactory(table=own, first_price=Decimal(7))
    other = factories.WarehouseFactory(store=shop.store)

    assert shop.quote(grams=1_000).prices[0].cost == 7
    there = quote(Wish(other, "33", Load(1_000)), at=MOMENT)
    assert there.prices[0].cost == 10


def test_a_table_holds_from_its_first_to_its_last_day(shop):
    service = shop.service()
    old = service.price_tables.get()
    old.valid_until = DAY
    old.save()
    new = factories.PriceTableFactory(service=service, valid_from=DAY + _DAY)
    factories.PriceRowFactory(table=new, first_price=Decimal(11))

    assert shop.quote(grams=1).prices[0].cost == 10
    assert shop.quote(grams=1, at=MOMENT + _DAY).prices[0].cost == 11
    assert "no price table" in only_reason(shop.quote(at=MOMENT - 90 * _DAY))


def test_an_expired_licence_takes_the_carrier_out(shop):
    """FUL-5: and it is said since when."""
    service = shop.service()

    later = shop.quote(at=MOMENT + 366 * _DAY)

    assert "courier licence ran out on" in only_reason(later)
    factories.CarrierDocumentFactory(carrier=service.carrier, valid_until=DAY + timedelta(days=900))
    assert shop.quote(at=MOMENT + 366 * _DAY).prices


def test_a_carrier_without_a_licence_is_offered_where_the_store_says_so(shop):
    service = factories.CarrierServiceFactory(carrier__store=shop.store)
    factories.CoverageAreaFactory(service=service)
    table = factories.PriceTableFactory(service=service)
    factories.PriceRowFactory(table=table)
    assert only_reason(shop.quote()) == "no courier licence on record"

    factories.SettingOverrideFactory(
        store=shop.store,
        key=permits.LICENCE_REQUIRED.key,
        value=0,
        valid_from=MOMENT - _DAY,
    )
    assert shop.quote().prices


def test_cold_goods_go_with_who_may_and_can_keep_them_cold(shop):
    """FUL-5: a permit for the carrier, and a service that is one of the cold chain."""
    warm, unpermitted, cold = (
        shop.service(),
        shop.service(is_cold=True),
        shop.service(is_cold=True),
    )
    for service in (warm, cold):
        factories.CarrierDocumentFactory(carrier=service.carrier, kind="cold")

    asked = shop.quote(needed=["cold"])

    assert [price.service for price in asked.prices] == [cold]
    assert {refused.service: refused.reason for refused in asked.refused} == {
        warm: "keeps nothing cold",
        unpermitted: "no cold chain permit on record",
    }


def test_goods_ask_for_permits_by_their_category(shop):
    """FUL-5: food as the catalog's licences say, cold goods as the store says."""
    factories.RequiredPermitFactory(store=shop.store, category="Frozen", kind="cold")
    factories.RequiredQualificationFactory(
        store=shop.store, category="Food", kind="food_production"
    )
    factories.RequiredQualificationFactory(store=shop.store, category="Toys", kind="compulsory")

    def needed(category):
        sku = factories.SkuFactory(store=shop.store, product__category=category)
        return permits.needed_for([sku.pk], store_id=shop.store.pk)

    assert needed("Frozen/Ice") == {"cold"}
    assert needed("Food/Tea") == {"food"}
    assert needed("Toys") == needed("Frozenware") == set()


def test_off_services_and_those_of_other_stores_are_not_asked(shop):
    shop.service(is_active=False)
    Carriers().service()

    asked = shop.quote()

    assert (asked.prices, asked.refused) == ([], [])


def test_a_parcel_without_weight_has_no_price(shop):
    with pytest.raises(DomainError, match="weighs"):
        shop.quote(grams=0)


def test_a_quote_takes_the_same_few_queries_for_many_services(shop, django_assert_max_num_queries):
    for _service in range(8):
        shop.service()
    shop.quote()

    with django_assert_max_num_queries(9):
        assert len(shop.quote().prices) == 8


def refused_by_the_database(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_the_database_keeps_price_tables_and_bands_apart(shop):
    table = shop.service().price_tables.get()

    refused_by_the_database(lambda: factories.PriceTableFactory(service=table.service))
    refused_by_the_database(
        lambda: factories.PriceRowFactory(table=table, above_grams=3_000, up_to_grams=4_000)
    )
    refused_by_the_database(lambda: factories.PriceRowFactory(table=table, region="3"))
    refused_by_the_database(
        lambda: factories.PriceTableFactory(
            service=factories.CarrierServiceFactory(), warehouse=shop.warehouse
        )
    )
    assert PriceRow.objects.filter(table=table).count() == 1


def test_the_database_keeps_surcharges_that_mean_something(shop):
    table = shop.service().price_tables.get()

    refused_by_the_database(lambda: factories.SurchargeFactory(table=table, percent=0))
    refused_by_the_database(lambda: factories.SurchargeFactory(table=table, kind="remote"))
    refused_by_the_database(lambda: factories.SurchargeFactory(table=table, kind="holiday"))
    refused_by_the_database(lambda: factories.SurchargeFactory(table=table, region="33"))

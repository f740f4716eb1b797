"""Bins are set up by the aisle and worked with a scanner (FUL-1)."""

import pytest
from django.urls import reverse

from fulfillment.models import Bin, BinStock
from tests import factories
from tests.fulfillment.shipping import Shop
from tests.fulfillment.test_bins import goods, place, put

WORK = "admin:fulfillment_bin_work"


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def at_work(client, shop):
    client.force_login(shop.packer)
    return client


def test_a_scan_that_is_not_complete_asks_for_the_next_code(at_work, shop):
    """FUL-1: a scanner ends each code with Enter; nothing is lost and nothing is complained of."""
    where = place(shop)

    page = at_work.post(reverse(WORK), {"bin_code": where.code, "sku_code": "", "pieces": ""})

    told = page.content.decode()
    assert f'value="{where.code}"' in told
    assert "This field is required" not in told
    assert 'name="sku_code"' in told.split("autofocus")[0].rsplit("<input", 1)[1]


def test_the_last_scan_puts_away_and_says_so(at_work, shop):
    sku, where = goods(shop), place(shop)

    page = at_work.post(
        reverse(WORK), {"bin_code": where.code, "sku_code": sku.code, "pieces": "4"}
    )

    assert BinStock.objects.get(bin=where).quantity == 4
    assert 'data-sound="right"' in page.content.decode()


def test_what_is_wrong_is_said_loudly_and_kept_to_be_mended(at_work, shop):
    sku, where = goods(shop, 3), place(shop)

    page = at_work.post(
        reverse(WORK), {"bin_code": where.code, "sku_code": sku.code, "pieces": "4"}
    )

    told = page.content.decode()
    assert 'data-sound="wrong"' in told
    assert f'value="{sku.code}"' in told
    assert not BinStock.objects.filter(quantity__gt=0).exists()


def test_the_page_proposes_where_to_put_what_lies_nowhere(at_work, shop):
    sku, where = goods(shop), place(shop, code="A-07-01-1")

    told = at_work.get(reverse(WORK)).content.decode()

    assert sku.code in told
    assert where.code in told


def test_another_store_s_warehouse_is_not_there(at_work, shop):
    other = factories.WarehouseFactory()

    assert at_work.get(reverse(WORK), {"warehouse": other.pk}).status_code == 404
    assert at_work.get(reverse(WORK), {"do": "burn"}).status_code == 404


def test_as_many_questions_for_many_goods_as_for_few(at_work, shop, django_assert_max_num_queries):
    for _ in range(15):
        put(shop, place(shop), goods(shop, 20), 3)

    with django_assert_max_num_queries(18):
        at_work.get(reverse(WORK))


def test_bins_are_made_by_the_aisle(at_work, shop):
    zone = factories.ZoneFactory(warehouse=shop.warehouse, code="A")
    given = {"zone": zone.pk, "first_aisle": 1, "last_aisle": 2, "bays": 2, "levels": 3}

    at_work.post(reverse("admin:fulfillment_bin_rows"), given)
    refused = at_work.post(reverse("admin:fulfillment_bin_rows"), given | {"last_aisle": 0})

    assert Bin.objects.count() == 12
    assert refused.status_code == 200


def test_a_label_differs_from_others_by_more_than_capital_letters(at_work, shop):
    old = place(shop, code="A-01")

    page = at_work.post(
        reverse("admin:fulfillment_bin_add"),
        {
            "zone": old.zone_id,
            "code": "a-01",
            "aisle": 1,
            "bay": 1,
            "level": 1,
            "stock-TOTAL_FORMS": 0,
            "stock-INITIAL_FORMS": 0,
        },
    )

    assert page.status_code == 200
    assert "Another bin of the warehouse has this label" in page.content.decode()
    assert Bin.objects.count() == 1


def test_labels_carry_the_codes_of_the_bins_that_are_filtered(at_work, shop):
    place(shop, code="A-01")
    place(shop, code="B-01")

    told = at_work.get(reverse("admin:fulfillment_bin_labels"), {"code": "A"}).content.decode()

    assert 'aria-label="A-01"' in told
    assert "B-01" not in told

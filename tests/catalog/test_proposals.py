"""CAT-8: of what runs out it is proposed how much to order, from whom, and for when."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from catalog.services.proposals import TARGET, Proposal, propose
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT, StockCoverFactory, SupplierItemFactory

pytestmark = pytest.mark.django_db


def ordered_from(cover, **terms):
    supplier = factories.SupplierFactory(store=cover.store, lead_days=5)
    return SupplierItemFactory(supplier=supplier, sku=cover.sku, **terms)


@pytest.mark.parametrize(
    ("terms", "quantity"),
    [
        ({}, 44),
        ({"pack_size": 12}, 48),
        ({"minimum_quantity": 100}, 100),
        ({"minimum_quantity": 100, "pack_size": 12}, 108),
    ],
)
def test_up_to_the_days_of_cover_in_whole_packs_and_no_less_than_the_minimum(terms, quantity):
    """CAT-8: 2 a day for 30 days are 60, of which 16 are there; five days later it arrives."""
    cover = StockCoverFactory(average=2, available=16)
    item = ordered_from(cover, **terms)

    found = propose([cover], at=MOMENT)

    assert found == {cover.pk: Proposal(quantity, item.supplier, date(2026, 3, 7))}


def test_enough_is_no_proposal_whatever_the_minimum():
    cover = StockCoverFactory(average=2, available=60)
    ordered_from(cover, minimum_quantity=100)

    assert propose([cover], at=MOMENT) == {}


def test_each_store_says_how_far_it_orders():
    far, near = StockCoverFactory(), StockCoverFactory()
    factories.SettingOverrideFactory(key=TARGET.key, store=near.store, value=10)

    found = propose([far, near], at=MOMENT)

    assert {pk: proposal.quantity for pk, proposal in found.items()} == {far.pk: 44, near.pk: 4}


@pytest.mark.parametrize("off", ["preference", "supplier"])
def test_without_a_preferred_supplier_the_quantity_alone_is_proposed(off):
    cover = StockCoverFactory()
    item = ordered_from(cover, is_preferred=off != "preference", pack_size=12)
    item.supplier.is_active = off != "supplier"
    item.supplier.save(update_fields=["is_active"])

    assert propose([cover], at=MOMENT) == {cover.pk: Proposal(44)}


def test_a_sku_has_one_preferred_supplier():
    item = SupplierItemFactory()
    other = factories.SupplierFactory(store=item.supplier.store)

    with pytest.raises(IntegrityError, match="supplier_item_one_preferred"):
        SupplierItemFactory(supplier=other, sku=item.sku)


def test_a_supplier_delivers_skus_of_its_own_store_only():
    item = SupplierItemFactory()
    stray = SupplierItemFactory.build(supplier=item.supplier, sku=factories.SkuFactory())

    with pytest.raises(ValidationError, match="different stores"):
        stray.full_clean()
    item.full_clean()
    with pytest.raises(IntegrityError, match="of its own store only"):
        stray.save()


def test_the_board_says_what_to_order_with_a_fixed_number_of_queries(
    client, django_assert_max_num_queries
):
    store = factories.StoreFactory()
    for _number in range(10):
        cover = StockCoverFactory(sku=factories.SkuFactory(store=store), average=Decimal(3))
        ordered_from(cover, pack_size=50)
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store))
    client.get("/admin/catalog/stockcover/")

    with django_assert_max_num_queries(17):
        response = client.get("/admin/catalog/stockcover/")

    row = response.context["page"].rows[0]
    assert row.proposal.quantity == 100
    assert row.proposal.supplier.name in response.content.decode()


def test_a_catalog_operator_keeps_a_suppliers_terms(client):
    item = SupplierItemFactory()
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=item.supplier.store))
    address = f"/admin/catalog/supplier/{item.supplier_id}/change/"
    form = {
        "code": item.supplier.code,
        "name": "Renamed",
        "lead_days": "9",
        "is_active": "on",
        "items-TOTAL_FORMS": "1",
        "items-INITIAL_FORMS": "1",
        "items-0-id": item.pk,
        "items-0-supplier": item.supplier_id,
        "items-0-sku": item.sku_id,
        "items-0-minimum_quantity": "24",
        "items-0-pack_size": "12",
        "items-0-is_preferred": "on",
    }

    response = client.post(address, form | {"store": item.supplier.store_id})

    assert response.status_code == 302, response.context["errors"]
    item.refresh_from_db()
    assert (item.supplier.lead_days, item.minimum_quantity, item.pack_size) == (9, 24, 12)

"""Orders are found by the waybills of their parcels, and show them."""

import pytest

from fulfillment.services.packing import Label, close_parcel, label_parcel, open_parcel, pack_item
from opsdesk.stores.roles import Role
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def parcel(shop):
    order = shop.order(1)
    known = {"actor": shop.packer, "at": MOMENT}
    parcel = open_parcel(order_id=order.pk, warehouse_id=shop.warehouse.pk, **known)
    pack_item(parcel_id=parcel.pk, code=order.lines.get().sku.code, **known)
    close_parcel(parcel_id=parcel.pk, weight_grams=500, **known)
    return label_parcel(parcel_id=parcel.pk, label=Label(shop.service.pk, "SF1000000001"), **known)


@pytest.mark.parametrize(("words", "count"), [("sf1000", 1), ("SF 1000 0000 01", 1), ("SF2", 0)])
def test_the_order_list_finds_by_waybill(words, count, client, shop, parcel):
    """FUL-3: who calls about a parcel tells its waybill."""
    shop.order(1)
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))

    found = client.get("/admin/orders/order/", {"waybill": words}).context["page"].rows

    assert len(found) == count


@pytest.mark.parametrize("words", ["sf1000", "number"])
def test_the_command_search_finds_parcels_of_one_s_own_stores(words, client, shop, parcel):
    words = parcel.number if words == "number" else words
    order = parcel.parcel_orders.get().order_id
    for person, is_found in ((shop.packer, True), (Shop().packer, False)):
        client.force_login(person)
        found = client.get("/admin/search/", {"s": words, "extended": 1}).content.decode()
        assert (f"/admin/orders/order/{order}/change/" in found) is is_found


def test_the_page_of_an_order_shows_its_parcels(client, shop, parcel):
    """FUL-3: carrier, service and waybill of each parcel."""
    order = parcel.parcel_orders.get().order
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))

    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()

    assert parcel.number in page
    assert "SF1000000001" in page
    assert str(shop.service) in page

"""Boxes are counted down as parcels are packed, and never hold packing up (FUL-6)."""

from functools import partial

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from catalog.models import Sku
from fulfillment.models import Box, BoxMovement, BoxStock, Parcel, ParcelBox
from fulfillment.services import box_stock, packing, relabelling
from fulfillment.services.box_stock import count_boxes, receive_boxes, tell_low
from opsdesk.alerts.models import Alert
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.fulfillment.shipping import LATER, Shop
from tests.fulfillment.test_station import Station
from tests.invariants import assert_invariants_hold


class Boxes(Shop):
    """A warehouse that counts its small and its large boxes, ten of each."""

    def __init__(self) -> None:
        super().__init__()
        self.small = self.box("S-1", 200)
        self.large = self.box("L-1", 500)

    def box(self, code: str, side: int) -> BoxStock:
        stock = factories.BoxStockFactory(
            warehouse=self.warehouse,
            box__code=code,
            box__inner_length_mm=side,
            box__inner_width_mm=side,
            box__inner_height_mm=side,
            reorder_point=3,
        )
        return receive_boxes(stock_id=stock.pk, boxes=10, actor=self.packer, at=LATER)

    def measured(self, *pieces: int):
        order = self.order(*pieces)
        Sku.objects.filter(pk__in=order.lines.values("sku")).update(
            length_mm=100, width_mm=100, height_mm=50, weight_grams=100
        )
        return order

    def there(self) -> list[int]:
        return list(BoxStock.objects.order_by("pk").values_list("quantity", flat=True))


@pytest.fixture
def shop(db):
    return Boxes()


def test_a_packed_parcel_takes_the_box_that_was_proposed(shop):
    """FUL-6: by a line of its own, once, though it is labelled anew later."""
    parcel = shop.packed(shop.measured(1))
    relabelling.relabel_parcel(
        parcel_id=parcel.pk,
        label=packing.Label(shop.service.pk, "SF1000000009"),
        reason="torn",
        actor=shop.packer,
        at=LATER,
    )

    assert shop.there() == [9, 10]
    line = BoxMovement.objects.get(kind="used")
    assert (line.parcel, line.actor, line.quantity) == (parcel, shop.packer, -1)
    assert not ParcelBox.objects.get(parcel=parcel).is_scanned
    assert_invariants_hold("fulfillment")


def test_the_box_that_is_scanned_at_the_station_is_the_one_that_goes(client, shop):
    order = shop.measured(1)
    at = Station(shop)
    at.scan(order.external_number)

    told = at.scan("l-1")
    at.scan(order.lines.get().sku.code)
    at.scan("300 g")

    assert (told["sound"], "L-1" in told["message"]) == ("right", True)
    assert shop.there() == [10, 9]
    parcel = Parcel.objects.get()
    assert parcel.in_box.is_scanned
    client.force_login(shop.packer)
    page = client.get(reverse("admin:fulfillment_parcel_change", args=[parcel.pk]))
    assert "L-1" in page.content.decode()


def test_packing_never_waits_for_a_box(shop):
    """FUL-6: what nobody measured takes none, and what was used up is found by counting."""
    unknown = shop.packed(shop.order(1))
    assert unknown.state == Parcel.State.PACKED
    assert shop.there() == [10, 10]

    count_boxes(stock_id=shop.small.pk, found=0, actor=shop.packer, at=LATER)
    parcel = shop.opened(shop.measured(1))
    box_stock.choose_box(parcel, shop.small.box, at=LATER)
    packing.pack_item(
        parcel_id=parcel.pk,
        code=parcel.parcel_orders.get().order.lines.get().sku.code,
        actor=shop.packer,
        at=LATER,
    )
    packing.close_parcel(parcel_id=parcel.pk, weight_grams=1, actor=shop.packer, at=LATER)

    assert shop.there() == [-1, 10]
    assert_invariants_hold("fulfillment.boxes")


def test_boxes_that_are_used_up_are_not_proposed(shop):
    assert list(Box.objects.usable(shop.warehouse)) == [shop.large.box, shop.small.box]

    count_boxes(stock_id=shop.small.pk, found=0, actor=shop.packer, at=LATER)

    assert list(Box.objects.usable(shop.warehouse)) == [shop.large.box]
    elsewhere = factories.WarehouseFactory(store=shop.store)
    assert shop.small.box in Box.objects.usable(elsewhere)


def test_a_count_puts_the_difference_down_and_an_equal_one_nothing(shop):
    count_boxes(stock_id=shop.small.pk, found=7, note="Monday", actor=shop.packer, at=LATER)
    count_boxes(stock_id=shop.small.pk, found=7, actor=shop.packer, at=LATER)

    line = BoxMovement.objects.get(kind="counted")
    assert (line.quantity, line.note) == (-3, "Monday")
    assert shop.there() == [7, 10]


def test_who_runs_out_of_boxes_is_told_until_more_come(shop):
    """FUL-6: the alert closes by itself."""
    assert tell_low(LATER) == 0
    count_boxes(stock_id=shop.small.pk, found=3, actor=shop.packer, at=LATER)

    assert tell_low(LATER) == 1
    alert = Alert.objects.get(check_code="fulfillment.boxes_low")
    assert alert.evidence == {"box": "S-1", "there": 3, "reorder_point": 3}
    receive_boxes(stock_id=shop.small.pk, boxes=1, actor=shop.packer, at=LATER)
    assert tell_low(LATER) == 0
    alert.refresh_from_db()
    assert alert.state == "resolved"


@pytest.mark.parametrize("boxes", [0, -1, 10**9])
def test_a_number_of_boxes_that_can_not_be_is_refused(shop, boxes):
    with pytest.raises(DomainError):
        receive_boxes(stock_id=shop.small.pk, boxes=boxes, actor=shop.packer, at=LATER)


def test_only_who_works_here_moves_boxes(shop):
    for person in (shop.person(Role.OPERATIONS_LEAD), Shop().packer):
        with pytest.raises(NotAllowed):
            receive_boxes(stock_id=shop.small.pk, boxes=1, actor=person, at=LATER)


def test_the_database_keeps_what_was_put_down(shop):
    line = BoxMovement.objects.first()

    for change in (line.delete, line.save):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_boxes_are_received_counted_and_ordered_on_their_page(client, shop):
    client.force_login(shop.packer)
    page = reverse("admin:fulfillment_boxstock_change", args=[shop.small.pk])
    act = reverse("admin:fulfillment_boxstock_act", args=[shop.small.pk])

    client.post(act, {"do": "receive", "boxes": "5", "note": "from Wu"})
    refused = client.post(act, {"do": "receive", "boxes": "0", "note": "kept"})
    client.post(act, {"do": "reorder", "reorder_point": "8"})
    shown = client.get(page).content.decode()

    assert "Receive 1 to" in refused.content.decode()
    assert 'value="kept"' in refused.content.decode()
    shop.small.refresh_from_db()
    assert (shop.small.quantity, shop.small.reorder_point) == (15, 8)
    assert "from Wu" in shown


def test_a_warehouse_counts_boxes_that_it_has(client, shop):
    client.force_login(shop.packer)
    elsewhere = factories.WarehouseFactory(store=shop.store)
    theirs = factories.BoxFactory(store=shop.store, warehouse=elsewhere)
    ours = factories.BoxFactory(store=shop.store)
    add = reverse("admin:fulfillment_boxstock_add")

    for box in (theirs, ours):
        given = {"warehouse": shop.warehouse.pk, "box": box.pk, "reorder_point": 1}
        client.post(add, given)

    assert not BoxStock.objects.filter(box=theirs).exists()
    assert BoxStock.objects.filter(box=ours).exists()


@pytest.mark.django_db(transaction=True)
def test_parcels_that_close_at_once_take_a_box_each(monkeypatch):
    shop = Boxes()
    parcels = [shop.opened(shop.measured(1)) for _n in range(3)]
    for parcel in parcels:
        code = parcel.parcel_orders.get().order.lines.get().sku.code
        packing.pack_item(parcel_id=parcel.pk, code=code, actor=shop.packer, at=LATER)
    monkeypatch.setattr(box_stock, "_proposed", slowly(box_stock._proposed))
    close = partial(packing.close_parcel, weight_grams=1, actor=shop.packer, at=LATER)

    run_together([partial(close, parcel_id=parcel.pk) for parcel in parcels])

    assert shop.there() == [7, 10]
    assert_invariants_hold("fulfillment.boxes")

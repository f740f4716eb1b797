"""Parcels are filled by scanning, labelled once, and leave whole (FUL-1, FUL-3)."""

from datetime import timedelta
from functools import partial

import pytest

from catalog.models import StockLevel
from fulfillment.models import Parcel, ParcelItem
from fulfillment.services import packing
from fulfillment.services.handing_over import (
    NotWhole,
    hand_over_manifest,
    list_parcel,
    open_manifest,
)
from fulfillment.services.packing import (
    Label,
    TooMany,
    WaybillTaken,
    WrongItem,
    cancel_parcel,
    close_parcel,
    label_parcel,
    open_parcel,
    pack_item,
)
from fulfillment.services.relabelling import relabel_parcel
from fulfillment.waybills import BadWaybill
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.invariants import all_invariants, violations
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.amending import Wanted, change_goods
from orders.services.lifecycle import cancel_orders
from orders.services.undo import remove_imported_orders
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop

LATER = MOMENT + timedelta(hours=2)


@pytest.fixture
def shop(db):
    return Shop()


def opened(shop, order, actor=None):
    return open_parcel(
        order_id=order.pk,
        warehouse_id=shop.warehouse.pk,
        actor=actor or shop.packer,
        at=LATER,
    )


def scan(shop, parcel, code, pieces=1):
    return pack_item(parcel_id=parcel.pk, code=code, pieces=pieces, actor=shop.packer, at=LATER)


def packed(shop, order, waybill="SF1000000001"):
    """The whole order in one labelled parcel."""
    parcel = opened(shop, order)
    for line in order.lines.all():
        scan(shop, parcel, line.sku.code, line.quantity)
    close_parcel(parcel_id=parcel.pk, weight_grams=500, actor=shop.packer, at=LATER)
    return labelled(shop, parcel, waybill)


def labelled(shop, parcel, waybill):
    label = Label(shop.service.pk, waybill)
    return label_parcel(parcel_id=parcel.pk, label=label, actor=shop.packer, at=LATER)


def handed_over(shop, *parcels):
    manifest = open_manifest(
        warehouse_id=shop.warehouse.pk, carrier_id=shop.carrier.pk, actor=shop.packer, at=LATER
    )
    for parcel in parcels:
        list_parcel(manifest_id=manifest.pk, parcel_id=parcel.pk, actor=shop.packer, at=LATER)
    return hand_over_manifest(
        manifest_id=manifest.pk, taken_by="Mr Li", actor=shop.packer, at=LATER
    )


def holds():
    broken = [one for one in violations(all_invariants()) if one["violations"]]
    assert broken == []


def test_a_parcel_is_verified_item_by_item_until_nothing_is_owed(shop):
    """FUL-1: packing is verified by scanning; wrong parcels 0."""
    order = shop.order(2, 1)
    first, second = order.lines.all()
    stranger = factories.SkuFactory(store=shop.store)
    parcel = opened(shop, order)

    with pytest.raises(WrongItem):
        scan(shop, parcel, stranger.code)
    with pytest.raises(WrongItem):
        scan(shop, parcel, "no-such-code")
    scan(shop, parcel, first.sku.code)
    assert scan(shop, parcel, first.sku.code).quantity == 2
    with pytest.raises(TooMany) as refusal:
        scan(shop, parcel, first.sku.code)
    assert refusal.value.facts["left"] == 0
    scan(shop, parcel, second.sku.code)

    with pytest.raises(Conflict):
        opened(shop, order, actor=shop.person())
    close_parcel(parcel_id=parcel.pk, weight_grams=750, actor=shop.packer, at=LATER)
    with pytest.raises(Conflict):
        opened(shop, order)
    holds()


def test_an_article_is_found_by_its_barcode(shop):
    """FUL-1: what is scanned is what is printed on the goods."""
    order = shop.order(1)
    sku = order.lines.get().sku
    sku.barcode = "6901234567892"
    sku.save(update_fields=["barcode"])

    assert scan(shop, opened(shop, order), "6901234567892").sku == sku


@pytest.mark.parametrize(
    "state", [{"review_state": "waiting"}, {"fulfilment_state": "waiting"}, {"paid_at": None}]
)
def test_only_what_may_leave_is_packed(shop, state):
    """FUL-1: an order that is held, unpaid or without stock is put aside, and it is said why."""
    order = shop.order(1)
    extra = {"payment_state": "unpaid", "paid_amount": 0} if "paid_at" in state else {}
    Order.objects.filter(pk=order.pk).update(**state, **extra)

    with pytest.raises(Conflict, match=order.external_number):
        opened(shop, order)


def test_a_waybill_is_one_parcel_s_and_never_overwritten(shop):
    """FUL-3: carrier, service and waybill are recorded per parcel."""
    one, other = packed(shop, shop.order(1), "SF 1000 0000 01"), opened(shop, shop.order(1))
    assert (one.waybill, one.carrier) == ("SF1000000001", shop.carrier)

    with pytest.raises(WaybillTaken, match=one.number):
        labelled(shop, other, "sf1000000001")
    with pytest.raises(Conflict):
        labelled(shop, one, "SF1000000002")
    assert labelled(shop, one, "SF1000000001").version == one.version
    with pytest.raises(BadWaybill):
        labelled(shop, other, "面单")


def test_the_database_keeps_a_waybill_that_was_given(shop):
    """FUL-3: whoever writes past the services is refused as well."""
    parcel = packed(shop, shop.order(1))

    with pytest.raises(Exception, match="waybill_kept"):
        Parcel.objects.filter(pk=parcel.pk).update(waybill="SF1000000002")


def test_a_parcel_labelled_anew_keeps_its_content_and_names_the_old_one(shop):
    """FUL-3: a label that was spoilt is replaced, and both stay on record."""
    old = packed(shop, shop.order(2))

    new = relabel_parcel(
        parcel_id=old.pk,
        label=Label(shop.service.pk, "SF1000000009"),
        reason="Printer jam",
        actor=shop.packer,
        at=LATER,
    )

    old.refresh_from_db()
    assert (new.replaces, new.items.get().quantity) == (old, 2)
    assert (old.state, old.why_cancelled) == (Parcel.State.CANCELLED, "Printer jam")
    holds()


def test_parcels_leave_against_a_manifest_and_their_orders_are_shipped(shop):
    """FUL-2, FUL-3: handing over is what ships an order."""
    order = shop.order(2)
    level = StockLevel.objects.get(sku=order.lines.get().sku, warehouse=shop.warehouse)
    parcel = packed(shop, order)

    manifest = handed_over(shop, parcel)

    order.refresh_from_db()
    parcel.refresh_from_db()
    level.refresh_from_db()
    assert (order.fulfilment_state, order.shipped_at) == ("shipped", LATER)
    assert (parcel.state, parcel.handed_over_at, parcel.manifest) == (
        "handed_over",
        LATER,
        manifest,
    )
    assert (level.reserved, level.shipped) == (0, 2)
    with pytest.raises(Conflict):
        hand_over_manifest(manifest_id=manifest.pk, taken_by="", actor=shop.packer, at=LATER)
    holds()


def test_an_order_s_parcels_leave_together(shop):
    """FUL-3: an order may take several parcels; none of them leaves without the others."""
    order = shop.order(2)
    code = order.lines.get().sku.code
    first = opened(shop, order)
    scan(shop, first, code)
    close_parcel(parcel_id=first.pk, weight_grams=None, actor=shop.packer, at=LATER)
    labelled(shop, first, "SF1000000001")

    with pytest.raises(NotWhole, match=order.external_number):
        handed_over(shop, first)

    second = opened(shop, order)
    scan(shop, second, code)
    close_parcel(parcel_id=second.pk, weight_grams=None, actor=shop.packer, at=LATER)
    labelled(shop, second, "SF1000000002")
    handed_over(shop, first, second)
    assert Order.objects.get().fulfilment_state == "shipped"


def test_a_cancelled_order_s_parcel_is_taken_off_the_line(shop):
    """ORD-5: whoever scans the parcel of a cancelled order is told."""
    order = shop.order(1)
    parcel = packed(shop, order)

    cancel_orders(order_ids=[order.pk], reason="changed mind", actor=None, at=LATER)

    parcel.refresh_from_db()
    assert (parcel.state, parcel.why_cancelled) == ("cancelled", "The order was cancelled.")
    with pytest.raises(Conflict, match="cancelled"):
        handed_over(shop, parcel)
    holds()


def test_a_parcel_that_is_cancelled_frees_its_items_to_be_packed_anew(shop):
    order = shop.order(1)
    parcel = packed(shop, order)
    with pytest.raises(DomainError):
        cancel_parcel(parcel_id=parcel.pk, reason=" ", actor=shop.packer, at=LATER)
    cancel_parcel(parcel_id=parcel.pk, reason="Box torn", actor=shop.packer, at=LATER)

    assert packed(shop, order).waybill == parcel.waybill


def test_goods_of_a_parcel_that_was_given_up_are_swapped(shop):
    """ORD-5: what is being packed is not changed; what was packed once and given up is."""
    order, other = shop.order(1), shop.order(1)
    line, instead = order.lines.get(), other.lines.get().sku
    StockLevel.objects.filter(sku=instead).update(available=5)
    parcel = packed(shop, order)
    order.refresh_from_db()
    swap = partial(
        change_goods,
        order_id=order.pk,
        wanted=[Wanted(instead.code, 1, line_id=line.pk)],
        reason="Broken",
        actor=shop.person(Role.ORDER_REVIEWER),
        at=LATER,
    )

    with pytest.raises(Conflict, match=parcel.number):
        swap(version=order.version)

    cancel_parcel(parcel_id=parcel.pk, reason="Broken", actor=shop.packer, at=LATER)
    swap(version=order.version)
    assert order.lines.get().sku == instead


def test_an_import_is_not_taken_back_over_a_parcel(shop):
    """FUL-1: somebody has worked on the order."""
    order = shop.order(1)
    session = factories.ImportSessionFactory(store=shop.store)
    Order.objects.filter(pk=order.pk).update(import_session=session)
    opened(shop, order)

    removed = remove_imported_orders(
        session_id=session.pk, order_ids=[order.pk], actor=None, at=LATER
    )

    assert removed == []


def test_who_does_not_pack_here_is_refused(shop):
    elsewhere = factories.WarehouseFactory(store=shop.store)
    bound = factories.WarehouseAssignmentFactory(
        membership__store=shop.store, warehouse=elsewhere
    ).membership.user

    for person in (bound, shop.person(Role.CUSTOMER_SERVICE)):
        with pytest.raises(NotAllowed):
            opened(shop, shop.order(1), actor=person)


@pytest.mark.django_db(transaction=True)
def test_of_two_packers_who_scan_one_order_one_packs_it():
    """FUL-1: the second is told who packs."""
    shop = Shop()
    order = shop.order(1)
    packers = [shop.packer, shop.person()]

    results = run_together([partial(opened, shop, order, actor=person) for person in packers])

    assert sorted(type(each).__name__ for each in results) == ["Conflict", "Parcel"]
    assert Parcel.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_goes_into_the_parcel_once():
    """FUL-1: a scanner that sends twice at once packs once."""
    shop = Shop()
    order = shop.order(1)
    parcel = opened(shop, order)
    code = order.lines.get().sku.code

    results = run_together([partial(scan, shop, parcel, code)] * 4)

    assert sum(isinstance(each, ParcelItem) for each in results) == 1
    assert ParcelItem.objects.get().quantity == 1
    holds()


@pytest.mark.django_db(transaction=True)
def test_a_waybill_that_is_stuck_on_several_parcels_at_once_is_one_s(monkeypatch):
    """FUL-3: nothing but the unique waybill stands between them."""
    shop = Shop()
    parcels = []
    for _ in range(3):
        order = shop.order(1)
        parcel = opened(shop, order)
        scan(shop, parcel, order.lines.get().sku.code)
        packing.close_parcel(parcel_id=parcel.pk, weight_grams=5, actor=shop.packer, at=LATER)
        parcels.append(parcel)
    monkeypatch.setattr(packing, "_changed", slowly(packing._changed))
    label = packing.Label(shop.service.pk, "SF1000000001")

    results = run_together(
        [
            partial(
                packing.label_parcel, parcel_id=one.pk, label=label, actor=shop.packer, at=LATER
            )
            for one in parcels
        ]
    )

    assert [type(result) for result in results].count(packing.WaybillTaken) == 2
    assert Parcel.objects.filter(waybill="SF1000000001").count() == 1

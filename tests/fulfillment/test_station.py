"""The packing station understands what is scanned, once per scan (FUL-1, FUL-3)."""

from functools import partial
from uuid import UUID, uuid4

import pytest

from catalog.models import Sku
from fulfillment.models import Parcel, ParcelItem, StationScan
from fulfillment.services import packing, station
from fulfillment.services.station import Scan, grams_of, take_scan
from fulfillment.station_words import shown
from opsdesk.errors import NotAllowed
from opsdesk.invariants import all_invariants, violations
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.fulfillment.shipping import LATER, Shop

STATEMENTS_OF_SCAN = 30
STATEMENTS_SHOWN = 12


@pytest.fixture
def shop(db):
    return Shop()


class Station:
    """Somebody who scans one thing after the other."""

    def __init__(self, shop, actor=None):
        self.shop, self.actor, self.parcel = shop, actor or shop.packer, None

    def scan(self, text, key=None, **values):
        told = Scan(
            key=key or uuid4(),
            text=text,
            warehouse_id=self.shop.warehouse.pk,
            parcel_id=self.parcel,
            **values,
        )
        answer = take_scan(told, actor=self.actor, at=LATER)
        if answer["parcel"]:
            self.parcel = answer["parcel"]["id"]
        return answer


def test_an_order_is_packed_weighed_and_labelled_by_scanning(shop):
    """FUL-1, FUL-3: from the order to the label without a mouse."""
    order = shop.order(2, 1)
    first, second = (line.sku.code for line in order.lines.select_related("sku"))
    at = Station(shop)

    assert at.scan(order.external_number)["parcel"]["step"] == "items"
    at.scan(first)
    at.scan(first)
    assert at.scan(second)["parcel"]["step"] == "weigh"
    assert at.scan("0.75 kg")["parcel"]["step"] == "label"
    answer = at.scan("SF1000000001", service_id=shop.service.pk)

    parcel = Parcel.objects.get()
    assert (answer["sound"], answer["parcel"]["step"]) == ("done", "done")
    assert answer["parcel"]["label"] == f"/admin/fulfillment/parcel/{parcel.pk}/label/"
    assert (parcel.state, parcel.weight_grams, parcel.waybill) == ("packed", 750, "SF1000000001")
    assert [one for one in violations(all_invariants()) if one["violations"]] == []


def test_the_station_says_which_box_and_what_to_add(shop):
    """FUL-6: when packing begins and once all is in; what is not on record is said, too."""
    order = shop.order(2, 1)
    known, unknown = (line.sku for line in order.lines.select_related("sku__product"))
    Sku.objects.filter(pk=known.pk).update(
        length_mm=150, width_mm=150, height_mm=100, weight_grams=400
    )
    factories.BoxFactory(store=shop.store, code="M-1")
    factories.PackagingRuleFactory(
        store=shop.store, product=known.product, category="", material="bubble wrap"
    )
    at = Station(shop)

    hints = at.scan(order.external_number)["parcel"]["hints"]

    assert any(unknown.code in words and "not on record" in words for words in hints)
    assert any("bubble wrap" in words for words in hints)
    assert any("Fragile" in words for words in hints)
    assert at.scan(known.code)["parcel"]["hints"] is None  # those that were shown stay

    Sku.objects.filter(pk=unknown.pk).update(
        length_mm=100, width_mm=100, height_mm=50, weight_grams=90
    )
    at.scan(known.code)
    assert "Box: M-1" in at.scan(unknown.code)["parcel"]["hints"]
    assert at.scan("900 g")["parcel"]["hints"] == []


def test_the_station_says_that_goods_are_still_being_fetched(shop):
    """FUL-1"""
    order = shop.order(3)
    factories.PickLineFactory(promise=order.lines.get().reservations.get(), wanted=3)

    hints = Station(shop).scan(order.external_number)["parcel"]["hints"]

    assert "3 pieces" in hints[0]


def test_a_wrong_item_and_one_too_many_are_refused_loudly(shop):
    """FUL-1: wrong parcels 0."""
    order = shop.order(1, 1)
    first, second = (line.sku.code for line in order.lines.select_related("sku"))
    at = Station(shop)
    at.scan(order.external_number)
    at.scan(first)

    wrong, too_many = at.scan("6900000000000"), at.scan(first)

    assert (wrong["sound"], wrong["code"]) == ("wrong", "wrong_item")
    assert (too_many["sound"], too_many["code"]) == ("wrong", "too_many")
    assert too_many["parcel"]["pieces"] == 1
    out = at.scan(f"-{first}")
    assert (out["sound"], out["parcel"]["pieces"]) == ("right", 0)
    assert at.scan(f"-{second}")["code"] == "wrong_item"


def test_a_scan_that_is_sent_again_works_once(shop):
    """FUL-1: whoever got no answer sends it again, and gets the first one."""
    order = shop.order(2)
    code = order.lines.get().sku.code
    at, key = Station(shop), UUID(int=1)
    at.scan(order.external_number)

    answers = [at.scan(code, key=key) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert ParcelItem.objects.get().quantity == 1
    refused = [at.scan("no-such", key=UUID(int=2)) for _ in range(2)]
    assert refused[0] == refused[1]
    assert StationScan.objects.count() == 3


def test_commands_close_put_aside_and_give_up(shop):
    order = shop.order(1, 1)
    first = order.lines.select_related("sku").first().sku.code
    at = Station(shop)
    at.scan(order.external_number)
    at.scan(first)

    assert at.scan("CMD-NEXT")["parcel"] is None
    at.parcel = None
    again = at.scan(order.external_number)
    assert again["parcel"]["pieces"] == 1
    assert at.scan("cmd-close")["parcel"]["step"] == "label"
    assert at.scan("CMD-CANCEL")["parcel"] is None
    assert Parcel.objects.get().state == "cancelled"


def test_a_parcel_is_opened_by_its_number_or_waybill(shop):
    packed = shop.packed(shop.order(1))
    at = Station(shop)

    for text in (packed.number, "sf 1000000001"):
        at.parcel = None
        assert at.scan(text)["parcel"]["step"] == "done"
    at.parcel = None
    assert at.scan("nothing like it")["code"] == "nothing_found"


def test_a_waybill_needs_a_carrier_and_its_form(shop):
    order = shop.order(1)
    at = Station(shop)
    at.scan(order.external_number)
    at.scan(order.lines.get().sku.code)
    at.scan("500")

    assert at.scan("SF1000000001")["sound"] == "wrong"
    assert at.scan("面单", service_id=shop.service.pk)["code"] == "bad_waybill"


def test_somebody_else_s_parcel_is_named(shop):
    """FUL-1: two packers scan one order; the second is told who packs."""
    order = shop.order(1)
    Station(shop).scan(order.external_number)

    answer = Station(shop, actor=shop.person()).scan(order.external_number)

    assert answer["sound"] == "wrong"
    assert str(shop.packer) in answer["message"]


def test_who_does_not_pack_here_is_refused(shop):
    with pytest.raises(NotAllowed):
        Station(shop, actor=shop.person(Role.CUSTOMER_SERVICE)).scan("anything")
    assert not StationScan.objects.exists()


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("750", 750),
        ("750 g", 750),
        ("0.75", 750),
        ("1,5kg", 1500),
        ("2 kg", 2000),
        ("0", None),
        ("6901234567892", None),
        ("1.5 g", None),
        ("heavy", None),
    ],
)
def test_weights_are_read_as_scales_write_them(text, grams):
    assert grams_of(text) == grams


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_arrives_twice_at_once_works_once(monkeypatch):
    """FUL-1: a station that gave up waiting and sent again meets its own first request."""
    shop = Shop()
    order = shop.order(5)
    at = Station(shop)
    at.scan(order.external_number)
    monkeypatch.setattr(station, "_answered", slowly(station._answered))
    code, key = order.lines.get().sku.code, UUID(int=1)

    answers = run_together([partial(at.scan, code, key=key)] * 4)

    assert all(answer == answers[0] for answer in answers)
    assert ParcelItem.objects.get().quantity == 1
    assert packing.owed([order.pk], shop.warehouse.pk).total() == 4


def test_a_scan_takes_few_statements(shop, django_assert_max_num_queries):
    """FUL-1: what is still owed is counted once, whether or not boxes are proposed by it."""
    order = shop.order(3, 2)
    code = order.lines.select_related("sku").first().sku.code
    at = Station(shop)
    at.scan(order.external_number)
    parcel = Parcel.objects.get()
    at.scan(code)
    begun = Parcel.objects.get(pk=parcel.pk)

    with django_assert_max_num_queries(STATEMENTS_OF_SCAN):
        at.scan(code)
    ParcelItem.objects.all().delete()
    with django_assert_max_num_queries(STATEMENTS_SHOWN):
        shown(begun)

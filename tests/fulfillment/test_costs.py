"""What parcels should cost, what carriers billed for them, and where these differ (FUL-5)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fulfillment.models import Parcel, ParcelCharge, PriceRow
from fulfillment.services import billing
from fulfillment.services.billing import Billed, put_down_bill
from fulfillment.services.costing import price_left
from fulfillment.services.expecting import expect_new
from fulfillment.services.packing import (
    Label,
    close_parcel,
    label_parcel,
    open_parcel,
    pack_item,
)
from fulfillment.services.relabelling import relabel_parcel
from fulfillment.services.shipping import Shipment, confirm_shipments
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange.services import undoing
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.exchange.files import import_file
from tests.factories import MOMENT
from tests.fulfillment.carriers import priced
from tests.fulfillment.shipping import LATER, Shop

HANGZHOU = "浙江省杭州市西湖区文三路 1 号"


@pytest.fixture
def shop(db):
    shop = Shop()
    shop.service = priced(shop.warehouse)
    shop.carrier = shop.service.carrier
    return shop


def charge_of(parcel):
    return ParcelCharge.objects.get(parcel=parcel)


def shipped(shop, *waybills, **values):
    told = [
        Shipment(
            warehouse=shop.warehouse.code,
            carrier=shop.carrier.code,
            waybill=waybill,
            orders=(shop.order(1, region=HANGZHOU).external_number,),
            **values,
        )
        for waybill in waybills
    ]
    answers = confirm_shipments(told, store=shop.store, actor=shop.packer, at=LATER)
    expect_new(shop.store, at=LATER)
    return [answer.parcel for answer in answers]


def test_a_labelled_parcel_keeps_what_its_carrier_should_ask(shop):
    """FUL-5: 500 g within the first kilogram are 10.00, by the table that holds."""
    parcel = shop.packed(shop.order(1, region=HANGZHOU))

    charge = charge_of(parcel)
    assert parcel.freight_cost == charge.expected == Decimal("10.00")
    assert charge.table == shop.service.price_tables.get()
    assert (charge.grams, charge.expected_at) == (500, LATER)
    ((words, amount),) = charge.parts
    assert "1 kg" in words
    assert amount == "10.00"
    assert (charge.billed, charge.difference) == (None, None)


def test_prices_that_change_later_change_nothing_of_it(shop):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))

    PriceRow.objects.update(first_price=99)

    assert charge_of(parcel).expected == Decimal("10.00")


def test_a_parcel_that_is_labelled_before_it_is_weighed_is_priced_by_its_weight(shop):
    order = shop.order(1, region=HANGZHOU)
    sku = order.lines.get().sku
    sku.weight_grams = 400
    sku.save(update_fields=["weight_grams"])
    known = {"actor": shop.packer, "at": LATER}
    parcel = open_parcel(order_id=order.pk, warehouse_id=shop.warehouse.pk, **known)
    pack_item(parcel_id=parcel.pk, code=sku.code, **known)
    label_parcel(parcel_id=parcel.pk, label=Label(shop.service.pk, "SF1000000001"), **known)
    assert charge_of(parcel).grams == 400

    parcel = close_parcel(parcel_id=parcel.pk, weight_grams=2_300, **known)

    assert parcel.freight_cost == charge_of(parcel).expected == Decimal("17.50")
    assert charge_of(parcel).grams == 2_300


@pytest.mark.parametrize("region", ["Atlantis", "", "DE"])
def test_where_no_table_says_nothing_is_guessed(shop, region):
    parcel = shop.packed(shop.order(1, region=region))

    assert parcel.freight_cost is None
    assert not ParcelCharge.objects.exists()


def test_a_parcel_labelled_anew_is_priced_anew(shop):
    other = priced(shop.warehouse, "30.00")
    old = shop.packed(shop.order(1, region=HANGZHOU))

    new = relabel_parcel(
        parcel_id=old.pk,
        label=Label(other.pk, "SF2000000002"),
        reason="Torn",
        actor=shop.packer,
        at=LATER,
    )

    assert (charge_of(old).expected, charge_of(new).expected) == (Decimal(10), Decimal(30))


def test_what_programs_ship_is_priced_as_well(shop):
    (parcel,) = shipped(shop, "SF1000000001", weight_grams=2_300)

    parcel.refresh_from_db()
    assert parcel.freight_cost == charge_of(parcel).expected == Decimal("17.50")


def test_what_a_program_tells_of_the_cost_stands_beside_what_is_expected(shop):
    (parcel,) = shipped(shop, "SF1000000001", weight_grams=2_300, freight_cost=Decimal("9.00"))

    assert parcel.freight_cost == Decimal("9.00")
    assert charge_of(parcel).expected == Decimal("17.50")


def test_where_no_table_says_the_program_s_word_is_what_is_expected(shop):
    PriceRow.objects.all().delete()

    (parcel,) = shipped(shop, "SF1000000001", weight_grams=900, freight_cost=Decimal("9.00"))

    assert (charge_of(parcel).expected, charge_of(parcel).table) == (Decimal("9.00"), None)


def test_many_shipments_are_priced_with_as_many_queries_as_one(shop):
    """FUL-5: and once: what is on record stays."""
    counts = []
    for waybills in (["SF1000000001"], [f"SF200000000{number}" for number in range(8)]):
        parcels = [one.pk for one in shipped(shop, *waybills, weight_grams=500)]
        ParcelCharge.objects.filter(parcel__in=parcels).delete()
        with CaptureQueriesContext(connection) as queries:
            assert price_left(parcels, store=shop.store, at=LATER) == len(waybills)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert price_left(parcels, store=shop.store, at=LATER) == 0


def test_what_nobody_knows_the_weight_of_is_not_priced(shop):
    (parcel,) = shipped(shop, "SF1000000001")
    assert not ParcelCharge.objects.filter(parcel=parcel).exists()


def put_down(shop, parcel, amount, *, actor=None, seen=None, bill="B-1"):
    return put_down_bill(
        billed=Billed(parcel.pk, Decimal(amount), bill),
        seen=seen,
        actor=actor or shop.person(Role.FINANCE),
        at=LATER,
    )


def test_what_was_billed_stands_beside_what_was_expected(shop):
    """FUL-5: the difference is seen."""
    parcel = shop.packed(shop.order(1, region=HANGZHOU))

    charge = put_down(shop, parcel, "12.50")

    assert (charge.expected, charge.billed, charge.bill) == (Decimal(10), Decimal("12.50"), "B-1")
    assert charge.difference == Decimal("2.50")
    assert list(ParcelCharge.objects.differing()) == [charge]


def test_a_bill_for_what_nobody_expected_is_put_down_too(shop):
    parcel = shop.packed(shop.order(1, region="Atlantis"))

    charge = put_down(shop, parcel, "8.00")

    assert (charge.expected, charge.difference) == (None, None)


def test_a_bill_is_corrected_by_who_saw_it(shop):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))
    put_down(shop, parcel, "12.50")

    with pytest.raises(Conflict, match=r"12\.50 meanwhile"):
        put_down(shop, parcel, "11.00")
    put_down(shop, parcel, "10.00", seen=Decimal("12.50"))

    assert charge_of(parcel).difference == 0
    assert not ParcelCharge.objects.differing().exists()


def test_who_may_not_bill_is_refused(shop):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))

    with pytest.raises(NotAllowed):
        put_down(shop, parcel, "12.50", actor=shop.packer)


def test_amounts_below_nothing_are_refused(shop):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))

    with pytest.raises(DomainError, match="from 0 on"):
        put_down(shop, parcel, "-1")


def test_a_parcel_without_waybill_has_no_bill(shop):
    parcel = shop.opened(shop.order(1))

    with pytest.raises(Conflict, match="no waybill"):
        put_down(shop, parcel, "1")


@pytest.mark.django_db(transaction=True)
def test_of_two_bills_at_once_the_second_is_told(monkeypatch):
    """FUL-5: nobody's amount is lost unseen."""
    shop = Shop()
    parcel = factories.ParcelChargeFactory(
        parcel__warehouse=shop.warehouse, billed=None, billed_at=None
    ).parcel
    people = [shop.person(Role.FINANCE), shop.person(Role.FINANCE)]
    monkeypatch.setattr(billing, "put_down", slowly(billing.put_down))

    outcomes = run_together(
        [
            lambda: put_down(shop, parcel, "11.00", actor=people[0]),
            lambda: put_down(shop, parcel, "12.00", actor=people[1]),
        ]
    )

    assert [isinstance(each, Conflict) for each in outcomes].count(True) == 1


@pytest.fixture
def path(tmp_path):
    return tmp_path / "bills.csv"


def bills(shop, *rows):
    lines = "".join(f"{shop.carrier.code},{row}\n" for row in rows)
    return f"carrier,waybill,amount,bill\n{lines}"


def figures(session):
    return session.created, session.changed, session.duplicate, session.rejected


def test_bills_come_as_a_file(shop, path):
    """FUL-5: told anew where they are there; waybills nobody knows are said row by row."""
    parcel = shop.packed(shop.order(1, region=HANGZHOU))
    text = bills(shop, "sf1000000001,12.50,B-7", "SF9999999999,3.00,B-7")

    first = import_file(shop.store, path, text, importer="carriers.bills")
    again = import_file(
        shop.store,
        path,
        bills(shop, "SF1000000001,11.00,B-8"),
        importer="carriers.bills",
    )

    assert figures(first) == (1, 0, 0, 1)
    assert [row.code for row in first.rows.rejected()] == ["unknown_parcel"]
    assert figures(again) == (0, 1, 0, 0)
    assert (charge_of(parcel).billed, charge_of(parcel).bill) == (Decimal("11.00"), "B-8")


def test_a_file_of_bills_is_undone_except_what_was_corrected(shop, path):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))
    corrected = shop.packed(shop.order(1, region=HANGZHOU), "SF1000000002")
    text = bills(shop, "SF1000000001,12.50,B-7", "SF1000000002,12.50,B-7")
    session = import_file(shop.store, path, text, importer="carriers.bills")
    put_down(shop, corrected, "9.00", seen=Decimal("12.50"))

    undoing.begin_undo(session=session, actor=None)
    undoing.undo(session.pk, actor=None, at=MOMENT)

    assert (charge_of(parcel).expected, charge_of(parcel).billed) == (Decimal("10.00"), None)
    assert charge_of(corrected).billed == Decimal("9.00")


def test_a_waybill_used_again_is_billed_for_the_parcel_that_stands(shop, path):
    old = shop.packed(shop.order(1, region=HANGZHOU))
    Parcel.objects.filter(pk=old.pk).update(
        state="cancelled", cancelled_at=LATER, cancelled_because="Torn"
    )
    new = shop.packed(shop.order(1, region=HANGZHOU))

    text = bills(shop, "SF1000000001,12.50,B-7")
    import_file(shop.store, path, text, importer="carriers.bills")

    assert (charge_of(old).billed, charge_of(new).billed) == (None, Decimal("12.50"))


PAGE = "admin:fulfillment_parcel_change"
LIST = "admin:fulfillment_parcel_changelist"
FORM = "admin:fulfillment_parcel_bill"


def test_the_parcel_s_page_shows_both_and_takes_the_bill(shop, client):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))
    client.force_login(shop.person(Role.FINANCE))
    shown = client.get(reverse(PAGE, args=[parcel.pk])).content.decode()
    assert "CNY 10.00" in shown or "¥10.00" in shown
    assert reverse(FORM, args=[parcel.pk]) in shown

    answer = client.post(
        reverse(FORM, args=[parcel.pk]), {"amount": "12.50", "bill": "B-1", "seen": ""}
    )

    assert answer.status_code == 302
    shown = client.get(reverse(PAGE, args=[parcel.pk])).content.decode()
    assert "12.50" in shown
    assert "2.50" in shown
    listed = client.get(reverse(LIST), {"tab": "differs"}).content.decode()
    assert parcel.number in listed


def test_what_is_wrong_with_a_bill_is_said_beside_it(shop, client):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))
    client.force_login(shop.person(Role.FINANCE))

    answer = client.post(reverse(FORM, args=[parcel.pk]), {"amount": "-3", "bill": "Kept"})

    assert answer.status_code == 200
    assert "Kept" in answer.content.decode()


def test_who_may_not_know_costs_sees_none(shop, client):
    parcel = shop.packed(shop.order(1, region=HANGZHOU))
    put_down(shop, parcel, "12.50")
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))

    page = client.get(reverse(PAGE, args=[parcel.pk])).content.decode()
    listed = client.get(reverse(LIST)).content.decode()

    assert "12.50" not in page + listed
    assert "tab=differs" not in listed


def test_the_list_asks_for_costs_once(shop, client, django_assert_max_num_queries):
    for _parcel in range(5):
        factories.ParcelChargeFactory(
            parcel__warehouse=shop.warehouse, billed=Decimal("11.00"), billed_at=MOMENT
        )
    client.force_login(shop.person(Role.FINANCE))
    client.get(reverse(LIST))

    with django_assert_max_num_queries(30):
        listed = client.get(reverse(LIST), {"tab": "differs"}).content.decode()

    assert listed.count("+") >= 5

"""Programs say what has left, in one step and once (FUL-2, FUL-3)."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import StockLevel, Warehouse
from fulfillment.models import Parcel, ParcelItem
from fulfillment.services import shipping, shipping_ground
from fulfillment.services.handing_over import list_parcel
from fulfillment.services.packing import TooMany, WaybillTaken, WrongItem
from fulfillment.services.shipping import MOST, Line, NotHere, Shipment, confirm_shipments
from fulfillment.waybills import BadWaybill
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.invariants import all_invariants, violations
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.concurrency import run_together, slowly
from tests.fulfillment.shipping import LATER, Shop


@pytest.fixture
def shop(db):
    return Shop()


def told(shop, *orders, waybill="SF1000000001", **values):
    return Shipment(
        warehouse=shop.warehouse.code,
        carrier=shop.carrier.code,
        waybill=waybill,
        orders=tuple(order.external_number for order in orders),
        **values,
    )


def confirm(shop, *shipments, actor=None):
    return confirm_shipments(shipments, store=shop.store, actor=actor or shop.packer, at=LATER)


def only(shop, shipment, actor=None):
    (confirmed,) = confirm(shop, shipment, actor=actor)
    if confirmed.refusal:
        raise confirmed.refusal
    return confirmed


def holds():
    assert [one for one in violations(all_invariants()) if one["violations"]] == []


def test_a_shipment_is_packed_labelled_and_gone_in_one_step(shop):
    """FUL-3: with all that the order is owed, where nothing else is said."""
    order = shop.order(2, 1)

    confirmed = only(
        shop, told(shop, order, weight_grams=800, freight_cost=Decimal("9.50"), size_mm=(3, 2, 1))
    )

    order.refresh_from_db()
    parcel = Parcel.objects.get()
    assert confirmed.is_new
    assert (parcel.state, parcel.handed_over_at, parcel.waybill) == (
        "handed_over",
        LATER,
        "SF1000000001",
    )
    assert (parcel.service, parcel.weight_grams, parcel.freight_cost) == (
        shop.service,
        800,
        Decimal("9.50"),
    )
    assert sorted(parcel.items.values_list("quantity", flat=True)) == [1, 2]
    assert (order.fulfilment_state, order.shipped_at) == ("shipped", LATER)
    assert set(StockLevel.objects.values_list("reserved", flat=True)) == {0}
    holds()


def test_the_same_shipment_again_is_the_same_parcel(shop):
    """FUL-3: a program that lost the answer may say it again."""
    order = shop.order(2)
    code = order.lines.get().sku.code
    first = only(shop, told(shop, order, weight_grams=800))

    again = only(shop, told(shop, order, weight_grams=800))
    in_words = only(shop, told(shop, order, items=(Line(code, 2),)))

    assert (again.parcel, again.is_new) == (first.parcel, False)
    assert in_words.parcel == first.parcel
    assert Parcel.objects.count() == 1
    holds()


def test_a_waybill_with_other_content_is_refused_by_the_first_one_s_number(shop):
    """FUL-3: a waybill is one parcel's."""
    order, other = shop.order(1), shop.order(1)
    first = only(shop, told(shop, order, weight_grams=800)).parcel

    for shipment in (
        told(shop, other),
        told(shop, order, other),
        told(shop, order, weight_grams=801),
        told(shop, order, items=(Line(order.lines.get().sku.code, 2),)),
    ):
        with pytest.raises(WaybillTaken, match=first.number) as refusal:
            only(shop, shipment)
        assert refusal.value.facts["shipment"] == str(first.pk)


def test_each_shipment_is_settled_for_itself(shop):
    """FUL-3: one that is refused says why and keeps none of the others back."""
    good, held, strange = shop.order(1), shop.order(1), shop.order(1)
    Order.objects.filter(pk=held.pk).update(review_state="held")
    unknown = replace(told(shop, waybill="SF1000000009"), orders=("no-such-number",))
    elsewhere = replace(told(shop, strange), warehouse="moon")
    by_dragon = replace(told(shop, strange), carrier="dragon")

    outcomes = confirm(
        shop,
        told(shop, good),
        told(shop, held, waybill="SF1000000002"),
        unknown,
        elsewhere,
        by_dragon,
        told(shop, strange, waybill="面单"),
        told(shop, strange, waybill="SF1000000001"),
        told(shop, strange, waybill="SF1000000003"),
    )

    kinds = [type(each.refusal).__name__ for each in outcomes]
    assert kinds == [
        "NoneType",
        "Conflict",
        "NotHere",
        "NotHere",
        "NotHere",
        "BadWaybill",
        "WaybillTaken",
        "NoneType",
    ]
    assert Parcel.objects.count() == 2
    assert isinstance(outcomes[5].refusal, BadWaybill)
    holds()


def test_parcels_of_an_order_leave_together_whenever_they_are_told(shop):
    """FUL-3: the first waits packed for the second; both are gone with it."""
    order = shop.order(2)
    code = order.lines.get().sku.code

    first = only(shop, told(shop, order, items=(Line(code, 1),))).parcel
    assert first.state == Parcel.State.PACKED
    assert Order.objects.get(pk=order.pk).fulfilment_state == "reserved"
    second = only(shop, told(shop, order, waybill="SF1000000002")).parcel

    first.refresh_from_db()
    assert {first.state, second.state} == {"handed_over"}
    assert first.handed_over_at == second.handed_over_at == LATER
    assert Order.objects.get(pk=order.pk).fulfilment_state == "shipped"
    holds()


def test_two_parcels_of_an_order_may_be_told_at_once(shop):
    order = shop.order(2, 1)
    first, second = order.lines.all()

    one, other = confirm(
        shop,
        told(shop, order, items=(Line(first.sku.code, 2),)),
        told(shop, order, waybill="SF1000000002", items=(Line(second.sku.code, 1),)),
    )

    assert one.parcel.state == other.parcel.state == "handed_over"
    assert ParcelItem.objects.count() == 2
    holds()


def test_orders_that_leave_as_one_leave_with_the_last_of_them(shop):
    """ORD-5: a shipment of several orders goes whole or not at all."""
    order, companion = shop.order(1), shop.order(1)
    group = factories.ShipTogetherFactory(store=shop.store)
    for each in (order, companion):
        factories.ShipTogetherMemberFactory(group=group, order=each)

    waiting = only(shop, told(shop, order)).parcel
    assert waiting.state == Parcel.State.PACKED
    only(shop, told(shop, companion, waybill="SF1000000002"))

    assert set(Order.objects.values_list("fulfilment_state", flat=True)) == {"shipped"}
    holds()


def test_several_orders_leave_in_one_parcel(shop):
    order, other = shop.order(1), shop.order(2)

    parcel = only(shop, told(shop, order, other)).parcel

    assert parcel.parcel_orders.count() == 2
    assert set(Order.objects.values_list("fulfilment_state", flat=True)) == {"shipped"}
    holds()


def test_a_parcel_on_a_manifest_leaves_with_that(shop):
    """FUL-3: what the carrier takes against a list is not gone before."""
    order = shop.order(2)
    code = order.lines.get().sku.code
    first = only(shop, told(shop, order, items=(Line(code, 1),))).parcel
    list_parcel(manifest_id=shop.manifest().pk, parcel_id=first.pk, actor=shop.packer, at=LATER)

    second = only(shop, told(shop, order, waybill="SF1000000002")).parcel

    assert second.state == Parcel.State.PACKED
    holds()


@pytest.mark.parametrize(
    ("pieces", "code", "refusal"), [(3, None, TooMany), (1, "no-such", WrongItem)]
)
def test_no_more_is_told_than_is_owed(shop, pieces, code, refusal):
    """FUL-1: wrong parcels 0, whoever says what is inside."""
    order = shop.order(2)
    line = Line(code or order.lines.get().sku.code, pieces)

    with pytest.raises(refusal):
        only(shop, told(shop, order, items=(line,)))


def test_what_is_being_packed_at_the_station_is_not_confirmed_by_a_program(shop):
    order = shop.order(1)
    parcel = shop.packed(order, waybill="SF1000000005")

    with pytest.raises(Conflict):
        only(shop, told(shop, order))
    assert Parcel.objects.get() == parcel


def test_who_does_not_pack_here_is_refused(shop):
    elsewhere = factories.WarehouseFactory(store=shop.store)
    bound = factories.WarehouseAssignmentFactory(
        membership__store=shop.store, membership__role=Role.WAREHOUSE, warehouse=elsewhere
    ).membership.user
    order = shop.order(1)

    with pytest.raises(NotHere):
        only(shop, told(shop, order), actor=bound)
    with pytest.raises(NotAllowed):
        only(shop, told(shop, order), actor=shop.person(Role.CUSTOMER_SERVICE))
    with pytest.raises(NotHere):
        only(shop, told(shop, factories.OrderFactory(fulfilment_state="reserved")))


def test_programs_find_the_warehouses_that_their_people_see(shop):
    """The function that finds them says in SQL what `visible_to` says."""
    other = factories.WarehouseFactory(store=shop.store)
    everywhere = factories.MembershipFactory(store=shop.store, role=Role.WAREHOUSE).user
    here, twice = (
        factories.WarehouseAssignmentFactory(
            membership__store=shop.store,
            membership__role=Role.WAREHOUSE,
            warehouse=shop.warehouse,
        ).membership
        for _person in range(2)
    )
    factories.WarehouseAssignmentFactory(membership=twice, warehouse=other)
    unbound_as_well = factories.WarehouseAssignmentFactory(
        membership__store=shop.store, membership__role=Role.WAREHOUSE, warehouse=other
    ).membership.user
    factories.MembershipFactory(user=unbound_as_well, store=shop.store, role=Role.CUSTOMER_SERVICE)
    stranger = factories.MembershipFactory(role=Role.WAREHOUSE).user
    admin = factories.UserFactory(is_superuser=True)
    shipment = told(shop, shop.order(1))
    asked = [replace(shipment, warehouse=each.code) for each in (shop.warehouse, other)]

    for person in (everywhere, here.user, twice.user, unbound_as_well, stranger, admin):
        yard = shipping_ground.look_around(asked, store=shop.store, actor=person)
        seen = Warehouse.objects.filter(store=shop.store).visible_to(person)
        assert set(yard.warehouses.values()) == set(seen), person


def test_too_many_at_once_are_refused_as_a_whole(shop):
    with pytest.raises(DomainError):
        confirm(shop, *[told(shop, shop.order(1))] * (MOST + 1))


def test_many_shipments_take_as_many_statements_as_one(shop):
    """FUL-3: programs send thousands a minute."""
    one = [told(shop, shop.order(1))]
    many = [told(shop, shop.order(1, 2), waybill=f"SF20000000{n:02}") for n in range(20)]
    confirm(shop, told(shop, shop.order(1), waybill="SF3000000001"))  # content types are known now

    with CaptureQueriesContext(connection) as for_one:
        confirm(shop, *one)
    with CaptureQueriesContext(connection) as for_many:
        confirm(shop, *many)

    assert len(for_many) == len(for_one) <= 8
    holds()


def test_the_sql_of_leaving_locks_in_one_order(db):
    """A lock without an order shows in no race: it is looked for in the functions themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc FROM pg_proc WHERE proname IN ('shipping_ground', 'ship_reserved')"
        )
        sources = [source for (source,) in cursor.fetchall()]

    locks = [part for source in sources for part in source.split(";") if "FOR UPDATE" in part]
    assert len(locks) == 3
    assert all("ORDER BY" in lock for lock in locks)


def test_the_sql_of_leaving_is_planned_once(db):
    """A later version of a function begins without the settings of the one it replaces."""
    names = {
        "shipping_ground",
        "shipping_yard",
        "pack_parcels",
        "leaving_was_tracked",
        "leaving_has_source",
        "leaving_is_pushed",
        "goods_lay_in_bins",
        "ship_reserved",
        "ship_orders",
        "meet_clocks",
        "admit_request",
        "hold_key",
        "keep_answer",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc"
            " WHERE 'plan_cache_mode=force_generic_plan' = ANY (proconfig)"
        )
        kept = {name for (name,) in cursor.fetchall()}

    assert names - kept == set()


@pytest.mark.django_db(transaction=True)
def test_a_shipment_told_by_two_programs_at_once_is_one_parcel(monkeypatch):
    """FUL-3: the second is answered with the first one's parcel."""
    shop = Shop()
    order = shop.order(1)
    monkeypatch.setattr(shipping_ground, "_put_pieces", slowly(shipping_ground._put_pieces))

    results = run_together([partial(only, shop, told(shop, order))] * 4)

    assert {result.parcel.pk for result in results} == {Parcel.objects.get().pk}
    assert [result.is_new for result in results].count(True) == 1
    holds()


@pytest.mark.django_db(transaction=True)
def test_two_orders_told_with_one_waybill_at_once_are_not_both_taken(monkeypatch):
    """FUL-3: nothing but the unique waybill stands between them."""
    shop = Shop()
    orders = [shop.order(1), shop.order(1)]
    monkeypatch.setattr(shipping_ground, "_put_pieces", slowly(shipping_ground._put_pieces))

    results = run_together([partial(only, shop, told(shop, order)) for order in orders])

    assert sorted(type(each).__name__ for each in results) == ["Confirmed", "WaybillTaken"]
    assert Parcel.objects.count() == 1
    holds()


@pytest.mark.django_db(transaction=True)
def test_an_order_told_under_two_waybills_at_once_leaves_in_one_parcel(monkeypatch):
    """FUL-3: the same pieces are not packed twice."""
    shop = Shop()
    order = shop.order(1)
    carry_out = slowly(shipping._carry_out)
    monkeypatch.setattr(shipping, "_carry_out", carry_out)
    told_twice = [told(shop, order, waybill=f"SF100000000{n}") for n in range(3)]

    results = run_together([partial(only, shop, shipment) for shipment in told_twice])

    assert [type(each).__name__ for each in results].count("Confirmed") == 1
    assert Parcel.objects.count() == ParcelItem.objects.count() == 1
    holds()

"""Goods lie in bins: put away, moved, counted, never more than the warehouse has (FUL-1)."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import StockLevel
from fulfillment.models import Bin, BinMovement, BinStock, Zone
from fulfillment.scanning import UnknownCode
from fulfillment.services import bins
from fulfillment.services.bins import (
    MoreThanOnHand,
    NotInBin,
    count_bin,
    move_pieces,
    propose_bins,
    put_away,
)
from fulfillment.services.shelving import Row, add_bins
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop
from tests.invariants import assert_invariants_hold

LATER = MOMENT + timedelta(hours=2)


@pytest.fixture
def shop(db):
    return Shop()


def goods(shop, pieces=10, **values):
    level = factories.StockLevelFactory(
        sku=factories.SkuFactory(store=shop.store, **values),
        warehouse=shop.warehouse,
        available=pieces,
    )
    return level.sku


def place(shop, kind=Zone.Kind.PICK, **values):
    zone = values.pop("zone", None) or factories.ZoneFactory(warehouse=shop.warehouse, kind=kind)
    return factories.BinFactory(zone=zone, **values)


def put(shop, where, sku, pieces, actor=None):
    return put_away(
        warehouse_id=shop.warehouse.pk,
        bin_code=where.code,
        sku_code=sku.code,
        pieces=pieces,
        actor=actor or shop.packer,
        at=LATER,
    )


def move(shop, source, target, sku, pieces):
    return move_pieces(
        warehouse_id=shop.warehouse.pk,
        from_code=source.code,
        to_code=target.code,
        sku_code=sku.code,
        pieces=pieces,
        actor=shop.packer,
        at=LATER,
    )


def count(shop, where, sku, found):
    return count_bin(
        warehouse_id=shop.warehouse.pk,
        bin_code=where.code,
        sku_code=sku.code,
        found=found,
        actor=shop.packer,
        at=LATER,
    )


def test_goods_are_put_away_until_nothing_is_left(shop):
    """FUL-1: pick lists name the bin, so every piece is put into one, and no piece into two."""
    sku, one, other = goods(shop, 10), place(shop), place(shop)

    assert put(shop, one, sku, 6).quantity == 6
    assert put(shop, one, sku, 1).quantity == 7
    with pytest.raises(MoreThanOnHand) as refusal:
        put(shop, other, sku, 4)

    assert refusal.value.facts["left"] == 3
    assert bins.not_put_away(shop.warehouse.pk, [sku.pk]) == {sku.pk: 3}
    assert BinStock.objects.filter(bin=other, quantity__gt=0).count() == 0
    assert_invariants_hold()


def test_a_scanner_s_letters_and_a_barcode_find_bin_and_sku(shop):
    sku, where = goods(shop, barcode="6901234567892"), place(shop, code="A-01-02-3")

    put_away(
        warehouse_id=shop.warehouse.pk,
        bin_code=" a-01-02-3 ",
        sku_code="6901234567892",
        pieces=1,
        actor=shop.packer,
        at=LATER,
    )

    assert BinStock.objects.get(bin=where).sku == sku


def test_what_was_scanned_is_known_in_this_warehouse_or_refused(shop):
    sku, elsewhere = goods(shop), factories.BinFactory()

    with pytest.raises(UnknownCode):
        put(shop, elsewhere, sku, 1)
    with pytest.raises(UnknownCode):
        put(shop, place(shop), factories.SkuFactory(), 1)


def test_a_barcode_of_several_skus_asks_for_the_code(shop):
    goods(shop, barcode="6901234567892")
    goods(shop, barcode="6901234567892")
    where = place(shop)

    with pytest.raises(UnknownCode, match="several"):
        put_away(
            warehouse_id=shop.warehouse.pk,
            bin_code=where.code,
            sku_code="6901234567892",
            pieces=1,
            actor=shop.packer,
            at=LATER,
        )


def test_a_bin_out_of_use_takes_nothing_more_and_can_be_emptied(shop):
    sku, old, new = goods(shop), place(shop), place(shop)
    put(shop, old, sku, 5)
    Bin.objects.filter(pk=old.pk).update(is_active=False)

    with pytest.raises(Conflict, match="out of use"):
        put(shop, old, sku, 1)
    assert move(shop, old, new, sku, 5).quantity == 5


def test_pieces_move_between_bins_and_none_is_made(shop):
    sku, one, other = goods(shop), place(shop), place(shop)
    put(shop, one, sku, 5)

    move(shop, one, other, sku, 2)
    with pytest.raises(NotInBin) as refusal:
        move(shop, one, other, sku, 4)
    with pytest.raises(DomainError):
        move(shop, one, one, sku, 1)

    assert refusal.value.facts["there"] == 3
    assert sum(BinStock.objects.values_list("quantity", flat=True)) == 5
    assert_invariants_hold()


def test_a_count_says_what_lies_there_and_leaves_the_warehouse_s_stock_alone(shop):
    sku, where = goods(shop, 10), place(shop)
    put(shop, where, sku, 6)

    assert count(shop, where, sku, 4).quantity == 4
    assert count(shop, where, sku, 4).quantity == 4
    with pytest.raises(MoreThanOnHand):
        count(shop, where, sku, 11)

    assert BinMovement.objects.filter(kind="counted").count() == 1
    assert StockLevel.objects.get(sku=sku).available == 10
    assert_invariants_hold()


@pytest.mark.parametrize("pieces", [0, -1, 10**9])
def test_a_number_of_pieces_that_cannot_be_is_refused(shop, pieces):
    with pytest.raises(DomainError):
        put(shop, place(shop), goods(shop), pieces)


def test_only_who_works_in_this_warehouse_puts_away(shop):
    sku, where = goods(shop), place(shop)
    reviewer = shop.person(Role.ORDER_REVIEWER)
    bound = shop.person()
    elsewhere = factories.WarehouseFactory(store=shop.store)
    factories.WarehouseAssignmentFactory(membership=bound.memberships.get(), warehouse=elsewhere)

    for person in (reviewer, bound):
        with pytest.raises(NotAllowed):
            put(shop, where, sku, 1, actor=person)


def test_its_own_bin_is_proposed_else_a_free_one_where_goods_are_picked(shop):
    """FUL-1: what lies in one place is picked by one walk."""
    known, new, third = goods(shop), goods(shop), goods(shop)
    zone = factories.ZoneFactory(warehouse=shop.warehouse)
    bulk, returns = place(shop, Zone.Kind.BULK, bay=1), place(shop, Zone.Kind.RETURNS, bay=1)
    home, free = place(shop, zone=zone, bay=2), place(shop, zone=zone, bay=3)
    put(shop, bulk, known, 5)
    put(shop, home, known, 1)
    move(shop, bulk, home, known, 5)

    proposed = propose_bins(shop.warehouse.pk, [known.pk, new.pk, third.pk])

    assert proposed == {known.pk: home, new.pk: free, third.pk: bulk}
    assert returns not in proposed.values()


def test_proposals_take_two_queries_however_many_goods_wait(shop):
    skus = [goods(shop).pk for _ in range(12)]
    for _ in range(12):
        place(shop)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        propose_bins(shop.warehouse.pk, skus)

    assert len(queries) == 2


def test_aisles_are_added_once(shop):
    zone = factories.ZoneFactory(warehouse=shop.warehouse, code="A")
    row = Row(first_aisle=1, last_aisle=2, bays=3, levels=2)

    assert add_bins(zone_id=zone.pk, row=row, actor=shop.packer) == 12
    assert add_bins(zone_id=zone.pk, row=row, actor=shop.packer) == 0
    assert Bin.objects.filter(code="A-02-03-1", aisle=2, bay=3, level=1).exists()
    with pytest.raises(NotAllowed):
        add_bins(zone_id=zone.pk, row=row, actor=shop.person(Role.FINANCE))


def test_the_database_keeps_a_bin_in_the_warehouse_of_its_zone(shop):
    zone = factories.ZoneFactory(warehouse=shop.warehouse)
    other = factories.WarehouseFactory(store=shop.store)

    with pytest.raises(DatabaseError, match="warehouse of its zone"), transaction.atomic():
        Bin.objects.create(zone=zone, warehouse=other, code="X", aisle=1, bay=1)


@pytest.mark.django_db(transaction=True)
def test_two_who_put_the_last_pieces_away_at_once_put_them_away_once(monkeypatch):
    """FUL-1: bins hold no more than the warehouse has, whoever is faster."""
    shop = Shop()
    sku, places = goods(shop, 5), [place(shop) for _ in range(4)]
    monkeypatch.setattr(bins, "not_put_away", slowly(bins.not_put_away))

    results = run_together([partial(put, shop, where, sku, 5) for where in places])

    assert [type(result) for result in results].count(MoreThanOnHand) == 3
    assert sum(BinStock.objects.values_list("quantity", flat=True)) == 5


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_last_pieces_at_once_take_them_once():
    shop = Shop()
    sku, source, targets = goods(shop, 5), place(shop), [place(shop) for _ in range(4)]
    put(shop, source, sku, 5)

    results = run_together([partial(move, shop, source, where, sku, 5) for where in targets])

    assert [type(result) for result in results].count(NotInBin) == 3
    assert_invariants_hold()

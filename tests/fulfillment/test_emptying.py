"""What has left the warehouse has left its bins, however it left (FUL-1)."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import StockState
from catalog.services.stock import Kind, Move, move_stock
from fulfillment.models import BinMovement, BinStock, Pick, PickLine, Wave, Zone
from fulfillment.services import bins, emptying, picking
from fulfillment.services.picking import Scan, pick_pieces
from opsdesk.listeners import Listeners
from orders.services import lifecycle
from tests import factories
from tests.concurrency import run_together, slowly
from tests.fulfillment.picking import LATER, Shelves
from tests.invariants import assert_invariants_hold


@pytest.fixture
def shop(db):
    return Shelves()


def ship(shop, *orders):
    ids = [order.pk for order in orders]
    return lifecycle.ship_orders(order_ids=ids, actor=None, at=LATER)


def lying(sku):
    """Bin code → pieces of the SKU, where some lie."""
    rows = BinStock.objects.filter(sku=sku, quantity__gt=0)
    return dict(rows.values_list("bin__code", "quantity"))


def lose(shop, sku, pieces, kind=Kind.TRANSFER_OUT, **more):
    move = Move(sku.pk, shop.warehouse.pk, kind, pieces, **more)
    move_stock([move], actor=shop.packer, at=LATER)


def test_what_leaves_unpicked_leaves_the_bin_where_a_picker_would_have_gone(shop):
    """FUL-1: the picking zone first, and the smallest bin that has all of it."""
    sku = shop.sku()
    few, many, reserve = shop.bin(1), shop.bin(2), shop.bin(1, zone=shop.bulk)
    for place, pieces in ((few, 3), (many, 8), (reserve, 2)):
        shop.lay(sku, place, pieces)
    order = shop.ordered((sku, 2))

    shop.handed_over(shop.packed(order))

    assert lying(sku) == {few.code: 1, many.code: 8, reserve.code: 2}
    [movement] = BinMovement.objects.filter(kind=BinMovement.Kind.LEFT)
    assert (movement.bin, movement.quantity) == (few, -2)
    assert (movement.reference, movement.actor) == (f"order:{order.pk}", shop.packer)
    assert_invariants_hold("fulfillment.bins-hold")


def test_an_order_that_is_shipped_without_a_parcel_leaves_the_bins_too(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)

    assert ship(shop, shop.ordered((sku, 4)))

    assert lying(sku) == {shop.bin().code: 1}


def test_what_was_picked_is_not_taken_twice(shop):
    """FUL-1: the piece in the tote is the one that leaves."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)
    order = shop.ordered((sku, 2))
    pick = shop.taken()
    line = pick.lines.get()
    pick_pieces(
        pick_id=pick.pk, line_id=line.pk, pieces=2, scan=Scan(), actor=shop.packer, at=LATER
    )

    ship(shop, order)

    assert lying(sku) == {shop.bin().code: 3}
    assert not BinMovement.objects.filter(kind=BinMovement.Kind.LEFT).exists()
    assert bins.not_put_away(shop.warehouse.pk, [sku.pk]) == {sku.pk: 0}


def test_an_order_that_leaves_while_it_is_picked_is_on_no_pick_list_any_more(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 5)
    order = shop.ordered((sku, 3))
    pick = shop.taken()
    line = pick.lines.get()
    pick_pieces(
        pick_id=pick.pk, line_id=line.pk, pieces=1, scan=Scan(), actor=shop.packer, at=LATER
    )

    ship(shop, order)

    assert lying(sku) == {shop.bin().code: 2}
    assert PickLine.objects.get().state == PickLine.State.DROPPED
    assert Pick.objects.get().state in Pick.ENDED
    assert Wave.objects.get().state == Wave.State.PICKED


def test_pieces_that_other_pick_lists_count_on_stay_where_they_are(shop):
    sku = shop.sku()
    near, far = shop.bin(1), shop.bin(2)
    shop.lay(sku, near, 2)
    shop.ordered((sku, 2))
    shop.released()
    shop.lay(sku, far, 5)

    ship(shop, shop.ordered((sku, 2)))

    assert lying(sku) == {near.code: 2, far.code: 3}


def test_goods_that_lie_in_no_bin_leave_no_bin(shop):
    sku, order = shop.sku(), None
    order = shop.ordered((sku, 2))  # came in, and nobody put it away
    ship(shop, order)

    assert lying(sku) == {}
    assert not BinMovement.objects.exists()


def test_the_last_pieces_leave_bins_where_nobody_picks(shop):
    """FUL-1: bins never hold more than is on hand, though returns are not picked from."""
    sku = shop.sku()
    returns = factories.ZoneFactory(
        warehouse=shop.warehouse, code="T", position=9, kind=Zone.Kind.RETURNS
    )
    shop.lay(sku, shop.bin(zone=returns), 3)

    ship(shop, shop.ordered((sku, 2)))

    assert lying(sku) == {"T-01-01-1": 1}
    assert_invariants_hold("fulfillment.bins-hold")


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (Kind.TRANSFER_OUT, None),
        (Kind.COUNT, (StockState.AVAILABLE, "")),
    ],
)
def test_pieces_that_are_lost_come_out_of_bins_once_no_others_are_left(shop, kind, states):
    """CAT-7: what was not put away goes first; then bins are emptied as a picker would."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 6)
    move_stock([Move(sku.pk, shop.warehouse.pk, Kind.RECEIVE, 4)], actor=None, at=LATER)

    lose(shop, sku, 4, kind, states=states)
    assert lying(sku) == {shop.bin().code: 6}

    lose(shop, sku, 5, kind, states=states)
    assert lying(sku) == {shop.bin().code: 1}
    assert_invariants_hold("fulfillment.bins-hold")


def test_damaged_pieces_lie_where_they_lie_until_they_are_written_off(shop):
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 6)

    lose(shop, sku, 2, Kind.DAMAGE)
    assert lying(sku) == {shop.bin().code: 6}

    lose(shop, sku, 2, Kind.WRITE_OFF)
    assert lying(sku) == {shop.bin().code: 4}


def test_pieces_in_a_tote_are_not_what_was_lost(shop):
    """The bin has what the tote has not: only the bin is emptied."""
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 6)
    shop.ordered((sku, 2))
    pick = shop.taken()
    line = pick.lines.get()
    pick_pieces(
        pick_id=pick.pk, line_id=line.pk, pieces=2, scan=Scan(), actor=shop.packer, at=LATER
    )

    lose(shop, sku, 3)

    assert lying(sku) == {shop.bin().code: 1}
    assert bins.not_put_away(shop.warehouse.pk, [sku.pk]) == {sku.pk: 0}


def test_where_nothing_lies_in_bins_it_takes_one_statement(shop):
    orders = [shop.order(1), shop.order(1, 2)]
    for order in orders:
        lifecycle.ship_reserved([order.pk], actor=None, at=LATER)

    with CaptureQueriesContext(connection) as captured:
        emptying.orders_left([order.pk for order in orders], None, LATER)

    assert len(captured) == 1


def test_many_orders_take_as_many_statements_as_one(shop, monkeypatch):
    skus = [shop.sku() for _n in range(4)]
    for bay, sku in enumerate(skus, start=1):
        shop.lay(sku, shop.bin(bay=bay), 50)
    alone = shop.ordered((skus[0], 1))
    several = [shop.ordered(*((sku, 2) for sku in skus)) for _n in range(5)]

    counts = []
    for orders in ([alone], several):
        ids = [order.pk for order in orders]
        with monkeypatch.context() as patched:
            patched.setattr(lifecycle, "_shipped", Listeners())
            lifecycle.ship_reserved(ids, actor=None, at=LATER)
        with CaptureQueriesContext(connection) as captured:
            emptying.orders_left(ids, None, LATER)
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 10
    assert [lying(sku) for sku in skus[1:]] == [{f"A-01-{bay:02}-1": 40} for bay in (2, 3, 4)]


@pytest.mark.django_db(transaction=True)
def test_an_order_that_ships_while_its_last_piece_is_picked_leaves_its_bin_once(monkeypatch):
    """FUL-1: picker and hand-over meet at the pick list."""
    shop = Shelves()
    sku = shop.sku()
    shop.lay(sku, shop.bin(), 10)
    order = shop.ordered((sku, 4))
    pick = shop.taken()
    line = pick.lines.get()
    monkeypatch.setattr(emptying, "_end_pick_lists", slowly(emptying._end_pick_lists, 0.2))
    monkeypatch.setattr(picking, "_fetch", slowly(picking._fetch))
    fetch = partial(
        pick_pieces,
        pick_id=pick.pk,
        line_id=line.pk,
        pieces=4,
        scan=Scan(),
        actor=shop.packer,
        at=LATER,
    )

    run_together([fetch, partial(ship, shop, order)])

    assert lying(sku) == {shop.bin().code: 6}
    assert_invariants_hold("fulfillment.bins")


@pytest.mark.django_db(transaction=True)
def test_orders_that_ship_at_once_empty_the_bins_of_each(monkeypatch):
    shop = Shelves()
    sku = shop.sku()
    for bay in (1, 2, 3):
        shop.lay(sku, shop.bin(bay=bay), 2)
    orders = [shop.ordered((sku, 2)) for _n in range(3)]
    monkeypatch.setattr(bins, "take_held", slowly(bins.take_held))

    results = run_together([partial(ship, shop, order) for order in orders])

    assert sorted(results) == [[order.pk] for order in orders]
    assert lying(sku) == {}
    assert_invariants_hold("fulfillment.bins")

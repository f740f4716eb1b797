from functools import partial

import pytest
from django.db import Error, IntegrityError

from catalog.models import StockLevel, StockMovement
from catalog.services import stock
from catalog.services.stock import InsufficientStock, Kind, Move, move_stock, receive_stock
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    UserFactory,
    WarehouseAssignmentFactory,
    WarehouseFactory,
)
from tests.invariants import assert_invariants_hold


@pytest.fixture
def level(db):
    return StockLevelFactory(available=10)


def move(level, kind, quantity, **fields):
    moves = [Move(level.sku_id, level.warehouse_id, kind, quantity, **fields)]
    return move_stock(moves, actor=None, at=MOMENT)


def balance(level):
    level.refresh_from_db()
    return {
        state: getattr(level, state)
        for state in ("available", "reserved", "shipped", "returning", "damaged", "sold")
        if getattr(level, state)
    }


def test_goods_go_through_every_state_of_the_procedure(level):
    """CAT-7: available, reserved, shipped, sold, returning, damaged."""
    for kind, quantity in [
        (Kind.RECEIVE, 5),
        (Kind.RESERVE, 8),
        (Kind.RELEASE, 1),
        (Kind.SHIP, 7),
        (Kind.DELIVER, 7),
        (Kind.RETURN, 3),
        (Kind.ACCEPT, 2),
        (Kind.REJECT, 1),
    ]:
        move(level, kind, quantity)

    assert balance(level) == {"available": 10, "damaged": 1, "sold": 4}
    move(level, Kind.WRITE_OFF, 1)
    assert balance(level) == {"available": 10, "sold": 4}
    assert_invariants_hold()


def test_a_count_corrects_by_a_ledger_line(level):
    """CAT-7: a count (盘点) corrects by a ledger line."""
    move(level, Kind.COUNT, 2, states=("available", ""), note="Two pieces missing")

    assert balance(level) == {"available": 8}
    assert StockMovement.objects.get(kind="count").note == "Two pieces missing"
    assert_invariants_hold()


def test_no_state_goes_below_zero(level):
    """CAT-7: never negative."""
    with pytest.raises(InsufficientStock, match="11 pieces wanted, 10 available") as refusal:
        move(level, Kind.RESERVE, 11)

    assert refusal.value.facts["left"] == 10
    assert balance(level) == {"available": 10}


def test_several_moves_are_done_together_or_not_at_all(level):
    other = StockLevelFactory(sku__store=level.sku.store, available=0)
    moves = [
        Move(level.sku_id, level.warehouse_id, Kind.RESERVE, 1),
        Move(other.sku_id, other.warehouse_id, Kind.RESERVE, 1),
    ]

    with pytest.raises(InsufficientStock):
        move_stock(moves, actor=None, at=MOMENT)

    assert balance(level) == {"available": 10}


@pytest.mark.parametrize("quantity", [0, -3])
def test_a_move_takes_at_least_one_piece(level, quantity):
    with pytest.raises(DomainError):
        move(level, Kind.RECEIVE, quantity)


@pytest.mark.django_db(transaction=True)
def test_the_last_piece_is_taken_once(monkeypatch):
    monkeypatch.setattr(stock, "_apply", slowly(stock._apply))
    level = StockLevelFactory(available=1)

    results = run_together([partial(move, level, Kind.RESERVE, 1) for _ in range(4)])

    assert [type(result) for result in results].count(InsufficientStock) == 3
    assert balance(level) == {"reserved": 1}
    assert_invariants_hold("catalog.")


@pytest.mark.django_db(transaction=True)
def test_moves_in_opposite_order_dont_deadlock():
    first, second = StockLevelFactory(available=100), StockLevelFactory(available=100)
    there = [Move(lv.sku_id, lv.warehouse_id, Kind.RESERVE, 1) for lv in (first, second)]

    results = run_together(
        [partial(move_stock, order, actor=None, at=MOMENT) for order in (there, there[::-1])] * 5
    )

    assert not [result for result in results if isinstance(result, Exception)]


def test_stock_rows_are_locked_in_sku_order(level, django_assert_num_queries):
    with django_assert_num_queries(8) as queries:
        move(level, Kind.RECEIVE, 1)

    (locking,) = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert "ORDER BY" in locking
    assert locking.index('"sku_id" ASC') < locking.index('"warehouse_id" ASC')


@pytest.mark.parametrize("doing", ["update", "delete"])
def test_the_ledger_is_append_only(level, doing):
    """CAT-7: the database refuses UPDATE and DELETE on ledger lines."""
    lines = StockMovement.objects.all()

    with pytest.raises(Error, match="append_only"):
        lines.update(quantity=1) if doing == "update" else lines.delete()


@pytest.mark.parametrize(
    "state", ["available", "reserved", "shipped", "returning", "damaged", "sold"]
)
def test_the_database_refuses_a_negative_balance(level, state):
    with pytest.raises(IntegrityError, match=f"stock_level_{state}_not_negative"):
        StockLevel.objects.update(**{state: -1})


def test_a_balance_edited_behind_the_ledgers_back_is_found(level):
    """`verify_ledgers` proves that balances equal their lines."""
    StockLevel.objects.update(available=11)

    with pytest.raises(AssertionError, match="stock-equals-ledger"):
        assert_invariants_hold()


def receive(sku, warehouse, actor=None):
    return receive_stock(
        sku_id=sku.pk, warehouse_id=warehouse.pk, quantity=3, actor=actor, at=MOMENT
    )


def test_goods_are_received_by_those_who_may(level):
    clerk = UserFactory(role=Role.WAREHOUSE, store=level.sku.store)

    line = receive(level.sku, level.warehouse, actor=clerk)

    assert line.actor == clerk
    assert balance(level) == {"available": 13}


def test_goods_cant_be_received_in_another_stores_warehouse(level):
    with pytest.raises(DomainError, match="different stores"):
        receive(level.sku, WarehouseFactory())


def test_a_stranger_cant_receive_goods(level):
    with pytest.raises(NotAllowed):
        receive(level.sku, level.warehouse, actor=UserFactory(role=Role.WAREHOUSE))


def test_a_clerk_bound_to_another_warehouse_cant_receive_here(level):
    membership = MembershipFactory(role=Role.WAREHOUSE, store=level.sku.store)
    WarehouseAssignmentFactory(membership=membership)

    with pytest.raises(NotAllowed):
        receive(level.sku, level.warehouse, actor=membership.user)


@pytest.mark.django_db
def test_a_sku_code_is_unique_in_its_store_and_free_in_others():
    """CAT-1: unique."""
    sku = SkuFactory()
    SkuFactory(code=sku.code)

    with pytest.raises(IntegrityError, match="sku_unique_store_code"):
        SkuFactory(store=sku.store, code=sku.code)

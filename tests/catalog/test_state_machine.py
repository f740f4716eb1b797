"""CAT-7: whatever is done in whatever order, the ledger agrees with forty lines of arithmetic.

`STEPS=5000 pytest tests/catalog/test_state_machine.py` walks so many steps; every run walks a few.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from catalog.models import StockLevel, StockState
from catalog.services.counting import abandon_count, open_count, record_count
from catalog.services.ledger import stock_as_of
from catalog.services.posting import post_count
from catalog.services.statements import Stated, post_statement
from catalog.services.stock import STATES, InsufficientStock, Kind, Move, move_stock
from catalog.services.transferring import receive_transfer, send_transfer
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

STEPS = int(os.environ.get("STEPS", "40"))
WALK = 40


class Shelf:
    """What a warehouse keeper would write on paper: pieces by warehouse and state."""

    def __init__(self):
        self.pieces = {(place, state): 0 for place in (0, 1) for state in StockState.values}

    def move(self, place, source, target, quantity):
        """False and nothing moved where the source holds too few."""
        if source and self.pieces[place, source] < quantity:
            return False
        if source:
            self.pieces[place, source] -= quantity
        if target:
            self.pieces[place, target] += quantity
        return True

    def on_shelf(self, place):
        return self.pieces[place, "available"] + self.pieces[place, "reserved"]

    def correct(self, place, delta):
        ends = ("", "available") if delta > 0 else ("available", "")
        return not delta or self.move(place, *ends, abs(delta))


places = st.integers(0, 1)
few = st.integers(1, 6)
drift = st.integers(-8, 8)


class Stockroom(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.shelf, self.under_way, self.at = Shelf(), [], MOMENT
        self.sku = factories.SkuFactory(cost=0)
        self.warehouses = [factories.WarehouseFactory(store=self.sku.store) for _ in range(2)]
        self.clerk = factories.UserFactory(role=Role.WAREHOUSE, store=self.sku.store)
        self.past = []

    def done(self, work, **given):
        """Whether the shop did it; each thing happens a day after the one before."""
        self.at += timedelta(days=2)
        try:
            return work(at=self.at, **given) or True
        except InsufficientStock:
            return False

    @rule(place=places, kind=st.sampled_from(sorted(STATES)), quantity=few)
    def step(self, place, kind, quantity):
        move = Move(self.sku.pk, self.warehouses[place].pk, kind, quantity)
        expected = self.shelf.move(place, *STATES[kind], quantity)
        assert bool(self.done(move_stock, moves=[move], actor=None)) == expected

    @rule(place=places, quantity=few)
    def receive(self, place, quantity):
        self.step(place, Kind.RECEIVE, quantity * 2)

    @rule(place=places, quantity=few)
    def send(self, place, quantity):
        expected = self.shelf.move(place, "available", "", quantity)
        sent = self.done(
            send_transfer,
            source_id=self.warehouses[place].pk,
            target_id=self.warehouses[1 - place].pk,
            pieces={self.sku.pk: quantity},
            actor=None,
        )
        assert bool(sent) == expected
        if sent:
            self.under_way.append((sent, 1 - place, quantity))

    @rule(missing=st.integers(0, 6))
    def arrive(self, missing):
        if self.under_way:
            transfer, place, quantity = self.under_way.pop()
            arrived = max(quantity - missing, 0)
            given = {"received": {self.sku.pk: arrived}, "note": "counted"}
            assert self.done(receive_transfer, transfer_id=transfer.pk, actor=None, **given)
            self.shelf.move(place, "", "available", arrived)

    @rule(place=places, drift=drift, sold=st.integers(0, 3))
    def take_stock(self, place, drift, sold):
        """Counted; some are reserved and shipped; then posted."""
        warehouse = self.warehouses[place]
        pieces = max(self.shelf.on_shelf(place) + drift, 0)
        session = open_count(
            warehouse_id=warehouse.pk, name="n", codes=[self.sku.code], actor=None, at=self.at
        )
        given = {"session_id": session.pk, "sku_code": self.sku.code, "actor": None}
        self.done(record_count, quantity=pieces, **given)
        delta = pieces - self.shelf.on_shelf(place)
        for kind in (Kind.RESERVE, Kind.SHIP):
            if sold:
                self.step(place, kind, sold)
        expected = self.shelf.correct(place, delta)
        assert bool(self.done(post_count, session_id=session.pk, actor=self.clerk)) == expected
        if not expected:
            self.done(abandon_count, session_id=session.pk, actor=None)

    @rule(place=places, drift=drift)
    def believe(self, place, drift):
        """Another system's statement is taken over."""
        pieces = max(self.shelf.on_shelf(place) + drift, 0)
        stated = Stated(1, self.sku.code, self.warehouses[place].pk, pieces, is_free=False)
        (settled,) = self.done(
            post_statement, lines=[stated], store=self.sku.store, reference="", actor=None
        )
        expected = self.shelf.correct(place, pieces - self.shelf.on_shelf(place))
        assert (settled.outcome != "short") == expected

    @rule()
    def remember(self):
        self.past = [*self.past[-2:], (self.at, dict(self.shelf.pieces))]

    @invariant()
    def the_levels_are_what_the_keeper_wrote(self):
        levels = {level.warehouse_id: level for level in StockLevel.objects.filter(sku=self.sku)}
        found = {
            (place, state): getattr(levels.get(self.warehouses[place].pk), state, 0)
            for place, state in self.shelf.pieces
        }
        assert found == self.shelf.pieces

    def teardown(self):
        """The past is as it was, and the ledger sums up."""
        for at, pieces in self.past:
            told = stock_as_of(at, sku_ids=[self.sku.pk])
            for (place, state), number in pieces.items():
                place_id = (self.sku.pk, self.warehouses[place].pk)
                assert told.get(place_id, {}).get(state, 0) == number
        assert_invariants_hold("catalog.")


@pytest.mark.django_db
def test_any_walk_through_the_stockroom_agrees_with_paper():
    walks = settings(
        max_examples=max(STEPS // WALK, 1),
        stateful_step_count=WALK,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Stockroom, settings=walks)

"""CAT-7: every state has its booking, goods go between warehouses, damaged ones are written off."""

from datetime import timedelta
from functools import partial

import pytest

from catalog.models import StockLevel, StockMovement, Transfer
from catalog.services.adjusting import write_off
from catalog.services.handling import (
    Place,
    book_steps,
    damage_stock,
    deliver_stock,
    inspect_stock,
    return_stock,
)
from catalog.services.ledger import ledger_of, stock_as_of
from catalog.services.stock import InsufficientStock, Kind, Move, move_stock
from catalog.services.transferring import cancel_transfer, receive_transfer, send_transfer
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

HOUR = timedelta(hours=1)


@pytest.fixture
def level(db):
    return factories.StockLevelFactory(available=10, sku__cost=10)


@pytest.fixture
def clerk(level):
    return factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)


@pytest.fixture
def south(level):
    return factories.WarehouseFactory(store=level.sku.store, code="south")


@pytest.fixture
def place(level):
    return Place(level.sku_id, level.warehouse_id, "order:42")


def move(level, kind, quantity, at=MOMENT):
    move_stock([Move(level.sku_id, level.warehouse_id, kind, quantity)], actor=None, at=at)


def balance(level):
    level.refresh_from_db()
    states = ("available", "reserved", "shipped", "returning", "damaged", "sold")
    return {state: getattr(level, state) for state in states if getattr(level, state)}


def test_pieces_are_delivered_come_back_and_are_looked_at(level, place, clerk):
    """CAT-7: shipped → sold → returning → available or damaged."""
    move(level, Kind.RESERVE, 6)
    move(level, Kind.SHIP, 6)

    deliver_stock(place, quantity=6, actor=clerk, at=MOMENT)
    return_stock(place, quantity=4, actor=clerk, at=MOMENT)
    inspect_stock(place, accepted=2, damaged=1, actor=clerk, at=MOMENT)
    damage_stock(place, quantity=3, actor=clerk, at=MOMENT)

    assert balance(level) == {"available": 3, "returning": 1, "damaged": 4, "sold": 2}
    assert StockMovement.objects.filter(actor=clerk, reference="order:42").count() == 5
    assert_invariants_hold()


def test_a_look_at_more_than_came_back_books_nothing(level, place, clerk):
    """Nothing half-done."""
    move(level, Kind.RESERVE, 2)
    move(level, Kind.SHIP, 2)
    deliver_stock(place, quantity=2, actor=clerk, at=MOMENT)
    return_stock(place, quantity=2, actor=clerk, at=MOMENT)

    with pytest.raises(InsufficientStock):
        inspect_stock(place, accepted=1, damaged=2, actor=clerk, at=MOMENT)

    assert balance(level) == {"available": 8, "returning": 2}


@pytest.mark.parametrize("steps", [[], [(Kind.RESERVE, 1)], [(Kind.WRITE_OFF, 1)]])
def test_what_orders_and_requests_move_is_not_booked_by_hand(place, clerk, steps):
    with pytest.raises(DomainError):
        book_steps(place, steps, actor=clerk, at=MOMENT)


def test_only_who_works_in_the_warehouse_books_there(level, place):
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=level.sku.store)
    elsewhere = factories.MembershipFactory(role=Role.WAREHOUSE, store=level.sku.store)
    factories.WarehouseAssignmentFactory(membership=elsewhere)

    for person in (lead, elsewhere.user):
        with pytest.raises(NotAllowed):
            damage_stock(place, quantity=1, actor=person, at=MOMENT)


def written_off(level, pieces, actor, at=MOMENT):
    return write_off(
        sku_id=level.sku_id,
        warehouse_id=level.warehouse_id,
        pieces=pieces,
        reason="broken",
        actor=actor,
        at=at,
    )


def test_a_few_damaged_pieces_are_written_off_alone(level, clerk):
    move(level, Kind.DAMAGE, 4)

    line = written_off(level, 3, clerk)

    assert (line.kind, line.from_state, line.to_state) == ("write_off", "damaged", "")
    assert balance(level) == {"available": 6, "damaged": 1}
    assert_invariants_hold()


def test_a_large_write_off_waits_for_finance(level, clerk):
    """CAT-7: the same limits as of corrections, counted apart from them."""
    finance = factories.UserFactory(role=Role.FINANCE, store=level.sku.store)
    move(level, Kind.RECEIVE, 90)
    move(level, Kind.DAMAGE, 80)
    assert isinstance(written_off(level, 30, clerk), StockMovement)

    approval = written_off(level, 30, clerk)

    assert isinstance(approval, Approval)
    assert (approval.kind, approval.counted_amount) == ("catalog.write_off", 600)
    assert balance(level)["damaged"] == 50
    decide(approval_id=approval.pk, verdict="approve", actor=finance, at=MOMENT + HOUR)
    assert carrying.carry_out(approval_id=approval.pk, at=MOMENT + HOUR) == "carried_out"
    assert balance(level)["damaged"] == 20
    assert_invariants_hold()


def test_no_more_is_written_off_than_is_damaged(level, clerk):
    with pytest.raises(InsufficientStock):
        written_off(level, 1, clerk)
    with pytest.raises(DomainError):
        written_off(level, -1, clerk)
    assert balance(level) == {"available": 10}


def sent(level, south, quantity, actor=None):
    return send_transfer(
        source_id=level.warehouse_id,
        target_id=south.pk,
        pieces={level.sku_id: quantity},
        actor=actor,
        at=MOMENT,
    )


def test_goods_under_way_are_in_neither_warehouse(level, south, clerk):
    """CAT-7: out and in are lines of one reference."""
    transfer = sent(level, south, 6, clerk)
    assert balance(level) == {"available": 4}
    assert not south.stock_levels.exists()

    receive_transfer(
        transfer_id=transfer.pk,
        received={level.sku_id: 5},
        note="one box was torn",
        actor=clerk,
        at=MOMENT + HOUR,
    )

    assert south.stock_levels.get().available == 5
    line = transfer.lines.get()
    assert (line.sent, line.received, line.missing) == (6, 5, 1)
    references = StockMovement.objects.filter(kind__startswith="transfer")
    assert set(references.values_list("reference", flat=True)) == {f"transfer:{transfer.pk}"}
    assert_invariants_hold()


def test_what_is_not_there_is_not_sent(level, south):
    with pytest.raises(InsufficientStock):
        sent(level, south, 11)

    assert not Transfer.objects.exists()
    assert balance(level) == {"available": 10}


@pytest.mark.parametrize(("arrived", "says"), [(7, "No more pieces"), (5, "what became")])
def test_a_surplus_or_an_unexplained_loss_is_not_received(level, south, arrived, says):
    transfer = sent(level, south, 6)

    with pytest.raises(DomainError, match=says):
        receive_transfer(
            transfer_id=transfer.pk, received={level.sku_id: arrived}, actor=None, at=MOMENT
        )

    transfer.refresh_from_db()
    assert transfer.state == Transfer.State.SENT


def test_goods_stay_within_the_store(level):
    with pytest.raises(DomainError, match="same store"):
        sent(level, factories.WarehouseFactory(), 1)


@pytest.mark.django_db(transaction=True)
def test_a_transfer_is_received_once():
    level = factories.StockLevelFactory(available=10)
    transfer = sent(level, factories.WarehouseFactory(store=level.sku.store), 6)
    receive = partial(receive_transfer, transfer_id=transfer.pk, received={}, actor=None, at=MOMENT)

    results = run_together([receive] * 4)

    assert [type(result) for result in results].count(Conflict) == 3
    assert transfer.target.stock_levels.get().available == 6
    assert_invariants_hold("catalog.")


@pytest.mark.django_db(transaction=True)
def test_a_write_off_and_reservations_at_once_take_each_piece_once():
    """CAT-7: overselling is impossible under any concurrency."""
    level = factories.StockLevelFactory(available=3, damaged=2, sku__cost=1)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)
    calls = [
        *[partial(written_off, level, 1, clerk)] * 3,
        *[partial(move, level, Kind.RESERVE, 1)] * 3,
        *[partial(move, level, Kind.DAMAGE, 1)] * 2,
    ]

    results = run_together(calls)

    refused = [type(result) for result in results if isinstance(result, Exception)]
    assert set(refused) == {InsufficientStock}
    found = balance(level)
    taken = 3 - found.get("available", 0) - found.get("reserved", 0)
    written = StockMovement.objects.filter(kind="write_off").count()
    assert found.get("damaged", 0) == 2 + taken - written
    assert_invariants_hold("catalog.")


def test_stock_of_any_past_moment_is_told(level, south):
    """CAT-7: the ledger tells every past balance."""
    move(level, Kind.RESERVE, 4, at=MOMENT + HOUR)
    move(level, Kind.SHIP, 3, at=MOMENT + 2 * HOUR)

    def told(at):
        places = stock_as_of(at, sku_ids=[level.sku_id])
        return {k: v for k, v in places.get((level.sku_id, level.warehouse_id), {}).items() if v}

    assert told(MOMENT - HOUR) == {}
    assert told(MOMENT) == {"available": 10}
    assert told(MOMENT + HOUR) == {"available": 6, "reserved": 4}
    assert told(MOMENT + 2 * HOUR) == {"available": 6, "reserved": 1, "shipped": 3}
    assert stock_as_of(MOMENT, sku_ids=[level.sku_id], warehouse_id=south.pk) == {}


def test_each_line_of_the_ledger_has_its_balance(level):
    """CAT-7: newest first, page by page, of one state."""
    for quantity in (1, 2, 3):
        move(level, Kind.RESERVE, quantity)
    ledger = partial(
        ledger_of, sku_id=level.sku_id, warehouse_id=level.warehouse_id, state="available", size=3
    )

    page = ledger()
    older = ledger(before=page.older)

    assert [(line.pieces, line.balance) for line in page.lines] == [(-3, 4), (-2, 7), (-1, 9)]
    assert [(line.pieces, line.balance) for line in older.lines] == [(10, 10)]
    assert older.older is None


def cancelled(transfer, actor=None, reason="the lorry broke down"):
    return cancel_transfer(transfer_id=transfer.pk, reason=reason, actor=actor, at=MOMENT + HOUR)


def test_what_is_cancelled_under_way_is_back_at_the_sender(level, south, clerk):
    """CAT-7: by lines of the same reference; what is over is not cancelled."""
    transfer = cancelled(sent(level, south, 6, clerk), clerk)

    assert transfer.state == Transfer.State.CANCELLED
    assert balance(level) == {"available": 10}
    assert not south.stock_levels.exists()
    back = StockMovement.objects.get(kind="recall")
    assert (back.quantity, back.reference, back.note) == (
        6,
        f"transfer:{transfer.pk}",
        "the lorry broke down",
    )
    pytest.raises(Conflict, cancelled, transfer, clerk)
    assert_invariants_hold()


def test_only_somebody_of_the_sender_cancels_and_says_why(level, south):
    transfer = sent(level, south, 6)
    receiver = factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)
    membership = receiver.memberships.get()
    factories.WarehouseAssignmentFactory(membership=membership, warehouse=south)

    pytest.raises(NotAllowed, cancelled, transfer, receiver)
    pytest.raises(DomainError, cancelled, transfer, reason=" ")

    assert balance(level) == {"available": 4}


@pytest.mark.django_db(transaction=True)
def test_of_receiving_and_cancelling_the_first_counts():
    """CAT-7: the pieces are in one of the warehouses, and in one only."""
    level = factories.StockLevelFactory(available=10)
    transfer = sent(level, factories.WarehouseFactory(store=level.sku.store), 6)
    receive = partial(receive_transfer, transfer_id=transfer.pk, received={}, actor=None, at=MOMENT)

    results = run_together([receive, partial(cancelled, transfer)] * 2)

    assert [type(result) for result in results].count(Conflict) == 3
    levels = StockLevel.objects.values_list("available", flat=True)
    assert sum(levels) == 10
    assert_invariants_hold("catalog.")


def test_a_transfer_is_cancelled_on_its_page(client, level, south, clerk):
    client.force_login(clerk)
    transfer = sent(level, south, 6, clerk)
    address = f"/admin/catalog/transfer/{transfer.pk}/cancel/"

    unsaid = client.post(address, {"reason": ""})
    client.post(address, {"reason": "the lorry broke down"}, follow=True)

    transfer.refresh_from_db()
    assert "This field is required" in unsaid.content.decode()
    assert transfer.state == Transfer.State.CANCELLED


def test_the_page_of_a_level_shows_the_ledger_and_a_past_moment(client, level, clerk):
    move(level, Kind.RESERVE, 4, at=MOMENT + HOUR)
    client.force_login(clerk)
    page = f"/admin/catalog/stocklevel/{level.pk}/change/"

    shown = client.get(page, {"state": "reserved"}).content.decode()
    past = client.get(page, {"at": f"{MOMENT + timedelta(minutes=1):%Y-%m-%dT%H:%M}"})
    wrong = client.get(page, {"at": "soon", "state": "nowhere", "before": "x"})

    assert "+4" in shown
    assert past.status_code == wrong.status_code == 200
    assert wrong.context["past"] is None


def test_goods_are_sent_and_received_on_their_pages(client, level, south, clerk):
    client.force_login(clerk)
    form = {"source": level.warehouse_id, "target": south.pk, "lines": f"{level.sku.code} 4\n"}

    wrong = client.post("/admin/catalog/transfer/send/", {**form, "lines": "NOBODY x"})
    client.post("/admin/catalog/transfer/send/", form)
    transfer = Transfer.objects.get()
    client.post(
        f"/admin/catalog/transfer/{transfer.pk}/receive/", {f"sku_{level.sku_id}": 4, "note": ""}
    )

    assert "Line 1" in wrong.content.decode()
    assert south.stock_levels.get().available == 4


def test_pieces_are_booked_and_written_off_on_their_pages(client, level, clerk):
    client.force_login(clerk)
    at = {"sku": level.sku.code, "warehouse": level.warehouse_id}

    client.post("/admin/catalog/stocklevel/handle/", {**at, "kind": "damage", "quantity": 3})
    client.post(
        "/admin/catalog/stocklevel/write-off/", {**at, "pieces": 2, "reason": "thrown away"}
    )

    assert balance(level) == {"available": 7, "damaged": 1}

"""CAT-7: a count (盘点) corrects by ledger lines, blind, once, and while goods keep moving."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import Error, IntegrityError

from catalog.models import CountEntry, CountLine, CountSession, StockMovement
from catalog.services import posting
from catalog.services.counting import abandon_count, open_count, record_count, want_recount
from catalog.services.posting import post_count
from catalog.services.stock import InsufficientStock, Kind, Move, move_stock
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.tokens.programs import program, send

HOUR = timedelta(hours=1)
PAGE = "/admin/catalog/countsession/"


@pytest.fixture
def warehouse(db):
    return factories.WarehouseFactory()


@pytest.fixture
def clerk(warehouse):
    return factories.UserFactory(role=Role.WAREHOUSE, store=warehouse.store)


@pytest.fixture
def levels(warehouse):
    return [
        factories.StockLevelFactory(
            sku=factories.SkuFactory(store=warehouse.store, code=code, cost=10),
            warehouse=warehouse,
            available=available,
        )
        for code, available in (("A-1", 10), ("A-2", 20), ("B-1", 30))
    ]


@pytest.fixture
def session(warehouse, levels):
    return open_count(warehouse_id=warehouse.pk, name="Monday", actor=None, at=MOMENT)


def count(session, code, quantity, at=MOMENT + HOUR, actor=None):
    return record_count(session_id=session.pk, sku_code=code, quantity=quantity, actor=actor, at=at)


def reserve(level, quantity, at):
    move = Move(level.sku_id, level.warehouse_id, Kind.RESERVE, quantity)
    move_stock([move], actor=None, at=at)


def post(session, actor, at=MOMENT + 3 * HOUR):
    return post_count(session_id=session.pk, actor=actor, at=at)


def available(*levels):
    for level in levels:
        level.refresh_from_db()
    return [level.available for level in levels]


def codes_of(session):
    return sorted(session.lines.values_list("sku__code", flat=True))


def test_a_stock_take_covers_all_skus_or_those_of_a_prefix_or_the_named_ones(warehouse, levels):
    begin = partial(open_count, warehouse_id=warehouse.pk, name="n", actor=None, at=MOMENT)

    by_prefix = begin(prefix="a-")
    named = begin(codes=["B-1"])

    assert (codes_of(by_prefix), codes_of(named)) == (["A-1", "A-2"], ["B-1"])
    with pytest.raises(Conflict, match="Another open"):
        begin()
    abandon_count(session_id=by_prefix.pk, actor=None, at=MOMENT)
    abandon_count(session_id=named.pk, actor=None, at=MOMENT)
    assert codes_of(begin()) == ["A-1", "A-2", "B-1"]


def test_moves_between_counting_and_posting_are_not_lost(session, levels, clerk):
    """CAT-7: the variance is against the record of the moment the line was counted."""
    reserve(levels[0], 2, MOMENT)
    count(session, "A-1", 9)
    reserve(levels[0], 5, MOMENT + 2 * HOUR)
    count(session, "A-2", 20)

    post(session, clerk)

    assert available(*levels) == [2, 20, 30], "10 − 2 − 5, and one that was missing"
    line = StockMovement.objects.get(kind="count")
    assert (line.quantity, line.from_state, line.actor) == (1, "available", clerk)
    assert line.reference == f"count:{session.pk}"
    assert_invariants_hold("catalog.")


def test_a_count_told_later_is_compared_with_its_own_moment(session, levels, clerk):
    """A scanner without a network: counted at one, told at two, sold from in between."""
    reserve(levels[0], 5, MOMENT + 90 * timedelta(minutes=1))
    ship = [Move(levels[0].sku_id, levels[0].warehouse_id, Kind.SHIP, 5)]
    move_stock(ship, actor=None, at=MOMENT + 95 * timedelta(minutes=1))

    line = count(session, "A-1", 10, at=MOMENT + HOUR)

    assert (line.book, line.variance) == (10, 0)


def test_the_last_count_of_a_line_holds_and_all_are_kept(session, levels, clerk):
    count(session, "A-1", 7)
    count(session, "A-1", 9)

    assert list(CountEntry.objects.values_list("quantity", flat=True)) == [9, 7]
    post(session, clerk)
    assert available(levels[0]) == [9]


def test_a_line_to_be_counted_again_holds_up_the_posting(session, levels, clerk):
    line = count(session, "A-1", 7)
    want_recount(session_id=session.pk, line_ids=[line.pk], actor=clerk)

    with pytest.raises(DomainError, match="counted again first"):
        post(session, clerk)
    count(session, "A-1", 10)
    post(session, clerk)

    assert available(levels[0]) == [10]


def test_goods_that_nobody_expected_join_the_stock_take(session, warehouse, clerk):
    factories.SkuFactory(store=warehouse.store, code="FOUND", cost=1)

    assert count(session, "FOUND", 3).variance == 3
    post(session, clerk)

    assert StockMovement.objects.get(kind="count").to_state == "available"
    assert_invariants_hold("catalog.")


@pytest.mark.parametrize(("code", "quantity"), [("A-1", -1), ("NOBODY", 1)])
def test_a_senseless_count_is_refused(session, code, quantity):
    """CAT-7: never negative."""
    with pytest.raises(DomainError):
        count(session, code, quantity)

    assert not CountEntry.objects.exists()


def test_the_database_refuses_a_negative_count(session):
    with pytest.raises(IntegrityError, match="count_line_not_negative"):
        session.lines.update(counted=-1, book=0, counted_at=MOMENT)


def test_counts_are_append_only(session):
    count(session, "A-1", 9)

    with pytest.raises(Error, match="append_only"):
        CountEntry.objects.update(quantity=10)


def test_above_the_limits_nothing_is_posted_until_finance_agrees(session, levels, clerk):
    """CAT-7: 31 and 20 pieces together are more than one person corrects alone."""
    finance = factories.UserFactory(role=Role.FINANCE, store=session.warehouse.store)
    count(session, "A-2", 0)
    count(session, "B-1", 61)

    approval = post(session, clerk)

    assert isinstance(approval, Approval)
    assert (approval.kind, approval.amount) == ("catalog.count", 510)
    assert available(*levels) == [10, 20, 30]
    with pytest.raises(Conflict, match="not decided"):
        post(session, clerk)
    at = MOMENT + 4 * HOUR
    decide(approval_id=approval.pk, verdict="approve", actor=finance, at=at)
    assert carrying.carry_out(approval_id=approval.pk, at=at) == "carried_out"
    assert available(*levels) == [10, 0, 61]
    session.refresh_from_db()
    assert session.state == CountSession.State.POSTED
    assert_invariants_hold("catalog.")


def test_a_line_counted_anew_voids_the_request(session, levels, clerk):
    finance = factories.UserFactory(role=Role.FINANCE, store=session.warehouse.store)
    count(session, "B-1", 90)
    approval = post(session, clerk)
    count(session, "B-1", 89)

    at = MOMENT + 4 * HOUR
    decide(approval_id=approval.pk, verdict="approve", actor=finance, at=at)

    assert carrying.carry_out(approval_id=approval.pk, at=at) == "voided"
    assert available(levels[2]) == [30]


def test_small_stock_takes_add_up_within_a_day(warehouse, levels, clerk):
    """CAT-7: splitting a large correction into small counts asks finance all the same."""
    begin = partial(open_count, warehouse_id=warehouse.pk, actor=None, at=MOMENT)
    first, second = begin(name="one", codes=["A-2"]), begin(name="two", codes=["B-1"])
    count(first, "A-2", 0)
    count(second, "B-1", 61)

    assert isinstance(post(first, clerk), CountSession)
    assert isinstance(post(second, clerk), Approval)


def test_pieces_that_orders_have_taken_since_hold_up_all_of_it(session, levels, clerk):
    """Nothing half-done: the other line is not posted either."""
    count(session, "A-1", 4)
    count(session, "A-2", 21)
    reserve(levels[0], 8, MOMENT + 2 * HOUR)

    with pytest.raises(InsufficientStock):
        post(session, clerk)

    assert available(*levels) == [2, 20, 30]
    session.refresh_from_db()
    assert session.state == CountSession.State.OPEN
    assert CountLine.objects.filter(is_open=True).count() == 3


def test_an_abandoned_stock_take_corrects_nothing_and_takes_no_counts(session, levels, clerk):
    count(session, "A-1", 4)
    abandon_count(session_id=session.pk, actor=clerk, at=MOMENT + 2 * HOUR)

    for late in (partial(post, session, clerk), partial(count, session, "A-1", 5)):
        with pytest.raises(Conflict):
            late()
    assert available(*levels) == [10, 20, 30]


def test_only_who_works_in_the_warehouse_counts_there(session, warehouse):
    stranger = factories.UserFactory(role=Role.FINANCE, store=warehouse.store)
    elsewhere = factories.MembershipFactory(role=Role.WAREHOUSE, store=warehouse.store)
    factories.WarehouseAssignmentFactory(membership=elsewhere)

    for person in (stranger, elsewhere.user):
        with pytest.raises(NotAllowed):
            count(session, "A-1", 9, actor=person)
        with pytest.raises(NotAllowed):
            post(session, person)


@pytest.mark.django_db(transaction=True)
def test_a_stock_take_is_posted_once(monkeypatch):
    """CAT-7: two people press the button at once; the loss is corrected once."""
    monkeypatch.setattr(posting, "variance_of", slowly(posting.variance_of))
    level = factories.StockLevelFactory(available=10, sku__cost=1)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=level.sku.store)
    session = open_count(warehouse_id=level.warehouse_id, name="n", actor=None, at=MOMENT)
    count(session, level.sku.code, 8)

    results = run_together([partial(post, session, clerk)] * 3)

    assert sorted(type(result).__name__ for result in results) == [
        "Conflict",
        "Conflict",
        "CountSession",
    ]
    assert available(level) == [8]
    assert_invariants_hold("catalog.")


def test_the_page_counts_blind_and_shows_the_result_apart(client, session, levels, clerk):
    """CAT-7: who counts does not see what is on record."""
    client.force_login(clerk)
    page = f"{PAGE}{session.pk}/change/"

    shown = client.get(page).content.decode()
    client.post(f"{PAGE}{session.pk}/count/", {"sku_code": "B-1", "quantity": 29})
    counting = client.get(page).content.decode()
    result = client.get(f"{page}?tab=result").content.decode()

    assert "autofocus" in shown
    assert ">30<" not in shown + counting
    assert ">30<" in result
    assert "-1" in result
    client.post(f"{PAGE}{session.pk}/end/", {"do": "post"})
    assert available(levels[2]) == [29]


def test_a_stock_take_is_opened_on_its_page(client, warehouse, levels, clerk):
    client.force_login(clerk)

    client.post(
        f"{PAGE}open/", {"warehouse": warehouse.pk, "name": "Shelf A", "prefix": "A", "codes": ""}
    )

    assert codes_of(CountSession.objects.get()) == ["A-1", "A-2"]


def test_programs_of_the_warehouse_send_counts_once(warehouse, levels):
    """CAT-7: by REST, once per Idempotency-Key; the record is not told."""
    scanner = program(warehouse.store, "stock:count", role=Role.WAREHOUSE)
    body = {
        "warehouse": str(warehouse.pk),
        "name": "Gun 7",
        "lines": [{"sku_code": "A-1", "quantity": 9}, {"sku_code": "B-1", "quantity": 30}],
    }

    first = send(scanner, "stock-counts", body)
    again = send(scanner, "stock-counts", body)
    more = {**body, "session": first.json()["id"], "lines": [{"sku_code": "A-1", "quantity": 8}]}
    send(scanner, "stock-counts", more, key="more")

    assert first.status_code == 201
    assert again.json() == first.json()
    assert "book" not in first.content.decode()
    assert list(CountEntry.objects.order_by("pk").values_list("quantity", flat=True)) == [9, 30, 8]
    assert scanner.get(first["Location"]).json() == first.json()


def test_wrong_counts_of_programs_change_nothing(warehouse, levels):
    scanner = program(warehouse.store, role=Role.WAREHOUSE)
    body = {"warehouse": str(warehouse.pk), "lines": [{"sku_code": "A-1", "quantity": 9}]}
    unknown = {**body, "lines": [*body["lines"], {"sku_code": "NOBODY", "quantity": 1}]}
    theirs = {**body, "warehouse": str(factories.WarehouseFactory().pk)}
    late = {**body, "lines": [{**body["lines"][0], "counted_at": "2100-01-01T00:00:00Z"}]}

    answers = [
        send(scanner, "stock-counts", wrong, key=str(number)).status_code
        for number, wrong in enumerate((unknown, theirs, late))
    ]

    assert answers == [409, 404, 409]
    assert not CountSession.objects.exists()

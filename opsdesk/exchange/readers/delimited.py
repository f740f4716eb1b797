"""CSV in its dialects: comma, semicolon or tab; LF, CR LF or a lone CR; line ends in quotes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from opsdesk.exchange import limits
from opsdesk.exchange.problems import FileRefused
from opsdesk.exchange.readers.tables import (
    Row,
    Table,
    check_header,
    too_many_columns,
    too_many_rows,
)

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}


@dataclass(frozen=True)
class DelimitedReader:
    path: Path
    encoding: str
    delimiter: str

    @contextmanager
    def rows(self) -> Iterator[Iterator[Row]]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            yield _numbered(csv.reader(file, delimiter=self.delimiter, strict=True))


def open_delimited(path: Path, encoding: str) -> Table:
    """The table in a text file whose encoding is known."""
    csv.field_size_limit(limits.CELL_CHARACTERS)
    delimiter = _delimiter(path, encoding)
    reader = DelimitedReader(path, encoding, delimiter)
    with reader.rows() as rows:
        header_line, header = next(rows, (1, []))
    if not header:
        raise FileRefused("empty_file", _("The file holds nothing but blank lines."), line=1)
    check_header(header, header_line)
    dialect = {
        "kind": "csv",
        "encoding": encoding.removesuffix("-sig"),
        "has_bom": encoding in ("utf-8-sig", "utf-16"),
        "delimiter": DELIMITERS[delimiter],
    }
    return Table(reader, header, header_line, dialect)


def _delimiter(path: Path, encoding: str) -> str:
    """The one that cuts the first line into most cells; the comma where none cuts it."""
    with path.open(encoding=encoding, newline="") as file:
        head = list(islice((line for line in file if line.strip()), 1))
    widths = {}
    for delimiter in DELIMITERS:
        try:
            widths[delimiter] = len(next(csv.reader(head, delimiter=delimiter), []))
        except csv.Error:  # the real reading says where and why
            widths[delimiter] = 0
    return max(DELIMITERS, key=lambda delimiter: widths[delimiter])


def _numbered(reader: Any) -> Iterator[Row]:
    """Rows with the line each starts on, which is not its number where cells hold line ends."""
    start, count = 1, 0
    try:
        for cells in reader:
            if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
                count += 1
                if len(cells) > limits.COLUMNS:
                    raise too_many_columns(len(cells), start)
                if count > limits.ROWS:
                    raise too_many_rows(start)
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise _broken(start, reader.line_num, error) from error


def _broken(start: int, line: int, error: csv.Error) -> FileRefused:
    if "field larger" in str(error) and line == start:
        return FileRefused(
            "cell_too_long",
            _("The line has a cell of more than %(limit)d characters.")
            % {"limit": limits.CELL_CHARACTERS},
            line=start,
        )
    if "unexpected end" in str(error) or "field larger" in str(error):
        return FileRefused(
            "unclosed_quote",
            _("A quotation mark opened on this line is never closed."),
            line=start,
        )
    return FileRefused(
        "broken_quotes",
        _("The quotation marks don't add up. Inside a quoted cell write each \" twice."),
        line=start,
    )

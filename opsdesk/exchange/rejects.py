"""Rejected rows as a file to mend and bring in again: line, column, reason, row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import IO, Any

from opsdesk.exchange.models import ImportSession
from opsdesk.exports import neutralised

HEADER = ["line", "column", "reason", "row"]


def write(session: ImportSession, file: IO[str]) -> int:
    """Write the rejected rows as CSV. Returns how many."""
    writer = csv.writer(file)
    writer.writerow(HEADER)
    count = 0
    for cells in _cells(session):
        writer.writerow(cells)
        count += 1
    return count


def lines(session: ImportSession) -> Iterator[str]:
    """The same file, line by line, for a download. It says that it is UTF-8: Excel needs that."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(HEADER)
    for cells in _cells(session):
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
    yield buffer.getvalue()


def _cells(session: ImportSession) -> Iterator[list[str | int]]:
    refusal = session.dialect.get("refusal")
    if refusal:
        yield [
            refusal["line"] or "",
            neutralised(refusal["column"]),
            neutralised(refusal["message"]),
            "",
        ]
    rows = session.rows.rejected().order_by("line").values_list("line", "column", "reason", "raw")
    for line, column, reason, raw in rows.iterator(chunk_size=2_000):
        yield [line, neutralised(column), neutralised(reason), neutralised(_row_text(raw))]


def _row_text(raw: list[Any]) -> str:
    """The row as one CSV line; a record of several rows as several."""
    buffer = io.StringIO()
    rows = raw if raw and isinstance(raw[0], list) else [raw]
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().rstrip("\n")

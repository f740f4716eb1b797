"""Rejected rows as a file to mend and bring in again, and remarks on those that were taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from opsdesk import exports
from opsdesk.exchange.models import ImportSession
from opsdesk.exports import ExportedFile

HEADER = ["line", "column", "reason", "row"]
REMARKS_HEADER = ["line", "column", "reason", "number"]


def file_of(session: ImportSession) -> ExportedFile:
    """The rejected rows whole, as they came, with what is wrong with each."""
    return exports.csv_file(HEADER, _cells(session))


def remarks_of(session: ImportSession) -> ExportedFile:
    """What should be known of rows that were taken."""
    rows = session.rows.remarked().order_by("line")
    cells = rows.values_list("line", "column", "reason", "key")
    return exports.csv_file(REMARKS_HEADER, cells.iterator(chunk_size=2_000))


def name_of(session: ImportSession, kind: str = "rejects") -> str:
    return f"import-{session.pk}.{kind}.csv"


def _cells(session: ImportSession) -> Iterator[list[str | int]]:
    refusal = session.dialect.get("refusal")
    if refusal:
        yield [refusal["line"] or "", refusal["column"], refusal["message"], ""]
    rows = session.rows.rejected().order_by("line").values_list("line", "column", "reason", "raw")
    for line, column, reason, raw in rows.iterator(chunk_size=2_000):
        yield [line, column, reason, _row_text(raw)]


def _row_text(raw: list[Any]) -> str:
    """The row as one CSV line; a record of several rows as several."""
    buffer = io.StringIO()
    rows = raw if raw and isinstance(raw[0], list) else [raw]
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().rstrip("\n")

"""What every reader gives: a header and rows of text, each with the line it starts on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.utils.translation import gettext as _

from opsdesk.exchange import limits
from opsdesk.exchange.problems import FileRefused

Row = tuple[int, list[str]]


class Reader(Protocol):
    def rows(self) -> AbstractContextManager[Iterator[Row]]:
        """All rows, the header among them; blank ones are left out. Can be asked again."""


@dataclass(frozen=True)
class Table:
    """A file opened: what it is (`dialect`: kind, encoding, delimiter, sheet) and its header."""

    reader: Reader
    header: list[str]
    header_line: int
    dialect: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> AbstractContextManager[Iterator[Row]]:
        return self.reader.rows()


def open_table(path: Path, *, encoding: str, name: str) -> Table:
    """The table in a surveyed file. Raises FileRefused with the place for what is no table.

    `name` is what the person called it: a workbook that is called .csv is refused rather than
    guessed at.
    """
    suffix = Path(name).suffix.lower()
    if not encoding:
        if suffix in (".csv", ".txt", ".tsv"):
            raise FileRefused(
                "workbook_called_csv",
                _("The name ends in %(suffix)s but this is an Excel workbook: call it .xlsx.")
                % {"suffix": suffix},
                line=1,
            )
        from opsdesk.exchange.readers import workbook  # openpyxl takes a second to import

        return workbook.open_workbook(path)
    if suffix in (".xlsx", ".xlsm"):
        raise FileRefused(
            "csv_called_workbook",
            _("The name ends in %(suffix)s but this is plain text: call it .csv.")
            % {"suffix": suffix},
            line=1,
        )
    from opsdesk.exchange.readers import delimited

    return delimited.open_delimited(path, encoding)


def check_header(header: list[str], line: int) -> None:
    if len(header) > limits.COLUMNS:
        raise too_many_columns(len(header), line)


def too_many_columns(count: int, line: int) -> FileRefused:
    return FileRefused(
        "too_many_columns",
        _("The line has %(count)d columns; at most %(limit)d are read.")
        % {"count": count, "limit": limits.COLUMNS},
        line=line,
    )


def too_many_rows(line: int) -> FileRefused:
    return FileRefused(
        "too_many_rows",
        _("The file has more than %(limit)d rows. Split it.") % {"limit": limits.ROWS},
        line=line,
    )

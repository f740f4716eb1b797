"""The rows of a table, read cell by cell: what formats with a header have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from opsdesk.exchange.importers import Record, Source
from opsdesk.exchange.problems import BadValue, Problem

# Field → what makes its JSON value of a cell. Raises BadValue.
Readers = Mapping[str, Callable[[str], Any]]


class Sheet:
    """The rows of one table, cut to its header, its cells read by field."""

    def __init__(self, source: Source, readers: Readers, table: str = "") -> None:
        match = source.match
        assert match is not None
        self.table = source.tables[table]
        self.header = match.header
        self.positions = match.positions
        self.is_workbook = self.table.dialect["kind"] == "xlsx"
        self.readers = [(field, index, readers[field]) for field, index in match.positions.items()]

    def fit_all(self, cells: list[str]) -> list[str] | None:
        return cells if len(cells) == len(self.header) else self.fit(cells)

    def fit(self, cells: list[str]) -> list[str] | None:
        """The cells, one per column; None for a row that doesn't fit the header."""
        width = len(self.header)
        if len(cells) > width:
            return None if any(cell.strip() for cell in cells[width:]) else cells[:width]
        if self.is_workbook:  # which leaves out empty cells at a row's end
            return cells + [""] * (width - len(cells))
        return None

    def ragged(self, cells: list[str]) -> Problem:
        return Problem(
            "ragged_row",
            "",
            _(
                "The row has %(cells)d cells, the header %(columns)d: a delimiter or a quotation "
                "mark is missing or too many."
            )
            % {"cells": len(cells), "columns": len(self.header)},
        )

    def column(self, field: str) -> str:
        """What the file calls the field."""
        index = self.positions.get(field)
        return field if index is None else self.header[index].strip()

    def problem(self, error: BadValue, index: int) -> Problem:
        """The error in a cell; one that names a field of its own is about that."""
        field = getattr(error, "field", None)
        return error.in_column(self.column(field) if field else self.header[index].strip())

    def missing(self, field: str) -> Problem:
        return Problem("missing_value", self.column(field), _("The cell is empty."))

    def read(self, cells: Sequence[str], data: dict[str, Any]) -> Problem | None:
        """Read every cell that is not blank into `data`; the first bad one ends it."""
        index = 0
        try:
            for field, index, read in self.readers:
                cell = cells[index]
                if cell and not cell.isspace():
                    data[field] = read(cell)
        except BadValue as error:
            return self.problem(error, index)
        return None


def rejected(line: int, key: str, cells: Sequence[Any], problem: Problem) -> Record:
    return Record(line, key, cells, None, problem)

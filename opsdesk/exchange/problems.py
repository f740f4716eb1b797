"""Why something can't be taken as it stands: always a code, a place and how to mend it."""

from __future__ import annotations

from typing import NamedTuple

from opsdesk import privacy
from opsdesk.errors import DomainError


class Problem(NamedTuple):
    """What is wrong with one record: a stable code, the column as the file calls it, the advice."""

    code: str
    column: str
    message: str


class BadValue(Exception):
    """A cell can't be taken as it stands. Who knows the column makes a `Problem` of it.

    The message may quote the cell: a phone number in the wrong column is masked in it.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = privacy.mask_mobiles(message)
        super().__init__(self.message)

    def in_column(self, column: str) -> Problem:
        return Problem(self.code, column, self.message)


class FileRefused(DomainError):
    """The file as a whole can't be read: nothing of it is taken.

    Facts: `line` (1-based, None where it concerns no line), `column` (may be empty).
    """

    def __init__(
        self, code: str, message: str, *, line: int | None = None, column: str = ""
    ) -> None:
        column = privacy.mask_mobiles(column)  # without a header line it is somebody's data
        super().__init__(privacy.mask_mobiles(message), line=line, column=column)
        self.code = code
        self.line = line
        self.column = column

"""Formats: what a chapter registers so that files of its kind can be brought in.

An importer reads a file into records, and applies records to the chapter's tables. Sessions, rows,
chunks, resuming and undoing are the same for all and live in `services`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError
from opsdesk.exchange.columns import Column, Match, match_columns
from opsdesk.exchange.problems import Problem
from opsdesk.exchange.readers.encoding import survey
from opsdesk.exchange.readers.tables import Table, open_table

if TYPE_CHECKING:
    from opsdesk.exchange.models import ImportRow, ImportSession
    from opsdesk.stores.models import Store, User

SEE = "exchange.view_importsession"


class UnknownImporter(DomainError):
    """No chapter registers a format of this name."""

    code = "unknown_format"


class Record(NamedTuple):
    """One record of a file: applied as a whole or rejected as a whole.

    `line` is where it starts, `key` what it is known by outside, `cells` its row (or rows) as they
    stood there, `data` the record for `apply` (plain JSON), `problem` why it was rejected.
    """

    line: int
    key: str
    cells: Sequence[Any]
    data: dict[str, Any] | None
    problem: Problem | None = None


class Applied(NamedTuple):
    """What became of a row: an `ImportRow.Outcome`, and the record made or found.

    Code, reason and the column as the file calls it say why it was rejected; with another outcome
    they are a remark: the row was taken, and this should be known of it.
    """

    row_id: int
    outcome: str
    target_id: int | None = None
    code: str = ""
    reason: str = ""
    column: str = ""


class Pending(NamedTuple):
    """A staged row that waits to be applied."""

    row_id: int
    key: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Context:
    """For whom a file is read."""

    store: Store
    as_of: datetime
    now: datetime


@dataclass(frozen=True)
class Source:
    """A file or folder opened, its columns understood as far as they could be."""

    tables: dict[str, Table]
    match: Match | None = None
    dialect: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        return self.tables[""]


@dataclass(frozen=True)
class Change:
    """One field that an import would change on a record that is already there."""

    title: str | Promise
    before: str
    after: str
    is_personal: bool = False


class Importer:
    """A format. Subclasses say their columns, read records and apply them."""

    name: str
    title: str | Promise
    description: str | Promise = ""
    takes_folder = False
    columns: tuple[Column, ...] = ()
    # What who brings such a file in may do in the store.
    permission = "exchange.run_import"
    # Whether a column nobody knows stops the file: in a format of our own it is a typing mistake,
    # in a platform's report it is one of the many we don't need.
    is_strict = False
    # Whether one bad record stops the file, whatever the person chose: its rows belong together.
    all_or_none = False

    def open(self, path: Path, *, name: str, column_map: Mapping[str, str]) -> Source:
        """The file with its header matched. Raises FileRefused; incomplete matches are answered."""
        found = survey(path)
        table = open_table(path, encoding=found.encoding, name=name)
        match = match_columns(
            table.header,
            self.columns,
            column_map,
            line=table.header_line,
            is_strict=self.is_strict,
        )
        dialect = {**table.dialect, **self._understood(match)}
        return Source({"": table}, match, dialect)

    def _understood(self, match: Match) -> dict[str, Any]:
        fields = {index: name for name, index in match.positions.items()}
        return {
            "header": match.header,
            "fields": [fields.get(index, "") for index in range(len(match.header))],
            "personal": [column.field for column in self.columns if column.is_personal],
            "ignored": match.ignored,
            "unknown": match.unknown,
            "missing": [column.field for column in match.missing],
        }

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        """Every record of the file once, good or with its problem. Raises FileRefused."""
        raise NotImplementedError

    def check(self, session: ImportSession) -> None:
        """Reject staged rows that only a look at all of them, or at the store, shows to be wrong.

        Set-wise, in the staging transaction; see `services.checks.reject_where`.
        """

    def prepare(self, session: ImportSession) -> None:
        """Make what the records need before any is applied. Safe to repeat."""

    def apply(
        self, rows: Sequence[Pending], *, session: ImportSession, actor: User | None
    ) -> list[Applied]:
        """Every row is carried out, in the caller's transaction; one answer for each row."""
        raise NotImplementedError

    def finish(self, session: ImportSession) -> None:
        """The last row is settled."""

    def count_known(self, session: ImportSession) -> int:
        """How many waiting rows name a record that is already there."""
        return 0

    def changes(self, session: ImportSession, rows: Sequence[ImportRow]) -> dict[int, list[Change]]:
        """Row id → the fields it would change on the record that is already there."""
        return {}

    def undo(
        self, target_ids: Sequence[int], *, session: ImportSession, actor: User | None, at: datetime
    ) -> set[int]:
        """The records that were made are gone again, except touched ones. Returns those gone."""
        raise NotImplementedError


_importers: dict[str, Importer] = {}


def register(*importers: Importer) -> None:
    for importer in importers:
        if importer.name in _importers:
            raise ValueError(f"Two formats are called {importer.name}.")
        _importers[importer.name] = importer


def get(name: str) -> Importer:
    try:
        return _importers[name]
    except KeyError as error:
        raise UnknownImporter(
            _("There is no format “%(name)s”. Formats: %(known)s.")
            % {"name": name, "known": ", ".join(sorted(_importers))}
        ) from error


def all_importers() -> list[Importer]:
    return sorted(_importers.values(), key=lambda importer: importer.name)


def stores_for(user: User) -> dict[str, set[int]]:
    """Format → the stores for which the person may bring its files in, and look at the import."""
    shown = set(user.stores_allowing(SEE))
    needed = {importer.permission for importer in _importers.values()}
    allowing = {permission: shown & {*user.stores_allowing(permission)} for permission in needed}
    return {name: allowing[importer.permission] for name, importer in _importers.items()}

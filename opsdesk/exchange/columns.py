"""Which column of a file is which field: names are compared without blanks, width and case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from opsdesk.exchange.problems import FileRefused

IGNORE = "-"
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2060\u00ad\u202a-\u202e]")
# No column is called like this: an order's number, a phone number, a moment.
_VALUE = re.compile(r"\+?[0-9][0-9 \-]{6,}[0-9]|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}.*").fullmatch
_BLANKS = re.compile(r"[\s_]+")


@dataclass(frozen=True)
class Column:
    """A field an importer understands. `names` are the headers it goes by, the first documented."""

    field: str
    title: str | Promise
    names: tuple[str, ...] = ()
    is_required: bool = False
    is_personal: bool = False


@dataclass(frozen=True)
class Match:
    """How a header was understood. `positions`: field → index of its column."""

    header: list[str]
    positions: dict[str, int]
    ignored: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    missing: list[Column] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.unknown and not self.missing


def plain(name: str) -> str:
    """A header as it is compared: without width, case, invisible marks and double blanks."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", name))
    return _BLANKS.sub(" ", visible).strip().casefold()


def match_columns(
    header: Sequence[str],
    columns: Sequence[Column],
    column_map: Mapping[str, str],
    *,
    line: int,
    is_strict: bool,
) -> Match:
    """Fields of the header's columns, the person's own map first.

    `column_map` is header → field, `-` to leave a column out. Raises FileRefused where two columns
    are one field, and where the line is no header: it holds no known column, or it holds values,
    which may be somebody's, so nothing of it is quoted. Where `is_strict`, a column nobody knows is
    `unknown`, else `ignored`.
    """
    names = list(header)
    while names and not plain(names[-1]):
        names.pop()
    wanted = _wanted(columns, column_map)
    if any(plain(name) not in wanted and _VALUE(plain(name)) for name in names):
        raise _no_header(columns, line)
    positions: dict[str, int] = {}
    ignored: list[str] = []
    unknown: list[str] = []
    for index, name in enumerate(names):
        found = wanted.get(plain(name))
        if found is None:
            unknown.append(name)
        elif found == IGNORE:
            ignored.append(name)
        elif found in positions:
            raise _duplicate(name, names[positions[found]], line)
        else:
            positions[found] = index
    if not positions:
        raise _no_header(columns, line)
    _refuse_repeated(unknown, line)
    if not is_strict:
        ignored, unknown = ignored + unknown, []
    missing = [each for each in columns if each.is_required and each.field not in positions]
    return Match(names, positions, ignored, unknown, missing)


def require_complete(match: Match, line: int) -> None:
    """Raises FileRefused, naming the first column that is missing or that nobody knows."""
    if match.missing:
        column = match.missing[0]
        raise FileRefused(
            "missing_column",
            _("The column %(column)s is missing. Columns found: %(found)s.")
            % {"column": _documented(column), "found": ", ".join(match.header)[:200]},
            line=line,
            column=_documented(column),
        )
    if match.unknown:
        name = match.unknown[0]
        raise FileRefused(
            "unknown_column",
            _(
                "The column “%(column)s” is not known. Say what it is (map it to a field) "
                "or leave it out (map it to “-”)."
            )
            % {"column": name.strip()},
            line=line,
            column=name.strip(),
        )


def _wanted(columns: Sequence[Column], column_map: Mapping[str, str]) -> dict[str, str]:
    fields = {column.field for column in columns}
    wanted = {
        plain(name): column.field for column in columns for name in (column.field, *column.names)
    }
    for name, mapped in column_map.items():
        if mapped not in fields and mapped != IGNORE:
            raise FileRefused(
                "unknown_field",
                _("“%(field)s” is no field of this format. Fields: %(fields)s.")
                % {"field": mapped, "fields": ", ".join(sorted(fields))},
                column=name,
            )
        # A field that was mapped by hand is no longer looked for by its own names.
        wanted = {known: field for known, field in wanted.items() if field != mapped}
        wanted[plain(name)] = mapped
    return wanted


def _documented(column: Column) -> str:
    return column.names[0].strip() if column.names else column.field


def _duplicate(name: str, first: str, line: int) -> FileRefused:
    return FileRefused(
        "duplicate_column",
        _("The columns “%(first)s” and “%(second)s” are the same field. Leave one out.")
        % {"first": first.strip(), "second": name.strip()},
        line=line,
        column=name.strip(),
    )


def _refuse_repeated(names: Sequence[str], line: int) -> None:
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(plain(name), name)
        if first is not name:
            raise _duplicate(name, first, line)


def _no_header(columns: Sequence[Column], line: int) -> FileRefused:
    needed = ", ".join(_documented(column) for column in columns if column.is_required)
    return FileRefused(
        "no_header",
        _("The first line holds no known column name. It must name columns such as: %(needed)s.")
        % {"needed": needed},
        line=line,
    )

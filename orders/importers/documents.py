"""JSON as platforms answer it: read exactly, one order a record, every value with its path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from opsdesk.exchange import limits, values
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, FileRefused
from opsdesk.exchange.readers.tables import Row, Table
from opsdesk.exchange.sheets import rejected
from orders.importers.base import OrderImporter, cell_readers, moment_reader
from orders.importers.records import complete
from orders.importers.seller_centres import tell_people

Value = TypeVar("Value")

# Read into memory as a whole, with what it is made of.
JSON_BYTES = 64 * limits.MEBIBYTE
_DIGITS_OF_SECONDS = 10


class Documents:
    """The orders of a file, as the rows of a table: their number, and what is told of them."""

    def __init__(self, orders: list[Any], number: str) -> None:
        self.orders = orders
        self.header = [number, "json"]

    @contextmanager
    def rows(self) -> Iterator[Iterator[Row]]:
        yield self._rows()

    def _rows(self) -> Iterator[Row]:
        yield 1, self.header
        for place, order in enumerate(self.orders, start=1):
            yield place, cells_of(order, self.header[0])


def cells_of(order: Any, number: str) -> list[str]:
    found = order.get(number, "") if isinstance(order, dict) else ""
    text = json.dumps(order, default=str)
    return [str(found).encode("ascii", "replace").decode(), text]


class Fields:
    """An object of the document. What is read of it is checked; a BadValue says where it stands."""

    def __init__(self, told: Any, path: str = "") -> None:
        self.path = path
        if not isinstance(told, dict):
            raise AtPath(
                path, BadValue("not_an_object", _("There should be an object, with named values."))
            )
        self.told = told

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def read(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """What stands there, read as a cell is; nothing for null and blank."""
        found = self.told.get(name)
        if found is None or found == "":
            return None
        if isinstance(found, bool | dict | list):
            raise AtPath(
                self.at(name), BadValue("not_a_value", _("There should be one text or number."))
            )
        try:
            return read(_storable(str(found))) or None
        except BadValue as error:
            raise AtPath(self.at(name), error) from None

    def needed(self, name: str, read: Callable[[str], Value]) -> Value:
        found = self.read(name, read)
        if found is None:
            raise self.missing(name)
        return found

    def missing(self, name: str) -> AtPath:
        return AtPath(self.at(name), BadValue("missing_value", _("The value is missing.")))

    def first(self, names: tuple[str, ...], read: Callable[[str], Value]) -> Value | None:
        """The first of these that is there."""
        return next((found for name in names if (found := self.read(name, read))), None)

    def inner(self, name: str) -> Fields:
        """The object of that name; an empty one where there is none."""
        return Fields(self.told.get(name) or {}, self.at(name))

    def items(self, name: str, within: str = "") -> list[Fields]:
        """The objects of that list, or of the list `within` it; none where there is none."""
        path, found = self.at(name), self.told.get(name)
        if within and isinstance(found, dict):
            path, found = f"{path}.{within}", found.get(within)
        if not isinstance(found or [], list):
            raise AtPath(path, BadValue("not_a_list", _("There should be a list.")))
        return [Fields(each, f"{path}[{place}]") for place, each in enumerate(found or [])]


def first_of(places: Iterable[Fields], name: str, read: Callable[[str], Value]) -> Value | None:
    """The value in the first of these objects that has it."""
    return next((found for place in places if (found := place.read(name, read))), None)


def _storable(text: str) -> str:
    """The text, if a database takes it: JSON can spell NUL and halves of characters."""
    if "\0" in text:
        raise BadValue("control_character", _("The text holds control characters."))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadValue("damaged_text", _("The text holds half a character.")) from None
    return text


class AtPath(Exception):
    """A value of the document can't be taken: where it stands, and why."""

    def __init__(self, path: str, error: BadValue) -> None:
        super().__init__(path, error)
        self.path = path
        self.error = error


class DocumentImporter(OrderImporter):
    """A format of JSON: an answer of a platform's interface, or several of them.

    A record is an order; its line is its place among the orders of the file, its column the path
    of a value within the order. Numbers are read exactly, so ids may come as JSON numbers.
    """

    def orders_in(self, document: Any) -> list[Any] | None:
        """The orders of one answer; None where it is none of this format."""
        raise NotImplementedError

    def read_order(self, order: Fields, reading: Reading) -> dict[str, Any]:
        """The order in the terms of `records.draft_of`. Raises AtPath, BadValue."""
        raise NotImplementedError

    def open(self, path: Path, *, name: str, column_map: Mapping[str, str]) -> Source:
        orders: list[Any] = []
        for document in read_documents(path):
            found = self.orders_in(document)
            if found is None:
                raise FileRefused(
                    "no_orders",
                    _("The file is JSON, but holds no orders in the shape of this format."),
                )
            orders += found
        rows = Documents(orders, self.number_column)
        dialect = {
            "kind": "json",
            "header": rows.header,
            "fields": ["order_number", ""],
            "personal": [],
        }
        return Source({"": Table(rows, rows.header, 1, dialect)}, None, dialect)

    def records(self, source: Source, context: Context) -> Iterator[Record]:
        reading = Reading(context)
        with source.table.rows() as rows:
            next(rows)
            orders = source.table.reader.orders  # type: ignore[attr-defined]
            for order, (place, cells) in zip(orders, rows, strict=True):
                yield self._record(order, place, cells, reading)

    def _record(self, order: Any, place: int, cells: list[str], reading: Reading) -> Record:
        number = ""
        try:
            fields = Fields(order)
            number = fields.needed(self.number_column, values.identifier)
            data = self.read_order(fields, reading)
            complete(data)
            tell_people(data)
        except AtPath as found:
            return rejected(place, number, cells, found.error.in_column(found.path))
        except BadValue as error:
            column = getattr(error, "field", "")
            return rejected(place, number, cells, error.in_column(column))
        return Record(place, number, cells, {name: v for name, v in data.items() if v is not None})


class Reading:
    """How the values of a file are read: for its store, up to its moment. `cells`: by field."""

    def __init__(self, context: Context) -> None:
        self.cells = cell_readers(context)
        self._zone = context.store.zone
        self._moments = moment_reader(context)

    def moment(self, text: str) -> str:
        return self._moments.read(text)

    def seconds(self, text: str) -> str:
        """Seconds since 1970 as a moment of the store's zone; empty for 0, which says none."""
        if not text.isdecimal() or len(text) > _DIGITS_OF_SECONDS:
            raise BadValue(
                "not_seconds",
                _("“%(value)s” is no moment in seconds since 1970.") % {"value": text[:40]},
            )
        if not int(text):
            return ""
        return self._moments.read(datetime.fromtimestamp(int(text), tz=self._zone).isoformat())


def fen(text: str) -> str:
    """Whole fen as yuan, exactly: 1990 is 19.90."""
    if not text.isdecimal() or len(text) > 14:
        raise BadValue(
            "not_fen", _("“%(value)s” is no amount in whole fen.") % {"value": text[:40]}
        )
    return f"{int(text) // 100}.{int(text) % 100:02d}"


def read_documents(path: Path) -> list[Any]:
    """The JSON values of a file: one, or one after the other. Raises FileRefused.

    Numbers stay exact: whole ones of any length, others as decimals.
    """
    if path.stat().st_size > JSON_BYTES:
        raise FileRefused(
            "file_too_large",
            _("The file has %(size)d MB; at most %(limit)d are read. Split it.")
            % {
                "size": path.stat().st_size // limits.MEBIBYTE,
                "limit": JSON_BYTES // limits.MEBIBYTE,
            },
        )
    text = _decoded(path.read_bytes()).strip()
    if not text:
        raise FileRefused("empty_file", _("The file is empty."), line=1)
    decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
    found, place = [], 0
    try:
        while place < len(text):
            document, place = decoder.raw_decode(text, place)
            found.append(document)
            while place < len(text) and text[place].isspace():
                place += 1
    except (ValueError, RecursionError) as error:
        raise FileRefused(
            "not_json",
            _("The file is no JSON, or was cut off."),
            line=getattr(error, "lineno", 1),
        ) from None
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _decoded(content: bytes) -> str:
    """JSON is UTF-8; what was saved on a Chinese Windows is GB 18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("not_json", _("The file is no JSON, or was cut off."), line=1)

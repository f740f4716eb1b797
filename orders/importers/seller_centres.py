"""What exports of seller centres have in common: cells, people, the lines of an order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from opsdesk.exchange import sheets, values
from opsdesk.exchange.importers import Context, Record, Source
from opsdesk.exchange.problems import BadValue, Problem
from opsdesk.exchange.sheets import rejected
from orders.contacts import is_masked
from orders.importers.base import LINES_OF_AN_ORDER, cell_readers, on_line, too_many_lines

# What platforms write into cells that hold nothing.
_NOTHING = {"", "null", "无", "-", "--"}
_PROVINCE = re.compile("[省市区]$|^(?:北京|上海|天津|重庆)$").search
_DISTRICT = re.compile("[区县市旗镇乡岛域]$|街道$").search


class PlatformSheet(sheets.Sheet):
    """The rows of an export. What only looks like a value is none: `null`, a lonely apostrophe."""

    def __init__(
        self, source: Source, context: Context, more: dict[str, Callable[[str], Any]]
    ) -> None:
        readers = {**cell_readers(context), "state": partial(values.text, limit=40), **more}
        super().__init__(source, {name: _filled(read) for name, read in readers.items()})

    def told(self, cells: list[str]) -> tuple[dict[str, Any], Problem | None]:
        """What the row tells, and what is wrong with it."""
        data: dict[str, Any] = {}
        problem = self.read(cells, data)
        return {name: value for name, value in data.items() if value is not None}, problem


def _filled(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def read_filled(cell: str) -> Any:
        bare = values.trim(cell).removeprefix("'").strip()
        return None if bare in _NOTHING else read(bare)

    return read_filled


@dataclass
class Group:
    """The lines of one order, wherever they stand in the file; `told` holds what each says."""

    first: int
    rows: list[list[str]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    problem: Problem | None = None


def read_groups(
    sheet: PlatformSheet, required: Iterable[str]
) -> tuple[list[Record], dict[str, Group]]:
    """The rows that belong to no order, rejected; and order number → its lines.

    What is wrong with a line is wrong with its order.
    """
    strays: list[Record] = []
    groups: dict[str, Group] = {}
    with sheet.table.rows() as rows:
        next(rows)
        for line, cells in rows:
            number, problem = _number(sheet, cells)
            if problem is not None:
                strays.append(rejected(line, "", cells, problem))
            else:
                _add(sheet, groups.setdefault(number, Group(line)), line, cells, required)
    return strays, groups


def _number(sheet: PlatformSheet, cells: list[str]) -> tuple[str, Problem | None]:
    fitting = sheet.fit_all(cells)
    if fitting is None:
        return "", sheet.ragged(cells)
    index = sheet.positions["order_number"]
    try:
        number = values.identifier(fitting[index])
    except BadValue as error:
        return "", sheet.problem(error, index)
    return number, None if number else sheet.missing("order_number")


def _add(
    sheet: PlatformSheet, group: Group, line: int, cells: list[str], required: Iterable[str]
) -> None:
    if group.problem is None:
        told, problem = sheet.told(sheet.fit_all(cells) or [])
        problem = problem or _unwanted(group, cells)
        problem = problem or next(
            (sheet.missing(name) for name in required if name not in told), None
        )
        group.problem = problem and on_line(problem, line, group.first)
        group.told.append(told)
    if len(group.rows) < LINES_OF_AN_ORDER:
        group.rows.append(cells)


def _unwanted(group: Group, cells: list[str]) -> Problem | None:
    if len(group.rows) == LINES_OF_AN_ORDER:
        return too_many_lines()
    if cells in group.rows:
        return Problem(
            "repeated_line",
            "",
            _(
                "The line is the same as an earlier one of this order. Delete it, or add up the "
                "quantities."
            ),
        )
    return None


def merged(
    sheet: PlatformSheet, group: Group, of_a_line: Collection[str]
) -> tuple[dict[str, Any], Problem | None]:
    """What the lines say of the order as a whole: the same on each, or empty on some."""
    data: dict[str, Any] = {}
    for told in group.told:
        for name, value in told.items():
            if name not in of_a_line and data.setdefault(name, value) != value:
                return data, Problem(
                    "contradicting_lines",
                    sheet.column(name),
                    _("An earlier line of this order says something else. They must be the same."),
                )
    return data, None


def tell_people(data: dict[str, Any]) -> None:
    """A buyer known by a masked name is nobody we could tell from another; `address` is split."""
    if is_masked(data.get("customer", "")):
        del data["customer"]
    if "region" not in data and "address" in data:
        region, address = split_region(data["address"])
        data |= {"region": region, "address": address} if region else {}


def split_region(text: str) -> tuple[str, str]:
    """浙江省 杭州市 余杭区 文一西路 969号 → province, city, district; and the rest.

    No region where it isn't plainly one: it is shown to everybody, a street is not.
    """
    parts = text.split(maxsplit=3)
    if len(parts) == 4 and _PROVINCE(parts[0]) and _DISTRICT(parts[2]):
        return " ".join(parts[:3]), parts[3]
    return "", text

"""Values out of a platform's JSON, strictly: what is not certain is refused with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from opsdesk.exchange import values
from opsdesk.exchange.problems import BadValue

CENT = Decimal("0.01")
ZERO = Decimal(0)
_TEN_YEARS_BEFORE_THE_WEB = 1990
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffd\ufeff]+")


class BadField(BadValue):
    """A field of the document can't be taken as it stands; `field` is where it stands."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Node:
    """An object of the document and its place in it. Absent fields, and null, read as empty.

    `latest` is the last moment that is believable. Every reader raises BadField.
    """

    content: Mapping[str, Any]
    latest: datetime
    path: str = ""

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def bad(self, name: str, code: str, message: str) -> BadField:
        return BadField(self.at(name), code, message)

    def text(self, name: str, *, limit: int) -> str:
        """Free text on one line, as much of it as fits: no order is lost for what a buyer wrote."""
        value = self.content.get(name)
        if value is None or isinstance(value, dict | list | bool):
            return ""
        return _CONTROL.sub(" ", str(value)).strip()[:limit].rstrip()

    def identifier(self, name: str) -> str:
        """A number or code; empty where there is none."""
        value = self.content.get(name)
        if value is None or isinstance(value, dict | list | bool | float):
            return ""
        try:
            return values.identifier(str(value))
        except BadValue as error:
            raise self.bad(name, error.code, error.message) from error

    def money(self, name: str) -> Decimal:
        """An amount, to the cent; 0 where there is none. Raises for one below 0."""
        value = self.content.get(name)
        if value in (None, ""):
            return ZERO
        try:
            amount = Decimal(str(value))
            if not isinstance(value, bool) and 0 <= amount < 10**12:
                return amount.quantize(CENT, ROUND_HALF_UP)
        except InvalidOperation:
            pass
        raise self.bad(
            name, "not_an_amount", _("“%(value)s” is no amount.") % {"value": str(value)[:40]}
        )

    def whole(self, name: str) -> int:
        """Pieces; 0 where there are none."""
        value = self.content.get(name)
        if value is None:
            return 0
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**7:
            return value
        raise self.bad(
            name,
            "not_a_quantity",
            _("“%(value)s” is no number of pieces.") % {"value": str(value)[:40]},
        )

    def moment(self, name: str) -> datetime | None:
        """In UTC; one without an offset is meant in UTC. None where there is none."""
        value = self.content.get(name)
        if value in (None, ""):
            return None
        try:
            moment = datetime.fromisoformat(str(value))
            moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.bad(
                name,
                "not_a_moment",
                _("“%(value)s” is no date and time.") % {"value": str(value)[:40]},
            ) from error
        if moment.year < _TEN_YEARS_BEFORE_THE_WEB or moment > self.latest:
            raise self.bad(
                name,
                "no_such_moment",
                _("“%(value)s” can't be right.") % {"value": str(value)[:40]},
            )
        return moment

    def required_moment(self, name: str) -> datetime:
        moment = self.moment(name)
        if moment is None:
            raise self.missing(name)
        return moment

    def missing(self, name: str) -> BadField:
        return self.bad(name, "missing_value", _("It is missing."))

    def node(self, name: str) -> Node:
        value = self.content.get(name)
        return Node(value if isinstance(value, dict) else {}, self.latest, self.at(name))

    def each(self, name: str) -> list[Node]:
        value = self.content.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.bad(name, "not_a_list", _("This should be a list of objects."))
        return [
            Node(each, self.latest, f"{self.at(name)}[{index}]") for index, each in enumerate(value)
        ]


def check_currency(document: Node, currency: str) -> None:
    """Amounts are never reckoned from one currency into another."""
    theirs = document.text("currency", limit=3)
    if theirs != currency:
        raise document.bad(
            "currency",
            "other_currency",
            _("The order is in %(theirs)s, the store keeps its books in %(ours)s.")
            % {"theirs": theirs or "?", "ours": currency},
        )


def code_without_sku(platform: str, line: Node, *names: str) -> str:
    """The same code for the same article each time it comes without one of the store's own."""
    for name in names:
        known = line.identifier(name)
        if known not in ("", "0"):
            return f"{platform}-{known}"
    title = line.text("title", limit=200) or line.text("name", limit=200)
    return f"{platform}-{hashlib.sha256(title.encode()).hexdigest()[:12]}"


def joined(*parts: str) -> str:
    """Parts of an address, each once, blanks left out."""
    return " ".join(dict.fromkeys(part for part in parts if part))


def fact(kind: str, at: datetime, **more: Any) -> dict[str, Any]:
    """As it is staged; see `records.fact_of`."""
    return {"kind": kind, "at": at.isoformat(), **{k: v for k, v in more.items() if v is not None}}

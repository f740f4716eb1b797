"""An order on its way from a file: plain JSON in a staged row, a draft when it is applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from opsdesk.exchange.problems import BadValue
from orders.services.drafts import Fact, LineDraft, OrderDraft

MOMENTS = ("placed_at", "paid_at", "confirmed_at", "shipped_at", "delivered_at", "cancelled_at")
AMOUNTS = (
    "total_amount",
    "freight_amount",
    "discount_amount",
    "paid_amount",
    "refunded_amount",
)
# Beside the draft's fields: code, column and reason of what should be known of an order taken.
REMARK = "remark"
_ZERO = Decimal(0)


def _lines(rows: list[list[Any]]) -> tuple[LineDraft, ...]:
    return tuple(
        LineDraft(code, quantity, Decimal(price), Decimal(amount), title)
        for code, quantity, price, amount, title, *_rest in rows
    )


def _facts(rows: list[dict[str, Any]]) -> tuple[Fact, ...]:
    return tuple(fact_of(row) for row in rows)


def fact_of(row: Mapping[str, Any]) -> Fact:
    """A fact as it was staged: absent fields are empty."""
    read = {"at": datetime.fromisoformat, "delivered_at": datetime.fromisoformat, "amount": Decimal}
    return Fact(**{name: read.get(name, _as_it_is)(value) for name, value in row.items()})


def _as_it_is(value: Any) -> Any:
    return value


# How the JSON of a field becomes the draft's value; other fields are text as they are.
_READ: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(MOMENTS, datetime.fromisoformat),
    **dict.fromkeys(AMOUNTS, Decimal),
    "lines": _lines,
    "deliver_by": datetime.fromisoformat,
    "stated_at": datetime.fromisoformat,
    "facts": _facts,
}


def draft_of(number: str, data: Mapping[str, Any]) -> OrderDraft:
    """The draft of a staged order. `data` is keyed by the draft's fields; absent ones are empty."""
    values = {
        field: _READ[field](value) if field in _READ else value
        for field, value in data.items()
        if field != REMARK
    }
    return OrderDraft(number, is_amount_only="lines" not in values, **values)


class Inconsistent(BadValue):
    """Two fields of an order contradict each other; `field` is the one to look at."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(code, message)
        self.field = field


def complete(data: dict[str, Any]) -> None:
    """Fill in what follows from the other fields, and refuse what contradicts them.

    Without a total it is the lines' sum plus freight less discount. What is paid without an
    amount is paid in full. What was delivered was shipped, then at the latest.
    """
    if "total_amount" not in data:
        data["total_amount"] = _total_of_lines(data)
    if "paid_at" in data:
        data.setdefault("paid_amount", data["total_amount"])
    elif Decimal(data.get("paid_amount", _ZERO)):
        raise Inconsistent(
            "paid_amount",
            "paid_without_moment",
            _("The order is paid, but the moment of payment is missing."),
        )
    if "refunded_amount" in data:
        _check_refund(data)
    if "delivered_at" in data:
        data.setdefault("shipped_at", data["delivered_at"])
    _check_moments(data)


def _total_of_lines(data: Mapping[str, Any]) -> str:
    if not data.get("lines"):
        raise Inconsistent("total_amount", "missing_value", _("The total is missing."))
    total = sum((Decimal(line[3]) for line in data["lines"]), _ZERO)
    total += Decimal(data.get("freight_amount", _ZERO))
    total -= Decimal(data.get("discount_amount", _ZERO))
    if total < 0:
        raise Inconsistent(
            "discount_amount", "negative", _("The discount is larger than the order.")
        )
    return f"{total:.2f}"


def _check_refund(data: Mapping[str, Any]) -> None:
    if Decimal(data["refunded_amount"]) > Decimal(data.get("paid_amount", _ZERO)):
        raise Inconsistent(
            "refunded_amount",
            "refunded_too_much",
            _("More was refunded (%(refunded)s) than was paid (%(paid)s).")
            % {"refunded": data["refunded_amount"], "paid": data.get("paid_amount", "0")},
        )


def _check_moments(data: Mapping[str, Any]) -> None:
    placed = data["placed_at"]
    for field in MOMENTS[1:]:
        moment = data.get(field)
        # Text compares as the moments do, unless the clocks changed in between.
        if (
            moment
            and moment < placed
            and datetime.fromisoformat(moment) < datetime.fromisoformat(placed)
        ):
            raise Inconsistent(
                field,
                "before_placed",
                _("%(moment)s is before the order was placed (%(placed)s).")
                % {"moment": moment, "placed": placed},
            )

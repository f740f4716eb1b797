"""What a platform's one word for an order means for its moments and its money.

Platforms tell a state and few moments. Where a moment is missing that the state implies, it is the
last one the export knows: history is neither dated later than it was, nor counted as late.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from django.utils.translation import gettext as _

from opsdesk.exchange.problems import BadValue
from orders.importers.records import MOMENTS, REMARK, Inconsistent


class Standing(Enum):
    """How far an order is; `CLOSED` came to nothing, whatever was paid for it went back."""

    UNPAID = auto()
    PAID = auto()
    SHIPPED = auto()
    FINISHED = auto()
    CLOSED = auto()


def settle(data: dict[str, Any], standing: Standing, *, pays_on_delivery: bool = False) -> None:
    """Moments and money of the order are those of its standing.

    `data` holds what the export tells, `closed_at` among it if it is known. Raises Inconsistent
    for an order that is paid at no known moment, unless it is paid for at the door.
    """
    closed_at = data.pop("closed_at", None)
    if standing is Standing.UNPAID or (pays_on_delivery and standing is Standing.PAID):
        _forget(data, "paid_at", "paid_amount", "refunded_amount", "shipped_at", "delivered_at")
    elif standing is Standing.CLOSED:
        _close(data, closed_at)
    else:
        _move_on(data, standing, pays_on_delivery=pays_on_delivery)


def _move_on(data: dict[str, Any], standing: Standing, *, pays_on_delivery: bool) -> None:
    if not pays_on_delivery and "paid_at" not in data:
        raise Inconsistent(
            "paid_at", "missing_value", _("The order is paid, but the moment of payment is empty.")
        )
    if standing is Standing.PAID:
        _forget(data, "shipped_at", "delivered_at")
        return
    data.setdefault("shipped_at", last_moment(data, before="delivered_at"))
    if standing is Standing.SHIPPED:
        _forget(data, "delivered_at")
    else:
        data.setdefault("delivered_at", last_moment(data))
        if pays_on_delivery:
            data.setdefault("paid_at", data["delivered_at"])
    if "paid_at" not in data:
        _forget(data, "paid_amount", "refunded_amount")


def _close(data: dict[str, Any], closed_at: str | None) -> None:
    """Goods that had left are on their way back and stay shipped; else the order is cancelled."""
    if "paid_at" in data:
        data.setdefault("paid_amount", data["total_amount"])
        data["refunded_amount"] = data["paid_amount"]
    else:
        _forget(data, "paid_amount", "refunded_amount")
    if "shipped_at" not in data:
        _forget(data, "delivered_at")
        data["cancelled_at"] = closed_at or last_moment(data)


def last_moment(data: Mapping[str, Any], *, before: str = "") -> str:
    """The last of the moments told, that of `before` and later ones left out."""
    known = MOMENTS[: MOMENTS.index(before)] if before else MOMENTS
    return max((data[name] for name in known if name in data), key=datetime.fromisoformat)


def _forget(data: dict[str, Any], *fields: str) -> None:
    for field in fields:
        data.pop(field, None)


def read_standing(word: str, words: Mapping[str, Standing]) -> Standing:
    """The standing a platform's word means. Raises BadValue for a word nobody has explained."""
    found = words.get(word)
    if found is None:
        raise BadValue(
            "unknown_state",
            _("“%(value)s” is no state of an order that is known. Known: %(known)s.")
            % {"value": word[:40], "known": ", ".join(words)},
        )
    return found


def remark(data: dict[str, Any], code: str, field: str, reason: str) -> None:
    """The order is taken and this should be known of it; the first remark is the one told."""
    data.setdefault(REMARK, [code, field, reason])


def check_lines(data: dict[str, Any], *, field: str) -> None:
    """Discount is what the articles and freight cost beyond the total; a total above them is told.

    Needs `total_amount` and `lines`. `field` is what the file calls its total.
    """
    goods = sum((Decimal(line[3]) for line in data["lines"]), Decimal(0))
    freight = Decimal(data.get("freight_amount", "0"))
    total = Decimal(data["total_amount"])
    discount = goods + freight - total
    data["discount_amount"] = f"{max(discount, Decimal(0)):.2f}"
    if discount < 0:
        remark(
            data,
            "wrong_total",
            field,
            _("The total %(total)s is more than articles %(goods)s and freight %(freight)s.")
            % {"total": f"{total:.2f}", "goods": f"{goods:.2f}", "freight": f"{freight:.2f}"},
        )

"""Small ledgers, and what CAT-8 makes of them in slow and obvious Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from catalog.models import StockLevel, StockMovement

Kind = StockMovement.Kind
STATES = {
    Kind.RECEIVE: ("", "available"),
    Kind.RESERVE: ("available", "reserved"),
    Kind.RELEASE: ("reserved", "available"),
    Kind.SHIP: ("reserved", "shipped"),
    "ship unreserved": ("available", "shipped"),
}


@dataclass(frozen=True)
class Line:
    """So many pieces at a moment; `what` is a kind, or a shipment of what was not reserved."""

    at: datetime
    what: str
    pieces: int


def possible(lines: list[Line]) -> list[Line]:
    """In the order of time, each as far as there are pieces for it."""
    balance = {"": 10**9, "available": 0, "reserved": 0, "shipped": 0}
    done = []
    for line in sorted(lines, key=lambda line: line.at):
        source, target = STATES[line.what]
        pieces = min(line.pieces, balance[source])
        if pieces:
            balance[source] -= pieces
            balance[target] += pieces
            done.append(Line(line.at, line.what, pieces))
    return done


def write(lines: list[Line], *, sku: Any, warehouse: Any) -> None:
    """The ledger of these lines, and the balances that equal it."""
    level = StockLevel(sku=sku, warehouse=warehouse)
    for line in lines:
        source, target = STATES[line.what]
        for state, sign in ((source, -1), (target, 1)):
            if state:
                setattr(level, state, getattr(level, state) + sign * line.pieces)
        StockMovement.objects.create(
            sku=sku,
            warehouse=warehouse,
            kind=Kind.SHIP if line.what == "ship unreserved" else line.what,
            from_state=source,
            to_state=target,
            quantity=line.pieces,
            at=line.at,
        )
    level.save()


def change(line: Line) -> int:
    source, target = STATES[line.what]
    return line.pieces * ((target == "available") - (source == "available"))


def demand(lines: list[Line]) -> int:
    sign = {Kind.RESERVE: 1, "ship unreserved": 1, Kind.RELEASE: -1}
    return sum(sign.get(line.what, 0) * line.pieces for line in lines)


def measured(
    lines: list[Line],
    *,
    store: Any,
    at: datetime,
    window: int = 28,
    spike: int = 5,
    least: int = 7,
    known: Decimal | None = None,
) -> dict[str, Any]:
    """What the row of this place says, day by day as a person would work it out."""
    today = store.business_date(at)
    counted, sold = 0, []
    for back in range(window, 0, -1):
        day: date = today - timedelta(days=back)
        of_day = [line for line in lines if store.business_date(line.at) == day]
        before = sum(change(line) for line in lines if store.business_date(line.at) < day)
        arrived = any(change(line) > 0 for line in of_day)
        if before > 0 or arrived:
            counted += 1
        sold.append(demand(of_day))
    selling = [pieces for pieces in sold if pieces > 0]
    most = Fraction(median(selling)) * spike if selling else Fraction(10**9)
    total = sum(max(min(Fraction(pieces), most), -most) for pieces in sold)
    average = max(total / max(counted, least), Fraction(0))
    if counted < least and known is not None:
        average = max(average, Fraction(known))
    rounded = _round(average, "0.001")
    available = sum(change(line) for line in lines if line.at < at)
    return {
        "average": rounded,
        "days_counted": counted,
        "safety_stock": int((rounded * 3 * Decimal("1.2")).to_integral_value(ROUND_CEILING)),
        "available": available,
        "cover_days": min(_round(Fraction(available) / Fraction(rounded), "0.1"), Decimal(9999))
        if rounded
        else Decimal(9999),
    }


def _round(value: Fraction, to: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(to), ROUND_HALF_UP)

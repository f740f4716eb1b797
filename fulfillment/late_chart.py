"""The share of orders that left late, day by day, as bars under the line of the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from fulfillment.shipping_figures import rate

WIDTH, HEIGHT, FOOT, HEAD = 720, 160, 18, 10
# The target is seen, however low all bars are.
LEAST_TOP = Decimal(2)


@dataclass(frozen=True)
class Bar:
    """A day in the coordinates of the drawing."""

    x: float
    y: float
    width: float
    height: float
    tip: str
    is_over: bool


@dataclass(frozen=True)
class Drawing:
    """`target` is the height of its line, `ends` are the days at both edges, `top` the share at the
    upper edge."""

    bars: Sequence[Bar]
    target: float
    ends: tuple[str, str]
    top: str
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT


def draw(days: Sequence[tuple[date, int, int]], most: Decimal) -> Drawing:
    """A day on which nothing left has no bar."""
    shares = [(day, of, late, rate(late, of) or Decimal(0)) for day, of, late in days]
    top = max(most * LEAST_TOP, *(share for *_rest, share in shares), Decimal(1))
    step, room = WIDTH / len(days), HEIGHT - FOOT - HEAD

    def above(share: Decimal) -> float:
        return round(HEIGHT - FOOT - float(share / top) * room, 1)

    bars = [
        Bar(
            x=round(index * step + step * 0.16, 1),
            y=above(share),
            width=round(step * 0.68, 1),
            height=round(HEIGHT - FOOT - above(share), 1),
            tip=_("%(day)s: %(late)s of %(all)s late, %(share)s %%")
            % {"day": _day(day), "late": late, "all": of, "share": share},
            is_over=share >= most,
        )
        for index, (day, of, late, share) in enumerate(shares)
    ]
    return Drawing(bars, above(most), (_day(days[0][0]), _day(days[-1][0])), f"{top:.0f} %")


def _day(day: date) -> str:
    return date_format(day, "m-d", use_l10n=False)

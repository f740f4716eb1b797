"""What a SKU sold day by day, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

WIDTH, HEIGHT, FOOT, HEAD = 420, 110, 18, 10


@dataclass(frozen=True)
class Bar:
    """A day in the coordinates of the drawing."""

    x: float
    y: float
    width: float
    height: float
    tip: str


@dataclass(frozen=True)
class Drawing:
    """`ends` are the days at the left and the right edge, `most` the pieces of the highest bar."""

    bars: Sequence[Bar]
    ends: tuple[str, str]
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT


def draw(days: Sequence[tuple[date, int]]) -> Drawing:
    """Heights start at zero; a day on which more came back than was sold has none."""
    step = WIDTH / len(days)
    most = max(1, *(pieces for _day, pieces in days))
    bars = []
    for index, (day, pieces) in enumerate(days):
        tall = max(pieces, 0) / most * (HEIGHT - FOOT - HEAD)
        bars.append(
            Bar(
                x=round(index * step + step * 0.16, 1),
                y=round(HEIGHT - FOOT - tall, 1),
                width=round(step * 0.68, 1),
                height=round(tall, 1),
                tip=f"{_day(day)}: {pieces}",
            )
        )
    return Drawing(bars, (_day(days[0][0]), _day(days[-1][0])), most)


def _day(day: date) -> str:
    return date_format(day, "m-d", use_l10n=False)

"""Bars and a line as plain SVG: no script, prints well, follows the colour theme."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.utils.formats import date_format

from opsdesk.desk.cards import Chart, Day

WIDTH, HEIGHT, FOOT, HEAD = 420, 150, 18, 10


@dataclass(frozen=True)
class Bar:
    """A day's column in the coordinates of the drawing."""

    day: Day
    x: float
    y: float
    width: float
    height: float
    middle: float
    dot: float
    left: float
    step: float
    is_last: bool
    labelled: bool

    @property
    def label(self) -> str:
        return date_format(self.day.date, "m-d", use_l10n=False)

    @property
    def tip(self) -> str:
        line = "" if self.day.is_gap else f" · {self.day.line}"
        return f"{self.label}: {self.day.bar_text}{line}"


@dataclass(frozen=True)
class Drawing:
    chart: Chart
    bars: list[Bar]
    lines: list[str]
    highest: Decimal

    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT


def draw(chart: Chart) -> Drawing:
    """Lay the days out; both scales start at zero and end at their own highest day."""
    step = WIDTH / max(len(chart.days), 1)
    room = HEIGHT - FOOT - HEAD
    highest = max((day.bar for day in chart.days), default=Decimal(0))
    most = max((day.line for day in chart.days), default=0)
    # So that the days' names keep apart.
    every = max(3, -(-len(chart.days) // 10))
    bars = []
    for index, day in enumerate(chart.days):
        tall = float(day.bar / highest) * room if highest else 0.0
        dot = HEIGHT - FOOT - (day.line / most * room if most else 0)
        bars.append(
            Bar(
                day=day,
                x=round(index * step + step * 0.16, 1),
                y=round(HEIGHT - FOOT - tall, 1),
                width=round(step * 0.68, 1),
                height=round(tall, 1),
                middle=round(index * step + step / 2, 1),
                dot=round(dot, 1),
                left=round(index * step, 1),
                step=round(step, 1),
                is_last=index == len(chart.days) - 1,
                labelled=(len(chart.days) - 1 - index) % every == 0,
            )
        )
    return Drawing(chart=chart, bars=bars, lines=_lines(bars), highest=highest)


def _lines(bars: list[Bar]) -> list[str]:
    """The line, broken where nothing is known."""
    parts = groupby(bars, key=lambda bar: bar.day.is_gap)
    return [
        " ".join(f"{bar.middle},{bar.dot}" for bar in part) for is_gap, part in parts if not is_gap
    ]

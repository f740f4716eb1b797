"""A figure's history as plain SVG: its line, the industry's, and the band of what is usual."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil, floor

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from opsdesk.readings.figures import Figure, Measure
from opsdesk.readings.ranges import Range

WIDTH, HEIGHT, FOOT, HEAD = 720, 170, 18, 14
# Below this share of the highest value the scale begins at nought.
LOW_SHARE = Decimal("0.5")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Point:
    """A day of a figure: nothing where nobody told it."""

    day: date
    value: Decimal | None = None
    industry: Decimal | None = None
    usual: Range | None = None

    @property
    def is_unusual(self) -> bool:
        return self.value is not None and self.usual is not None and self.value not in self.usual


@dataclass(frozen=True)
class Spot:
    """A day in the coordinates of the drawing; it is pointed at from `left` on."""

    x: float
    y: float | None
    left: float
    tip: str
    is_unusual: bool


@dataclass(frozen=True)
class Drawing:
    """Lines and bands are points of polylines and polygons, broken where days have nothing."""

    spots: Sequence[Spot]
    lines: Sequence[str]
    industry: Sequence[str]
    bands: Sequence[str]
    ends: tuple[str, str]
    top: str
    bottom: str
    step: float
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT
    head: int = HEAD


def draw(points: Sequence[Point], figure: Figure, currency: str) -> Drawing | None:
    """The oldest day first; None where no day has a value."""
    low, high = _scale(points)
    if high is None or low is None:
        return None
    step, room = WIDTH / len(points), HEIGHT - FOOT - HEAD

    def across(index: int) -> float:
        return round(index * step + step / 2, 1)

    def up(value: Decimal) -> float:
        return round(HEIGHT - FOOT - float((value - low) / (high - low)) * room, 1)

    def line(value_of: Callable[[Point], Decimal | None]) -> list[str]:
        places = [
            None if (value := value_of(point)) is None else f"{across(index)},{up(value)}"
            for index, point in enumerate(points)
        ]
        return [" ".join(stretch) for stretch in _stretches(places)]

    return Drawing(
        spots=[
            Spot(
                x=across(index),
                y=None if point.value is None else up(point.value),
                left=round(index * step, 1),
                tip=_tip(point, figure, currency),
                is_unusual=point.is_unusual,
            )
            for index, point in enumerate(points)
        ],
        lines=line(lambda point: point.value),
        industry=line(lambda point: point.industry),
        bands=_bands(points, across, up),
        ends=(_day(points[0].day), _day(points[-1].day)),
        top=figure.shown(high.quantize(_CENT), currency),
        bottom=figure.shown(low.quantize(_CENT), currency),
        step=round(step, 1),
    )


def _scale(points: Sequence[Point]) -> tuple[Decimal | None, Decimal | None]:
    values = [
        value
        for point in points
        for value in (point.value, point.industry, *_edges(point.usual))
        if value is not None
    ]
    if all(point.value is None for point in points):
        return None, None
    low, high = min(values), max(values)
    if low < high * LOW_SHARE:
        low = Decimal(0)
    return (low, high) if high > low else (low - low / 10, high + max(high / 10, Decimal(1)))


def _edges(usual: Range | None) -> tuple[Decimal, ...]:
    return (usual.low, usual.high) if usual else ()


def _stretches(places: Sequence[str | None]) -> list[list[str]]:
    """Runs of days that have something, at least two long: one alone is no line."""
    found: list[list[str]] = [[]]
    for place in places:
        if place is None:
            found.append([])
        else:
            found[-1].append(place)
    return [stretch for stretch in found if len(stretch) > 1]


def _bands(
    points: Sequence[Point], across: Callable[[int], float], up: Callable[[Decimal], float]
) -> list[str]:
    highs = [f"{across(n)},{up(p.usual.high)}" if p.usual else None for n, p in enumerate(points)]
    lows = [f"{across(n)},{up(p.usual.low)}" if p.usual else None for n, p in enumerate(points)]
    pairs = zip(_stretches(highs), _stretches(lows), strict=True)
    return [" ".join([*above, *reversed(below)]) for above, below in pairs]


def usual_words(usual: Range | None, figure: Figure, currency: str) -> str:
    if usual is None:
        return "—"
    low, high = usual.low, usual.high
    if figure.measure == Measure.COUNT:  # the whole numbers between them
        low, high = (Decimal(ceil(low)), Decimal(floor(high))) if ceil(low) <= high else (low, high)
    low, high = low.quantize(_CENT), high.quantize(_CENT)
    return f"{figure.shown(low, currency)} – {figure.shown(high, currency)}"


def _tip(point: Point, figure: Figure, currency: str) -> str:
    words = f"{_day(point.day)}: {figure.shown(point.value, currency)}"
    if point.usual:
        usual = usual_words(point.usual, figure, currency)
        words += " · " + _("usual %(range)s") % {"range": usual}
    if point.industry is not None:
        industry = figure.shown(point.industry, currency)
        words += " · " + _("industry %(value)s") % {"value": industry}
    return words


def _day(day: date) -> str:
    return date_format(day, "m-d", use_l10n=False)

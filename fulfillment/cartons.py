"""Which boxes hold so many pieces, and how they lie in them (FUL-6). Knows no tables.

A heuristic, as every packer's: the largest pieces first, each at the lowest, then rearmost, then
leftmost corner where it fits, turned as it fits best (extreme points). What it proposes is sound:
nothing overlaps, sticks out or is too heavy, and every piece is in one box. That no smaller box
would do, it doesn't promise. The same pieces always give the same answer. Lengths are millimetres,
weights grams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import permutations
from math import prod
from typing import Any

Size = tuple[int, int, int]
Point = tuple[int, int, int]


@dataclass(frozen=True)
class Piece:
    """One piece as it is packed, its padding included. An `upright` one only turns on its foot.

    Pieces of a `group` don't go into a box with those that are `not_with` it.
    """

    sku_id: int
    size: Size
    grams: int
    upright: bool = False
    group: str = ""
    not_with: frozenset[str] = frozenset()

    @property
    def volume(self) -> int:
        return prod(self.size)

    @property
    def ways(self) -> list[Size]:
        """How it may lie, the flattest first."""
        length, width, height = self.size
        if self.upright:
            return sorted({(length, width, height), (width, length, height)})
        return sorted(set(permutations(self.size)), key=lambda size: (size[2], size[1], size[0]))

    def bears(self, other: Piece) -> bool:
        return other.group not in self.not_with and self.group not in other.not_with


@dataclass(frozen=True)
class Carton:
    """A kind of box: what it holds, how much it bears, what it weighs and costs itself."""

    box_id: int
    code: str
    inner: Size
    most_grams: int
    own_grams: int
    cost: Decimal

    @property
    def volume(self) -> int:
        return prod(self.inner)


@dataclass(frozen=True)
class Placed:
    """A piece in a box: its lower rear left corner, and its size as it lies."""

    piece: Piece
    at: Point
    size: Size

    @property
    def ends(self) -> Point:
        return (self.at[0] + self.size[0], self.at[1] + self.size[1], self.at[2] + self.size[2])

    def overlaps(self, at: Point, size: Size) -> bool:
        ends = self.ends
        return all(at[i] < ends[i] and self.at[i] < at[i] + size[i] for i in range(3))


@dataclass
class Filled:
    """A box with what is in it."""

    carton: Carton
    placed: list[Placed] = field(default_factory=list)

    @property
    def grams(self) -> int:
        """With the box itself."""
        return self.carton.own_grams + self.load

    @property
    def load(self) -> int:
        return sum(each.piece.grams for each in self.placed)


def pack(pieces: Iterable[Piece], cartons: Iterable[Carton]) -> tuple[list[Filled], list[Piece]]:
    """The boxes with all that fits into any, and the pieces that fit into none.

    One box where one will do, the cheapest, then the smallest; else the one that takes most first.
    """
    waiting = sorted(pieces, key=_largest_first)
    choice = sorted(cartons, key=lambda carton: (carton.cost, carton.volume, carton.code))
    fitting = [piece for piece in waiting if any(_fill(c, [piece]).placed for c in choice)]
    too_large = [piece for piece in waiting if piece not in fitting]
    filled = []
    while fitting:
        best = _one_for_all(fitting, choice) or _fullest(fitting, choice)
        filled.append(best)
        fitting = _without(fitting, best)
    return filled, too_large


def _largest_first(piece: Piece) -> tuple[Any, ...]:
    """Down to the last difference, so that the order they come in is none."""
    kept_apart = (piece.group, sorted(piece.not_with))
    sizes = (-piece.volume, -max(piece.size), piece.size)
    return (*sizes, -piece.grams, piece.sku_id, piece.upright, *kept_apart)


def _one_for_all(pieces: Sequence[Piece], choice: Sequence[Carton]) -> Filled | None:
    volume, grams = sum(p.volume for p in pieces), sum(p.grams for p in pieces)
    for carton in choice:
        if carton.volume >= volume and carton.most_grams >= grams:
            filled = _fill(carton, pieces, whole=True)
            if len(filled.placed) == len(pieces):
                return filled
    return None


def _fullest(pieces: Sequence[Piece], choice: Sequence[Carton]) -> Filled:
    """The box that takes the most room of them; what it took may fit into a cheaper one."""
    tried = [_fill(carton, pieces) for carton in choice]
    best = max(tried, key=lambda one: (sum(p.piece.volume for p in one.placed), -one.carton.volume))
    return _one_for_all([each.piece for each in best.placed], choice) or best


def _without(pieces: Sequence[Piece], filled: Filled) -> list[Piece]:
    left = list(pieces)
    for each in filled.placed:
        left.remove(each.piece)
    return left


def _fill(carton: Carton, pieces: Sequence[Piece], *, whole: bool = False) -> Filled:
    """What of the pieces, taken in this order, goes into the box; `whole` gives up at the first
    that does not."""
    filled, corners, load = Filled(carton), {(0, 0, 0)}, 0
    refused: set[Piece] = set()
    for piece in pieces:
        found = None
        if piece not in refused and load + piece.grams <= carton.most_grams:
            found = _place(carton.inner, filled.placed, corners, piece)
        if found is None:
            refused.add(piece)  # The like of it won't fit either: room only gets less.
            if whole:
                break
            continue
        load += piece.grams
        corners = _corners_after(corners, filled.placed, found)
        filled.placed.append(found)
    return filled


def _place(
    inner: Size, placed: Sequence[Placed], corners: Iterable[Point], piece: Piece
) -> Placed | None:
    if not all(piece.bears(each.piece) for each in placed):
        return None
    for at in sorted(corners, key=lambda point: (point[2], point[1], point[0])):
        for size in piece.ways:
            inside = all(at[i] + size[i] <= inner[i] for i in range(3))
            if inside and not any(each.overlaps(at, size) for each in placed):
                return Placed(piece, at, size)
    return None


def _corners_after(corners: set[Point], placed: Sequence[Placed], new: Placed) -> set[Point]:
    """Where something may stand now: behind, beside and above the new piece, slid back as far as it
    goes."""
    ends, at = new.ends, new.at
    fresh = set()
    for axis in range(3):
        start = [at[i] for i in range(3)]
        start[axis] = ends[axis]
        fresh.add(tuple(start))
        for slide in range(3):
            if slide != axis:
                fresh.add(_slid(tuple(start), slide, placed))
    others = {point for point in corners if not _covers(new, point)}
    return others | {point for point in fresh if not any(_covers(p, point) for p in placed)}


def _slid(point: tuple[int, ...], axis: int, placed: Sequence[Placed]) -> Point:
    """The point moved towards the wall, to the nearest piece that stands in its way."""
    i, j = (other for other in range(3) if other != axis)
    stops = [
        each.ends[axis]
        for each in placed
        if each.ends[axis] <= point[axis]
        and each.at[i] <= point[i] < each.ends[i]
        and each.at[j] <= point[j] < each.ends[j]
    ]
    moved = list(point)
    moved[axis] = max(stops, default=0)
    return (moved[0], moved[1], moved[2])


def _covers(placed: Placed, point: tuple[int, ...]) -> bool:
    return all(placed.at[i] <= point[i] < placed.ends[i] for i in range(3))


def padded(piece: Piece, millimetres: int) -> Piece:
    """With so much padding on each of its sides."""
    length, width, height = (side + 2 * millimetres for side in piece.size)
    return replace(piece, size=(length, width, height))

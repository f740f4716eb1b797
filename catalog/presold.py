"""How much of a presale is sold: the chapter that knows orders registers who counts (CAT-11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from catalog.models import PresaleLot


class Presold(NamedTuple):
    """Pieces of a lot that buyers ordered, and how many of them still wait for stock."""

    ordered: int = 0
    waiting: int = 0


# Answers lot id → what buyers ordered, in a fixed number of statements; lots without orders miss.
Reader = Callable[[Sequence["PresaleLot"]], Mapping[int, Presold]]

_readers: list[Reader] = []


def register(reader: Reader) -> None:
    if reader not in _readers:
        _readers.append(reader)


def presold_of(lots: Sequence[PresaleLot]) -> dict[int, Presold]:
    """Lot id → what buyers ordered of it. Of a lot that nobody opened nothing is sold."""
    found = {lot.pk: Presold() for lot in lots}
    opened = [lot for lot in lots if lot.opened_at is not None]
    if opened:
        for reader in _readers:
            found.update(reader(opened))
    return found

"""The way of a picker through the bins: up one aisle, down the next (FUL-1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fulfillment.models import Bin

# Behind every bin: what was not put away is asked for at the end of the walk.
NOWHERE = (1,)


def place_in_walk(place: Bin) -> tuple[Any, ...]:
    """What bins are sorted by: zones by position, aisles ascending, odd ones from the lowest bay
    and even ones from the highest, levels from the floor. The bin comes with its zone."""
    bay = place.bay if place.aisle % 2 else -place.bay
    zone = place.zone
    return (0, zone.position, zone.pk, place.aisle, bay, place.level, place.code)


def walk(places: Iterable[Bin]) -> list[Bin]:
    """Each bin once, in the order in which one comes by."""
    return sorted(set(places), key=place_in_walk)

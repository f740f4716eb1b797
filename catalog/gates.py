"""What keeps a listing from going live: each subject of the chapter registers its own gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from catalog.models import Listing


@dataclass(frozen=True)
class Blocker:
    """One reason, with the clause it stands on and the field that mends it."""

    code: str
    clause: str
    message: str | Promise
    field: str = ""


# Given listings of one store, answers listing id → its blockers, in a fixed number of statements.
Gate = Callable[[Sequence["Listing"], datetime], dict[int, list[Blocker]]]

_gates: list[Gate] = []


def register(*gates: Gate) -> None:
    for gate in gates:
        if gate not in _gates:
            _gates.append(gate)


def blockers_of(
    listings: Sequence[Listing],
    at: datetime,
    *,
    answered: Mapping[Gate, dict[int, list[Blocker]]] | None = None,
) -> dict[int, list[Blocker]]:
    """Listing id → everything that blocks it, gate by gate; an empty list where nothing does.

    What a gate has `answered` already it is not asked again.
    """
    known = answered or {}
    found: dict[int, list[Blocker]] = {listing.pk: [] for listing in listings}
    for gate in _gates:
        answer = known[gate] if gate in known else gate(listings, at)
        for listing_id, blockers in answer.items():
            found[listing_id] += blockers
    return found

"""What comes up by itself: the next inspection, a cut-off, what comes back from a snooze.

The chapters register who tells of it; the desk says it under what is to be done now, and on an
empty desk it is what the person waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from opsdesk.desk.starts import Looker, roles_of
from opsdesk.people import stores_of
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.http import HttpRequest

# More than can be kept in mind is no help.
TOLD = 3


@dataclass(frozen=True)
class Coming:
    """At `at` this happens; `clock` is how the store's own clock says it."""

    at: datetime
    what: str
    clock: str
    link: str = ""


Teller = Callable[[Looker], Iterable[Coming]]

_tellers: list[tuple[frozenset[Role], Teller]] = []


def register(roles: Iterable[Role], tell: Teller) -> None:
    """`tell` takes a fixed number of statements, whatever there is."""
    entry = (frozenset(roles), tell)
    if entry not in _tellers:
        _tellers.append(entry)


def coming_for(request: HttpRequest, at: datetime) -> list[Coming]:
    """The first few things that this person's roles wait for, soonest first."""
    looker = Looker(request, stores_of(request), at)
    mine = set(roles_of(request.user))
    found = [coming for roles, tell in _tellers if roles & mine for coming in tell(looker)]
    return sorted(found, key=lambda coming: (coming.at, coming.what))[:TOLD]

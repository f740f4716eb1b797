"""What rules answer: rows that apps append to tables of theirs anyway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Q
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True)
class Source:
    """A table to which rows are only ever added. `subject` is the path to the id of what they are
    about, `recorded` the column of when a row came.

    `origin()` is the id of the firing that led to a row, or NULL: so that rules know the effects
    of rules. What it can't tell must not be an event.
    """

    code: str
    table: str
    subject: str
    recorded: str
    origin: Callable[[], Combinable] | None = None

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.table)


@dataclass(frozen=True)
class Event:
    """Something that happens to a subject: those rows of the source that `where` selects.

    `title` is said after "When": "an order is paid".
    """

    code: str
    title: str | Promise
    subject: str
    source: Source
    where: Q = field(default_factory=Q)


class UnknownEvent(LookupError):
    """No app registers an event with this code."""


_events: dict[str, Event] = {}


def register(*events: Event) -> None:
    for event in events:
        known = _events.setdefault(event.code, event)
        if known != event:
            raise ValueError(f"Two events are called {event.code}.")


def all_events() -> list[Event]:
    return list(_events.values())


def get(code: str) -> Event:
    try:
        return _events[code]
    except KeyError as error:
        raise UnknownEvent(f"No event is called {code}.") from error

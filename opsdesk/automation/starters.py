"""Rules that are ready made, to begin with: a person changes them to fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from opsdesk.automation import reading, words
from opsdesk.automation.services import writing
from opsdesk.errors import DomainError

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User


@dataclass(frozen=True)
class Starter:
    """A rule that makes sense in any store. Apps register theirs beside their events."""

    code: str
    title: str | Promise
    raw: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.title)

    @property
    def definition(self) -> dict[str, Any]:
        """With its texts in the reader's language."""
        actions = [
            {
                key: str(value) if isinstance(value, Promise) else value
                for key, value in each.items()
            }
            for each in self.raw["actions"]
        ]
        return {**self.raw, "actions": actions}


def _in_words(told: Mapping[str, Any]) -> dict[str, Any]:
    return {k: str(value) if isinstance(value, Promise) else value for k, value in told.items()}


_starters: dict[str, Starter] = {}


def register(*starters: Starter) -> None:
    for starter in starters:
        _starters.setdefault(starter.code, starter)


def offered(store: Store, user: User) -> list[tuple[Starter, str]]:
    """Those that can be saved in the store by this person, each in words."""
    found = []
    for starter in _starters.values():
        try:
            definition = reading.read(starter.definition, store=store)
            writing.may_do(user, definition, store)
        except DomainError:
            continue
        found.append((starter, words.sentence(definition, store)))
    return found


def called(code: str, store: Store, user: User) -> Starter | None:
    return next((each for each, _words in offered(store, user) if each.code == code), None)

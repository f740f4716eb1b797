"""The kinds of message there are: which words stand in them by default, and what may be filled in.

An app declares its kinds in code (`register`); a store may word them otherwise (`MessageTemplate`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise

_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Wording:
    """`{name}` stands for a value; nothing else in it means anything."""

    subject: str
    body: str

    @property
    def names(self) -> set[str]:
        return {*_PLACE.findall(self.subject), *_PLACE.findall(self.body)}

    def filled(self, values: Mapping[str, str]) -> Wording:
        """With the values in their places, as they are: what looks like a place in one stays."""

        def fill(text: str) -> str:
            return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)

        return Wording(fill(self.subject), fill(self.body))


@dataclass(frozen=True)
class Variable:
    """What can be filled in, and an example of it for the preview."""

    title: str | Promise
    sample: str


@dataclass(frozen=True)
class TextKind:
    """`defaults` by language, English always."""

    code: str
    title: str | Promise
    variables: Mapping[str, Variable]
    defaults: Mapping[str, Wording]

    def __post_init__(self) -> None:
        if settings.LANGUAGE_CODE not in self.defaults:
            raise ValueError(f"{self.code} has no words in {settings.LANGUAGE_CODE}.")
        for language, wording in self.defaults.items():
            unknown = wording.names - self.variables.keys()
            if unknown:
                raise ValueError(f"{self.code} in {language} names unknown {sorted(unknown)}.")

    def default(self, language: str) -> Wording:
        return self.defaults.get(language, self.defaults[settings.LANGUAGE_CODE])

    @property
    def samples(self) -> dict[str, str]:
        return {name: variable.sample for name, variable in self.variables.items()}


class UnknownText(LookupError):
    """No app registers a kind of message with this code."""


_kinds: dict[str, TextKind] = {}


def register(*kinds: TextKind) -> None:
    for kind in kinds:
        known = _kinds.setdefault(kind.code, kind)
        if known != kind:
            raise ValueError(f"Two kinds of message are called {kind.code}.")


def get(code: str) -> TextKind:
    try:
        return _kinds[code]
    except KeyError as error:
        raise UnknownText(f"No kind of message is called {code}.") from error


def title_of(code: str) -> str:
    """The kind's title; its code for a message that stands in no text of ours."""
    kind = _kinds.get(code)
    return str(kind.title) if kind else code


def all_kinds() -> list[TextKind]:
    return [_kinds[code] for code in sorted(_kinds)]

"""What people are told besides alerts; an app registers its own. Only who ticked one is told."""

from __future__ import annotations

from django.utils.functional import Promise

_topics: dict[str, str | Promise] = {}


def register(code: str, title: str | Promise) -> None:
    _topics[code] = title


def all_topics() -> list[tuple[str, str | Promise]]:
    return sorted(_topics.items())

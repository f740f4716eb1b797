"""What a person posted, in a shape the database can take."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest

# Every id of up to eighteen digits fits into a bigint.
DIGITS = 18


def text_of(request: HttpRequest, name: str, *, most: int) -> str:
    """Without margins, at most so many characters, and without NUL, which no column can hold."""
    return request.POST.get(name, "").replace("\0", "").strip()[:most]


def id_of(text: str) -> int | None:
    """The id that is written there; None where it can't be one."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else None


def ids_of(texts: Iterable[str]) -> list[int]:
    """Those of the texts that can be ids, in their order."""
    return [pk for pk in map(id_of, texts) if pk is not None]

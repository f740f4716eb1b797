"""Who hears that something happened, in the transaction in which it did.

Most have nothing to do most of the time: each says so as an SQL condition, and one statement asks
all of them, so that another listener costs those who don't concern it next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection

Heard = TypeVar("Heard", bound=Callable[..., Any])


class Listeners(Generic[Heard]):
    def __init__(self) -> None:
        self._conditions: dict[Heard, str] = {}

    def add(self, listener: Heard, *, where: str = "true") -> None:
        """`where` is a condition over `%(ids)s`, an array of what it happened to."""
        self._conditions.setdefault(listener, where)

    def concerned(self, ids: Sequence[int]) -> list[Heard]:
        """Those whose condition holds, in the order in which they were added. One statement."""
        if not self._conditions:
            return []
        conditions = ", ".join(f"({where})" for where in self._conditions.values())
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {conditions}", {"ids": list(ids)})
            answers = cursor.fetchone()
        return [
            listener for listener, holds in zip(self._conditions, answers, strict=True) if holds
        ]

"""What the daily inspection looks at: each app declares its checks in its `checks.py` (INS-1 … 9).

A check looks at one store and says what it saw. Its findings are alerts: the same row that a live
watch raises in the course of the day, so that nobody is told twice of one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.functional import Promise

from opsdesk.errors import DomainError
from opsdesk.stores.procedure import Setting

if TYPE_CHECKING:
    from opsdesk.alerts.checks import AlertKind
    from opsdesk.alerts.services import Finding
    from opsdesk.stores.models import Store
    from opsdesk.stores.roles import Role


class CannotCheck(DomainError):
    """It could not be checked, because … What was found before stays as it was."""

    code = "unchecked"


@dataclass(frozen=True)
class Seen:
    """What a check saw in a store.

    `findings` is all that it sees now. None: the look has told alerts itself, as a live watch does.
    `figures` are what it counted or measured, by names that `Check.figures` says in words.
    """

    findings: Sequence[Finding] | None = None
    figures: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """Something the inspection looks at. `code` begins with the clause: "INS-3.covered".

    `look` takes the store and the moment; it raises CannotCheck where it can't tell. Whatever else
    it raises, or a time limit, is a finding about the check itself and stops no other. Findings are
    alerts of `kinds`; of a look that returns them there is one kind. `steps` tell the person what
    to do, `numbers` are the settings it goes by.
    """

    code: str
    title: str | Promise
    looks_at: str | Promise
    steps: tuple[str | Promise, ...]
    owner_role: Role
    kinds: tuple[AlertKind, ...]
    look: Callable[[Store, datetime], Seen]
    numbers: tuple[Setting, ...] = ()
    figures: Mapping[str, str | Promise] = field(default_factory=dict)

    @property
    def clause(self) -> str:
        return self.code.partition(".")[0]


T = TypeVar("T")

# What the checks of one walk have had looked up together; None outside of a walk.
_shared: ContextVar[dict[Hashable, Any] | None] = ContextVar("shared", default=None)


@contextmanager
def sharing() -> Iterator[None]:
    """Checks that look in here have what they share done once."""
    token = _shared.set({})
    try:
        yield
    finally:
        _shared.reset(token)


def once_a_walk(key: Hashable, look: Callable[[], T]) -> T:
    """What `look` returns, done once for all checks of a walk that ask with the same key.

    For a look that serves several checks and takes its time; `key` names all that it depends on.
    """
    shared = _shared.get()
    if shared is None:
        return look()
    if key not in shared:
        shared[key] = look()
    return shared[key]


def forget_shared() -> None:
    """What was looked up so far was undone: the next check that asks has it done anew."""
    shared = _shared.get()
    if shared is not None:
        shared.clear()


class UnknownCheck(LookupError):
    """No app declares a check with this code."""


_checks: dict[str, Check] = {}


def register(*checks: Check) -> None:
    for check in checks:
        known = _checks.setdefault(check.code, check)
        if known != check:
            raise ValueError(f"Two checks are called {check.code}.")


def all_checks() -> list[Check]:
    return [_checks[code] for code in sorted(_checks)]


def get(code: str) -> Check:
    try:
        return _checks[code]
    except KeyError as error:
        raise UnknownCheck(f"No check is called {code}.") from error


def known(code: str) -> Check | None:
    """The check with this code; None where no app declares it any more."""
    return _checks.get(code)


def named(name: str) -> list[Check]:
    """The check with this code, or all of this clause. Raises UnknownCheck."""
    found = [check for check in all_checks() if name in (check.code, check.clause)]
    if not found:
        raise UnknownCheck(f"No check is called {name}.")
    return found


def title_of(code: str) -> str:
    """In the reader's language; its code where no app declares it any more."""
    return str(_checks[code].title) if code in _checks else code


def figures_of(code: str, figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """(what it is called, value), in the order in which the check counted."""
    names = _checks[code].figures if code in _checks else {}
    return [
        (str(names.get(name, name.replace("_", " "))), value) for name, value in figures.items()
    ]

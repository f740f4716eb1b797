"""Scopes: what a token may be made for. Apps register theirs; none of them can approve."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

# Programs may ask for something; a yes is given by a person, who signs in for it. Nor do programs
# look after people and tokens.
_NEVER = re.compile(
    r"approve|decide|delegate|break_glass"
    r"|(?:add|change|delete)_(?:user|membership|apitoken|settingoverride)"
)

# A token may look at the store it belongs to: its code, time zone and currency.
ALWAYS = frozenset({"stores.view_store"})


@dataclass(frozen=True)
class Scope:
    """Its permissions are full names, `orders.view_order`; the person has to hold them as well."""

    code: str
    title: str | Promise
    permissions: tuple[str, ...]

    def __post_init__(self) -> None:
        for permission in self.permissions:
            if _NEVER.search(permission):
                raise ValueError(f"{self.code}: no token may be made for {permission}.")


class UnknownScope(LookupError):
    """No app registers a scope with this code."""


_scopes: dict[str, Scope] = {}


def register(*scopes: Scope) -> None:
    for scope in scopes:
        known = _scopes.setdefault(scope.code, scope)
        if known != scope:
            raise ValueError(f"Two scopes are called {scope.code}.")


def all_scopes() -> list[Scope]:
    return [_scopes[code] for code in sorted(_scopes)]


def get(code: str) -> Scope:
    try:
        return _scopes[code]
    except KeyError as error:
        raise UnknownScope(f"No scope is called {code}.") from error


def permissions_of(codes: Iterable[str]) -> frozenset[str]:
    """What these scopes open. A scope that is no longer registered opens nothing."""
    found = (_scopes[code].permissions for code in codes if code in _scopes)
    return ALWAYS.union(*found)

"""What each role looks at first: tiles that the chapters register for the roles they are for.

A person sees the tiles of all their roles, those of the first role first, and only what they may
open. What is counted is read for all tiles in one statement, never further than the cap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.alerts import checks
from opsdesk.alerts.models import Alert
from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline
from opsdesk.navigation import MOST, shown
from opsdesk.people import stores_of
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.http import HttpRequest

    from opsdesk.stores.models import Store, User

SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class Looker:
    """Who looks, at which stores, and when."""

    request: HttpRequest
    stores: list[Store]
    at: datetime

    @property
    def user(self) -> User:
        return self.request.user

    @property
    def store_ids(self) -> list[int]:
        return [store.pk for store in self.stores]

    def may(self, permission: str) -> bool:
        """In one of these stores."""
        return any(self.user.has_perm(permission, store) for store in self.stores)


Rows = Callable[[Looker], QuerySet]


@dataclass(frozen=True)
class Tile:
    """So many rows wait in a list. `first` names the column that says since when the oldest does,
    or, with `is_due`, by when the first of them is to be done.
    """

    code: str
    title: str | Promise
    roles: tuple[Role, ...]
    permission: str
    view: str
    rows: Rows
    query: str = ""
    first: str = ""
    is_due: bool = False
    tone: str = "warning"
    rank: int = 50
    # What concerns nobody on most days is a tile only when there is something.
    hides_zero: bool = False


@dataclass(frozen=True)
class Shown:
    """A tile ready to be shown: the template only puts these in place."""

    code: str
    label: str
    value: str
    detail: str = ""
    due_at: str = ""
    tone: str = ""
    link: str = ""
    # Its place among all: the key that leads to it, which stays whatever waits.
    number: int = 0

    @property
    def waits(self) -> bool:
        """Something that somebody has to do."""
        return self.tone in ("warning", "danger")


Teller = Callable[[Looker], Iterable[Shown]]


@dataclass(frozen=True)
class Telling:
    """Tiles that say more than a count; a fixed number of statements, whatever is told."""

    code: str
    roles: tuple[Role, ...]
    permission: str
    tell: Teller
    rank: int = 50


_parts: dict[str, Tile | Telling] = {}


def register(*parts: Tile | Telling) -> None:
    for part in parts:
        known = _parts.setdefault(part.code, part)
        if (known.code, known.roles, known.permission) != (part.code, part.roles, part.permission):
            raise ValueError(f"Two parts of start pages are called {part.code}.")


def all_parts() -> list[Tile | Telling]:
    return list(_parts.values())


def roles_of(user: User) -> list[Role]:
    """In the order of the roles; somebody above all roles starts as the operations lead does."""
    if user.is_superuser:
        return [Role.OPERATIONS_LEAD]
    held: set[str] = set().union(*user.roles_by_store.values())
    return [role for role in Role if role in held]


def tiles_for(request: HttpRequest, at: datetime) -> list[Shown]:
    """One statement for all that is counted, and those of what is told."""
    looker = Looker(request, stores_of(request), at)
    mine = [part for part in parts_of(roles_of(request.user)) if looker.may(part.permission)]
    counted = _counted([part for part in mine if isinstance(part, Tile)], looker)
    tiles: list[Shown] = []
    for part in mine:
        if isinstance(part, Tile):
            tile = counted[part.code]
            if tile.value != "0" or not part.hides_zero:
                tiles.append(tile)
        else:
            tiles.extend(part.tell(looker))
    return [replace(tile, number=place) for place, tile in enumerate(tiles, start=1)]


def parts_of(roles: list[Role]) -> list[Tile | Telling]:
    """Those of these roles, each once: by the first role it is for, then by rank."""

    def place(part: Tile | Telling) -> tuple[int, int]:
        first = min(roles.index(role) for role in part.roles if role in roles)
        return first, part.rank

    mine = [part for part in _parts.values() if set(part.roles) & set(roles)]
    return sorted(mine, key=place)


def _counted(tiles: list[Tile], looker: Looker) -> dict[str, Shown]:
    """Each read in the order of its `first`, so that the first of those read is the first of all.

    A set of rows that can't hold any is not asked for.
    """
    statements: list[str] = []
    parameters: list[Any] = []
    for tile in tiles:
        rows = tile.rows(looker)
        rows = rows.order_by(tile.first) if tile.first else rows.order_by()
        try:
            sql, values = rows.values(tile.first or "pk")[: MOST + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        first = "min(first)" if tile.first else "NULL"
        statements.append(
            f"SELECT %s, count(*), {first}::timestamptz FROM ({sql}) AS counted (first)"
        )
        parameters += [tile.code, *values]
    found: dict[str, tuple[int, datetime | None]] = {}
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements), parameters)
            found = {code: (count, first) for code, count, first in cursor.fetchall()}
    return {tile.code: _shown(tile, *found.get(tile.code, (0, None)), looker) for tile in tiles}


def _shown(tile: Tile, count: int, first: datetime | None, looker: Looker) -> Shown:
    left = first - looker.at if first and tile.is_due else None
    return Shown(
        code=tile.code,
        label=str(tile.title),
        value=shown(count) or "0",
        detail=_first(first, left, looker.at),
        due_at=first.isoformat() if first and tile.is_due else "",
        tone=_tone(tile, count, left),
        link=reverse(tile.view) + tile.query,
    )


def _first(first: datetime | None, left: timedelta | None, at: datetime) -> str:
    if first is None:
        return ""
    if left is not None:
        return wording.time_left(left)
    return _("oldest %(duration)s") % {"duration": wording.duration(at - first)}


def _tone(tile: Tile, count: int, left: timedelta | None) -> str:
    if not count:
        return "good"
    if left is None:
        return tile.tone
    if left < timedelta(0):
        return "danger"
    return "warning" if left <= SOON else ""


def clock_tile(
    code: str, title: str | Promise, roles: tuple[Role, ...], rule: str, **fields: Any
) -> Tile:
    """The running clocks of a rule, the one that runs out first. The other fields are a Tile's."""
    return Tile(
        code, title, roles, rows=partial(_running, rule), first="due_at", is_due=True, **fields
    )


def _running(rule: str, looker: Looker) -> QuerySet[Deadline]:
    running = Deadline.objects.viewable_by(looker.user).in_stores(looker.store_ids)
    # By the role that owns the rule: what the desk's index begins with.
    owner = rules.get(rule).owner_role
    return running.filter(owner_role=owner, rule=rule, state=Deadline.State.RUNNING)


def findings_tile(
    code: str, title: str | Promise, roles: tuple[Role, ...], *names: str, **fields: Any
) -> Tile:
    """Open alerts of these clauses or kinds; of one the list of alerts shows the same."""
    name = "clause" if "." not in names[0] else "check"
    query = "?" + urlencode({"tab": "open", name: names[0]}) if len(names) == 1 else "?tab=open"
    return Tile(
        code,
        title,
        roles,
        "alerts.view_alert",
        "admin:alerts_alert_changelist",
        partial(_open_alerts, names),
        query=query,
        first="opened_at",
        **fields,
    )


def _open_alerts(names: tuple[str, ...], looker: Looker) -> QuerySet[Alert]:
    alerts = Alert.objects.unfolded().viewable_by(looker.user).in_stores(looker.store_ids)
    return alerts.filter(check_code__in=checks.codes_of(*names))

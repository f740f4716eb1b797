"""Who is acting, by what way and why: told to the database with every write, for the audit trail.

Requests, jobs, imports and commands each say it once (`acting`); the triggers that write the
trail read it from a setting of the transaction. A change that comes without, as from psql, is
recorded as made by SQL, with the database's own user.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Facts = dict[str, Any]

SETTING = "opsdesk.acting"
_WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.IGNORECASE)

_present: ContextVar[Callable[[], Facts] | None] = ContextVar("acting", default=None)


def facts() -> Facts:
    """What is known of the present act, empty outside of any."""
    tell = _present.get()
    return tell() if tell is not None else {}


@contextmanager
def telling(tell: Callable[[], Facts]) -> Iterator[None]:
    """Within the block `tell` says who acts. It is asked when something is written, not before."""
    token = _present.set(tell)
    try:
        yield
    finally:
        _present.reset(token)


@contextmanager
def acting(
    *,
    via: str = "",
    user: User | None = None,
    on_behalf_of: User | None = None,
    cause: str = "",
    reason: str = "",
) -> Iterator[None]:
    """Within the block writes are recorded so; what is not given here stays as it is outside.

    `via` is one of `AuditEntry.Via`; `cause` names a slot, import or command, such as import:42.
    """
    given = {
        "via": via,
        "actor": user and user.pk,
        "on_behalf_of": on_behalf_of and on_behalf_of.pk,
        "cause": cause,
        "reason": reason,
    }
    outside = _present.get()
    said = {name: value for name, value in given.items() if value}
    with telling(lambda: {**(outside() if outside is not None else {}), **said}):
        yield


def announce(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """An execute wrapper: a writing statement takes the facts along, in the same round trip.

    Each one does, not the transaction's first: a savepoint rolled back would take them away again.
    """
    if _present.get() is not None and isinstance(sql, str) and _WRITES.match(sql):
        sql = f"SELECT set_config('{SETTING}', '{_literal(facts())}', true); {sql}"
    return execute(sql, params, many, context)


def _literal(said: Facts) -> str:
    """JSON that ends no literal and takes no parameter: quotes and percent signs as \\u escapes."""
    return json.dumps(said).replace("'", "\\u0027").replace("%", "\\u0025")

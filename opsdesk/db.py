"""Trouble of the database's that passes, and transactions that are tried again after it."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg2
from django.db import InterfaceError, OperationalError, connection, transaction

Result = TypeVar("Result")

# Deadlock detected, serialization failure: nothing was done, and doing it again is right.
_GIVE_WAY = {"40P01", "40001"}
_PAUSE_SECONDS = 0.02


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the database is away, starting, full or gave way: the same may succeed soon.

    A connection that breaks in the middle of a result is a bare `DatabaseError` of the driver's,
    without a code; what the server refuses has one.
    """
    if isinstance(error, OperationalError | InterfaceError):
        return True
    cause = error.__cause__ if error else None
    return type(cause) is psycopg2.DatabaseError and getattr(cause, "pgcode", None) is None


def retrying(work: Callable[[], Result], *, attempts: int = 3) -> Result:
    """Run `work` in a transaction, again when it had to give way to another one.

    Inside a transaction of the caller's it runs once: only the outermost can be tried again.
    """
    if connection.in_atomic_block:
        return work()
    for attempt in range(1, attempts + 1):
        try:
            with transaction.atomic():
                return work()
        except OperationalError as error:
            sqlstate = getattr(error.__cause__, "pgcode", None)
            if sqlstate not in _GIVE_WAY or attempt == attempts:
                raise
            time.sleep(_PAUSE_SECONDS * attempt)
    raise AssertionError("The loop returns or raises.")


def lock_name(name: str) -> None:
    """Until the end of the transaction nobody else holds this name: for what has no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])

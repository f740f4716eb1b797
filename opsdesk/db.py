"""Trouble that passes and what is tried again after it; names to lock by; what rows are settled."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg2
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    connection,
    models,
    transaction,
)

Result = TypeVar("Result")

# Deadlock detected, serialization failure: nothing was done, and doing it again is right.
_GIVE_WAY = {"40P01", "40001"}
_CANCELLED = "57014"
# Unique and exclusion constraints.
_TAKEN = {"23505", "23P01"}
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


def is_taken(error: IntegrityError) -> bool:
    """Whether somebody else has a value that is there only once, or the time one may have it."""
    return _code(error) in _TAKEN


def gave_way(error: DatabaseError) -> bool:
    """Whether the transaction was ended for another's sake.

    So it is with one of two that enter the same time at once: an exclusion constraint is checked
    after the row is in, so that each finds the other's and waits for it.
    """
    return _code(error) in _GIVE_WAY


def is_cancelled(error: BaseException) -> bool:
    """Whether a statement was ended because its time was up."""
    return isinstance(error, DatabaseError) and _code(error) == _CANCELLED


def _code(error: DatabaseError) -> str | None:
    return getattr(error.__cause__, "pgcode", None)


def refused_by(error: IntegrityError) -> str:
    """The name of the constraint that the row would break."""
    cause = error.__cause__
    return cause.diag.constraint_name or "" if isinstance(cause, psycopg2.Error) else ""


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
            if not gave_way(error) or attempt == attempts:
                raise
            time.sleep(_PAUSE_SECONDS * attempt)
    raise AssertionError("The loop returns or raises.")


def lock_name(name: str) -> None:
    """Until the end of the transaction nobody else holds this name: for what has no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


# How long a reader waits for transactions that are still writing rows. Nothing is lost when it is
# not enough: its next run goes on from the same mark.
PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 0.02

# Whoever writes rows holds this lock from before the first id is drawn until its commit.
_WRITERS = """
SELECT DISTINCT virtualtransaction FROM pg_locks
WHERE relation = %s::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid IS DISTINCT FROM pg_backend_pid()
"""


def last_settled_id(model: type[models.Model]) -> int | None:
    """An id up to which every row is visible or never will be. None: it could not be told.

    Ids are drawn before they are committed: the last one visible says nothing about those below
    it, until everybody who was writing when it was read has ended. Later writers draw later ids.
    Waits a second at most; what is read up to it is read in a later statement.
    """
    table = model._meta.db_table
    last = model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0
    writing = _writers(table)
    until = time.monotonic() + PATIENCE_SECONDS
    while writing:
        if time.monotonic() > until:
            return None
        time.sleep(LOOK_SECONDS)
        writing &= _writers(table)
    return last


def _writers(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [table])
        return {name for (name,) in cursor.fetchall()}

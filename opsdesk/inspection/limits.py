"""A check that hangs, in Python or in the database, is ended when its time is up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.db import connection


class TookTooLong(Exception):
    """The time of a check was up."""


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Raises TookTooLong where the block takes longer, or the database's own cancellation.

    In a transaction; statements get the same time. Python is interrupted by a signal, which only
    the main thread of a process can: workers and commands run checks there. A thread that is not
    has the database's limit only.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
    _limit_statements(f"{seconds * 1000:.0f}")
    with _alarm(seconds):
        yield
    # Where the block failed, the caller's rollback does this.
    _limit_statements(before)


def _limit_statements(limit: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

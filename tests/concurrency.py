"""Races on purpose: several threads at once, each with its own database connection."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from django.db import connection, transaction

PATIENCE = 30


def run_together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned or raised, in order. None starts before all are ready."""
    barrier = threading.Barrier(len(calls), timeout=PATIENCE)

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait()
            return call()
        except Exception as error:  # The tests look at what was refused.
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(run, calls))


def run_while_uncommitted(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """What `second` returned: it began when `first` was done, but not committed, and waited."""

    def run() -> Any:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            result = pool.submit(run)
            until_done_or_waiting_for_us(result.done)
            assert not result.done(), "It did not wait."
        return result.result(PATIENCE)


def until_done_or_waiting_for_us(is_done: Callable[[], bool]) -> None:
    """The others are done, or one of them waits for a lock that this transaction holds."""
    _await(lambda: is_done() or _somebody_waits_for_us())


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


def _await(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "Nobody waited for a lock, and nobody was done."
        time.sleep(0.01)


def slowly(function: Callable[..., Any], seconds: float = 0.05) -> Callable[..., Any]:
    """The function with a pause before it: widens the gap between reading and writing."""

    @wraps(function)
    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(seconds)
        return function(*args, **kwargs)

    return slow

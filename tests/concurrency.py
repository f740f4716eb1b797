"""Races on purpose: several threads at once, each with its own database connection."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from django.db import connection

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


def slowly(function: Callable[..., Any], seconds: float = 0.05) -> Callable[..., Any]:
    """The function with a pause before it: widens the gap between reading and writing."""

    @wraps(function)
    def slow(*args: Any, **kwargs: Any) -> Any:
        time.sleep(seconds)
        return function(*args, **kwargs)

    return slow

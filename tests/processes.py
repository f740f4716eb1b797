"""Real processes over the test's own database: workers, buyers, commands."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60
READY = "ready."  # what a worker says of itself


def database_url() -> str:
    """The database this test runs in, for another process."""
    before, _slash, rest = os.environ["DATABASE_URL"].rpartition("/")
    _name, question, options = rest.partition("?")
    return f"{before}/{connection.settings_dict['NAME']}{question}{options}"


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database_url(), **more}


@contextmanager
def worker(
    redis_url: str, log: Path, *, pool: str = "prefork", include: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A Celery worker with two children, ready to take tasks; stopped at the end.

    `include` names a module that it imports besides those of the apps.
    """
    before = log.read_text().count(READY) if log.exists() else 0
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "opsdesk", "worker", "-c", "2", "-P", pool]
            + ["-Q", "celery,clock", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
            + (["--include", include] if include else []),
            cwd=ROOT,
            env=environment(REDIS_URL=redis_url),
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )
    try:
        wait_until(lambda: log.read_text().count(READY) > before, "the worker is ready")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def beat(redis_url: str) -> Iterator[subprocess.Popen[str]]:
    """The scheduler's own process; stopped at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "opsdesk", "beat", "--pidfile="],
        cwd=ROOT,
        env=environment(REDIS_URL=redis_url),
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as it holds; fails the test if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"Waited {PATIENCE} s in vain until {what}."
        time.sleep(0.1)


def run_module(module: str, *arguments: object, **more: str) -> str:
    """What `python -m MODULE ARGUMENTS` printed, over this test's database."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    ).stdout


@contextmanager
def running_module(module: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """`python -m MODULE ARGUMENTS` over this test's database, ended with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment(),
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()

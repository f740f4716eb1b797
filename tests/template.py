"""One migrated database that every process running tests copies, instead of migrating its own.

A copy takes a second, migrating half a minute. Its name is a digest of what made it: a run after a
change of the tables makes a new one, any other run finds it there.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection
from psycopg2.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "opsdesk_template_"
_MAKING = 7_301  # the advisory lock of whoever makes it


def ready() -> str:
    """The name of a database with today's tables; the first to ask makes it."""
    name = f"{PREFIX}{_digest()}"
    server = psycopg2.connect(_address("postgres"))
    server.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    try:
        with server.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MAKING])
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX]
            )
            there = {found for (found,) in cursor}
        if name not in there:
            _drop(server, *there)
            _make(server, name)
    finally:
        server.close()
    return name


def _digest() -> str:
    made_by = hashlib.sha256()
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("opsdesk/*/migrations/*.py")]
    files += [*ROOT.glob("*/sql/*.sql"), *ROOT.glob("opsdesk/*/sql/*.sql")]
    for file in sorted([*files, ROOT / "pyproject.toml"]):
        made_by.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return made_by.hexdigest()[:12]


def _make(server: connection, name: str) -> None:
    """Under another name until it is whole: one that was interrupted is never copied."""
    half = f"{PREFIX}half"
    _drop(server, half)
    with server.cursor() as cursor:
        cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(half)))
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": _address(half)},
            check=True,
        )
        cursor.execute(
            SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(half), Identifier(name))
        )


def _drop(server: connection, *names: str) -> None:
    with server.cursor() as cursor:
        for name in names:
            cursor.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def _address(database: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()

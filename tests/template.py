"""Today's tables, migrated once and copied from then on.

Migrating takes 20 s of a core, loading what it made two: `fill` keeps a dump of it
under var/tables for every database that is to begin with empty tables. All processes running tests
share one server, where a copy takes half a second: `ready` is the database they copy. Both are
named by a digest of what made them: a change of the tables makes new ones.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection
from psycopg2.sql import SQL, Identifier

from opsdesk import development, programs

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "tables"
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


def fill(address: str) -> None:
    """The database at this address, empty before, is as the migrations leave one."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        major = _major(address)
        kept = _kept(major)
        if not kept.exists():
            _migrate(address)
            _keep(address, major)
            return
    _run(major, "pg_restore", "--single-transaction", f"--dbname={address}", kept)


def _kept(major: int) -> Path:
    return KEPT / f"{_digest()}-{major}.dump"


def _keep(address: str, major: int) -> None:
    """The dump of today's tables is of this database, which was migrated and nothing else."""
    KEPT.mkdir(parents=True, exist_ok=True)
    half = _kept(major).with_suffix(".half")
    _run(major, "pg_dump", "--format=custom", f"--file={half}", address)
    for old in KEPT.glob(f"*-{major}.dump"):
        old.unlink()
    half.rename(_kept(major))


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
        fill(_address(half))
        cursor.execute(
            SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(half), Identifier(name))
        )


def _migrate(address: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address},
        check=True,
    )


def _major(address: str) -> int:
    server = psycopg2.connect(address)
    try:
        return server.server_version // 10_000
    finally:
        server.close()


def _run(major: int, program: str, *arguments: str | Path) -> None:
    """A program of the server's own version: another one's dump may not be read back."""
    found = programs.postgres(major, Path.exists, Path("/"))
    subprocess.run([found / program, *arguments], check=True, stdin=subprocess.DEVNULL)


def _drop(server: connection, *names: str) -> None:
    with server.cursor() as cursor:
        for name in names:
            cursor.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))


def _address(database: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


if __name__ == "__main__":
    development.prepare()
    _keep(os.environ["DATABASE_URL"], _major(os.environ["DATABASE_URL"]))

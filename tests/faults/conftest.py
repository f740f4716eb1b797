"""Servers of a test's own, to be stopped, hung, filled and restarted."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection

from opsdesk import backups, embedded
from tests.faults.shop import Shop


class Redis(embedded.Redis):
    """Redis that can be hung and filled."""

    @contextmanager
    def hung(self) -> Iterator[None]:
        """It takes connections and answers nobody."""
        pid = int((self.data / "redis.pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @contextmanager
    def full(self) -> Iterator[None]:
        """It answers and takes nothing more."""
        self.execute("CONFIG", "SET", "maxmemory", "1")
        try:
            yield
        finally:
            self.execute("CONFIG", "SET", "maxmemory", "0")

    def execute(self, *command: str) -> object:
        with (
            Celery(broker=self.url(), set_as_current=False) as sender,
            sender.connection_for_write() as broker,
        ):
            return broker.default_channel.client.execute_command(*command)

    def send(self, task: str, *arguments: object) -> None:
        """A message to the workers, from whoever else may send some."""
        with Celery(broker=self.url(), set_as_current=False) as sender:
            sender.send_task(task, args=arguments)

    def tick(self) -> None:
        """What beat does once a minute."""
        self.send("opsdesk.schedule.tick")


class Postgres(embedded.Postgres):
    """PostgreSQL that can be restarted, politely (`fast`) or as by a power cut (`immediate`)."""

    def restart(self, mode: str) -> None:
        self.end(mode)
        self.start()

    def end(self, mode: str) -> None:
        pg_ctl = self._binaries() / "pg_ctl"
        ended = self.home.account.run(pg_ctl, "stop", "-w", "-m", mode, "-D", self.data)
        assert ended.returncode == 0, ended.stderr


@pytest.fixture
def redis(open_path: Path) -> Iterator[Redis]:
    server = Redis(embedded.Home(open_path))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_postgres(open_path: Path, tmp_path: Path) -> Iterator[Callable[..., Postgres]]:
    """Starts a PostgreSQL with the tables of the tests; Django talks to it from then on."""
    started: list[Postgres] = []
    patch = pytest.MonkeyPatch()

    def start(**settings: str) -> Postgres:
        backups.dump(tmp_path / "tables")
        # What is acknowledged must be there after a crash of the server; the machine itself lives.
        server = Postgres(embedded.Home(open_path), settings={"fsync": "off", **settings})
        server.start()
        started.append(server)
        connection.close()
        patch.setenv("DATABASE_URL", server.url())
        patch.setitem(connection.settings_dict, "HOST", str(server.home.sockets))
        patch.setitem(connection.settings_dict, "PORT", "")
        patch.setitem(connection.settings_dict, "NAME", "opsdesk")
        backups.restore(tmp_path / "tables")
        return server

    yield start
    connection.close()
    patch.undo()
    for server in started:
        server.stop()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def shop() -> Shop:
    return Shop.opened()

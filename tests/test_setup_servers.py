"""The servers that `make run` brings along, really started, killed and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from opsdesk import development, embedded

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def var(open_path):
    """A var/ of the test's own; what was started in it is stopped."""
    yield open_path / "var"
    open_path.chmod(0o755)
    stop(open_path / "var")


def stop(root: Path) -> None:
    home = embedded.Home(root)
    for server in (embedded.Redis(home), embedded.Postgres(home)):
        server.stop()


@pytest.fixture
def wheels_only(monkeypatch):
    """As on a machine that has no PostgreSQL and no Redis."""
    monkeypatch.setenv("OPSDESK_EMBEDDED", "wheel")


def execute(server: embedded.Postgres, statement: str) -> list[tuple]:
    connection = psycopg2.connect(server.url())
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


def kill_postgres(server: embedded.Postgres) -> None:
    pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)


def process_of(server: embedded.Redis) -> int:
    return int((server.data / "redis.pid").read_text())


@pytest.mark.usefixtures("wheels_only")
def test_postgres_of_the_wheel_keeps_its_data_through_a_kill(var):
    server = embedded.Postgres(embedded.Home(var))
    assert server.start() is True
    assert execute(server, "SHOW server_version_num")[0][0] >= "180000"
    execute(server, "CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
    execute(server, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')")

    kill_postgres(server)

    assert server.start() is True
    assert execute(server, "SELECT word FROM kept") == [("still here",)]


@pytest.mark.usefixtures("wheels_only")
def test_postgres_logs_neither_a_refused_statement_nor_the_row_it_quotes(var):
    server = embedded.Postgres(embedded.Home(var))
    server.start()
    execute(server, "CREATE TABLE people (phone text CHECK (phone = ''))")

    with pytest.raises(psycopg2.errors.CheckViolation):
        execute(server, "INSERT INTO people VALUES ('13812345678')")

    assert "people" in server.log.read_text()
    assert "13812345678" not in server.log.read_text()


@pytest.mark.usefixtures("wheels_only")
def test_redis_of_the_wheel_keeps_its_data_through_a_kill(var):
    server = embedded.Redis(embedded.Home(var))
    assert server.start() is True
    assert server._ask(b"SET kept here") == b"+OK\r\n"
    assert server._ask(b"WAITAOF 1 0 5000")  # unknown to old versions, which is fine
    process = process_of(server)

    os.kill(process, signal.SIGKILL)

    assert server.start() is True
    assert process_of(server) != process
    assert server._ask(b"CONFIG GET appendonly").endswith(b"yes\r\n")
    assert server._ask(b"CONFIG GET maxmemory-policy").endswith(b"noeviction\r\n")


def test_data_are_written_through_to_the_disk(var):
    server = embedded.Postgres(embedded.Home(var))
    server.start()

    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert execute(server, f"SHOW {setting}") == [("on",)]
    assert execute(server, "SHOW server_encoding") == [("UTF8",)]
    assert execute(server, "SHOW listen_addresses") == [("",)]


def test_servers_answer_only_to_their_owner(var):
    server = embedded.Postgres(embedded.Home(var))
    server.start()

    for directory in (server.data, server.home.sockets):
        assert directory.stat().st_mode & 0o077 == 0


def test_two_commands_at_once_start_one_pair_of_servers(var):
    environment = {"PATH": os.environ["PATH"], "OPSDESK_VAR": str(var)}
    command = [sys.executable, "-m", "opsdesk.development", "start"]
    both = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]

    home = embedded.Home(var)
    assert embedded.Postgres(home).start() is False
    assert embedded.Redis(home).start() is False
    log = embedded.Postgres(home).log.read_text()
    assert log.count("database system is ready to accept connections") == 1


def test_the_stop_command_ends_both_servers(var):
    home = embedded.Home(var)
    servers = [embedded.Postgres(home), embedded.Redis(home)]
    for server in servers:
        server.start()

    command = [sys.executable, "-m", "opsdesk.development", "stop"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "OPSDESK_VAR": str(var)}, check=True)

    assert [server.answers() for server in servers] == [False, False]


@pytest.mark.parametrize("depth", [1, 3], ids=["socket moves along", "socket stays in /tmp"])
def test_a_checkout_moved_while_its_server_runs_goes_on(var, depth):
    place = var.joinpath(*["d" * 40] * depth)
    before = embedded.Postgres(embedded.Home(place))
    before.start()
    execute(before, "CREATE TABLE kept (word text)")
    moved = place.rename(place.with_name("e" * 40))

    server = embedded.Postgres(embedded.Home(moved))
    try:
        server.start()
        assert execute(server, "SELECT * FROM kept") == []
    finally:
        server.stop()
        if depth == 3:
            for used in (before, server):
                used.home.sockets.rmdir()


def test_a_path_too_long_for_a_socket_is_no_obstacle(var):
    deep = var / ("d" * 60) / ("e" * 60)
    server = embedded.Redis(embedded.Home(deep))
    try:
        assert server.start() is True
        assert len(os.fsencode(server.socket)) <= 107
    finally:
        server.stop()
        server.socket.parent.rmdir()


def test_data_lie_where_the_server_s_account_can_reach_them(var):
    """A checkout in root's closed home: PostgreSQL runs as somebody who may not enter."""
    var.parent.chmod(0o700)  # as root's home is
    server = embedded.Postgres(embedded.Home(var))
    try:
        server.start()
        assert server.home.account.reaches(server.data.parent)
        assert (var / "postgres" / "PG_VERSION").exists()
        assert embedded.Postgres(embedded.Home(var)).answers()
    finally:
        server.stop()
        if server.home.place != server.home.root:
            subprocess.run(["rm", "-r", str(server.home.place)], check=True)


def test_a_directory_somebody_else_put_in_place_is_refused(var, tmp_path):
    home = embedded.Home(var)
    home.sockets.symlink_to(tmp_path)

    with pytest.raises(embedded.EmbeddedServerError, match="belongs to somebody else"):
        embedded.Redis(home).start()


def test_data_of_a_version_that_is_not_installed_are_left_alone(var):
    home = embedded.Home(var)
    data = var / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9")

    with pytest.raises(embedded.EmbeddedServerError, match="written by PostgreSQL 9"):
        embedded.Postgres(home).start()
    (data / "PG_VERSION").unlink()


def test_a_server_that_cannot_start_says_why(var):
    server = embedded.Postgres(embedded.Home(var), settings={"shared_buffers": "nonsense"})

    with pytest.raises(embedded.EmbeddedServerError, match="nonsense"):
        server.start()


@pytest.mark.parametrize("said", ["production", "test"])
def test_outside_development_nothing_is_started_or_set(monkeypatch, var, said):
    monkeypatch.setenv("OPSDESK_ENV", said)
    monkeypatch.setenv("OPSDESK_VAR", str(var))
    before = dict(os.environ)

    assert development.prepare() == []

    assert dict(os.environ) == before
    assert not var.exists()


def test_addresses_in_the_environment_are_used_and_nothing_is_started(monkeypatch, var):
    monkeypatch.setenv("OPSDESK_ENV", "development")
    monkeypatch.setenv("OPSDESK_VAR", str(var))

    assert development.prepare() == []
    assert not (var / "postgres").exists()


def test_a_machine_with_addresses_and_without_a_checkout_s_secret_is_production(monkeypatch, var):
    monkeypatch.delenv("OPSDESK_ENV")
    monkeypatch.setenv("OPSDESK_VAR", str(var))

    assert development.prepare() == []
    assert "OPSDESK_ENV" not in os.environ

"""`make run` as a whole: started, robbed of its servers, ended; then started again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from opsdesk import embedded, run
from opsdesk.stores.roles import Role
from tests import template
from tests.factories import UserFactory

ROOT = Path(__file__).resolve().parent.parent
A_STORE = "from opsdesk.stores.models import Store; Store.objects.create(code='t1', name='One')"


class Site:
    """A `make run` in the background, its output line by line."""

    def __init__(self, var: Path, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.environment = {"PATH": os.environ["PATH"], "OPSDESK_VAR": str(var), "PORT": str(port)}
        self.output = ""

    def command(self, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, check=True)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "opsdesk.run"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.read_until("Ctrl-C ends everything.")

    def read_until(self, words: str) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if words in line:
                return
        raise AssertionError(f"ended without {words!r}:\n{self.output}")

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as answer:
            return answer.status

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        assert self.process.stdout is not None
        self.output += self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait()


@pytest.fixture
def site(open_path, unused_tcp_port):
    site = Site(open_path / "var", unused_tcp_port)
    try:
        tables_are_there(open_path / "var")
        site.command("-m", "opsdesk.run", "--setup-only")
        # With a store there is nothing to demonstrate, which would take a minute.
        site.command("manage.py", "shell", "--verbosity=0", "-c", A_STORE)
        site.command("-m", "opsdesk.development", "stop")
        yield site
    finally:
        site.command("-m", "opsdesk.development", "stop")


def tables_are_there(var: Path) -> None:
    """As on every start but the first, which takes a minute: .ci/run makes one."""
    postgres = embedded.Postgres(embedded.Home(var))
    postgres.start()
    template.fill(postgres.url())
    postgres.stop()


def processes_of(directory: Path) -> list[int]:
    """Every process that was started for this var/, itself or through its environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if str(directory).encode() in (path / "environ").read_bytes():
                found.append(int(path.name))
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue  # ended meanwhile, or somebody else's
    return found


def test_the_site_survives_its_servers_and_leaves_nothing_behind(site):
    site.start()
    assert site.get("/admin/login/") == 200
    home = embedded.Home(Path(site.environment["OPSDESK_VAR"]))
    servers = [embedded.Postgres(home), embedded.Redis(home)]

    os.kill(int((home.root / "redis" / "redis.pid").read_text()), signal.SIGKILL)
    site.read_until("Redis was gone, started again")
    pid = (home.root / "postgres" / "postmaster.pid").read_text().splitlines()[0]
    os.kill(int(pid), signal.SIGKILL)
    site.read_until("Postgres was gone, started again")

    assert site.get("/health/ready") == 200
    assert site.end() == 0
    assert [server.answers() for server in servers] == [False, False]
    deadline = time.monotonic() + 30
    while processes_of(home.root):
        assert time.monotonic() < deadline, site.output
        time.sleep(0.05)


def test_a_taken_port_is_named_before_anything_starts(tmp_path, unused_tcp_port):
    with socket.create_server(("127.0.0.1", unused_tcp_port)):
        result = subprocess.run(
            [sys.executable, "-m", "opsdesk.run"],
            cwd=ROOT,
            env=Site(tmp_path / "var", unused_tcp_port).environment,
            capture_output=True,
            text=True,
        )
    assert result.returncode == 1
    assert f"port {unused_tcp_port} is taken" in result.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.django_db
def test_a_log_in_is_announced_for_every_role_that_has_one():
    assert run.demonstration_accounts() == ""
    UserFactory(username=Role.FINANCE)
    UserFactory(username=Role.ANALYST, is_active=False)

    text = run.demonstration_accounts()

    assert "finance" in text
    assert "analyst" not in text

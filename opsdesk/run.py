"""`make run` and `make setup`: everything on one machine, from an empty database to a log-in."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from functools import partial

import django
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from opsdesk import development, embedded
from opsdesk.stores.demo import DEMO_PASSWORD
from opsdesk.stores.roles import Role
from opsdesk.supervisor import Program, Supervisor
from opsdesk.web import FOLDER


def main() -> int:
    parser = argparse.ArgumentParser(description="Run OpsDesk on this machine.")
    parser.add_argument("--setup-only", action="store_true", help="stop before the servers")
    arguments = parser.parse_args()
    os.environ.setdefault("OPSDESK_ENV", "development")
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    os.environ.setdefault("SITE_URL", f"http://{host}:{port}")
    if not arguments.setup_only and _is_taken(host, port):
        embedded.say(f"port {port} is taken: PORT={port + 1} make run")
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same as Ctrl-C
    try:
        with development.complaints():
            servers = development.prepare()
            if not arguments.setup_only:
                return _run(host, port, servers)
            _set_up()
            return 0
    except KeyboardInterrupt:
        return 130


def _run(host: str, port: int, servers: list[embedded.Postgres | embedded.Redis]) -> int:
    """Serve until told to stop, then stop the servers that this run started."""
    if host not in ("127.0.0.1", "localhost"):
        os.environ["ALLOWED_HOSTS"] = "*"  # whoever opens the port names the machine as they like
    ours = [server for server in servers if server.started_here]
    try:
        _set_up()
        _load_demonstration()
        announcement = [host, port, demonstration_accounts()]
        connection.close()
        threading.Thread(target=_announce, args=announcement, daemon=True).start()
        tend = partial(_tend, servers)
        return Supervisor(programs(host, port), embedded.say, tend=tend).run()
    finally:
        for server in reversed(ours):
            server.stop()


def _tend(servers: list[embedded.Postgres | embedded.Redis]) -> None:
    """Start an embedded server again that somebody killed."""
    for server in servers:
        if server.start():
            embedded.say(f"{type(server).__name__} was gone, started again")


def programs(host: str, port: int) -> list[Program]:
    """The web server, the workers and the one beat, as they run on one machine."""
    python = sys.executable
    # Celery warns root of pickled messages; only JSON is accepted here.
    quiet = ["-W", "ignore:You're running the worker with superuser privileges"]
    celery = [python, *quiet, "-m", "celery", "--app", "opsdesk", "--quiet"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    return [
        Program(
            "web",
            ["env", f"{FOLDER}={development.var_directory() / 'metrics'}"]
            + [python, "-m", "gunicorn", "opsdesk.wsgi", "--bind", f"{host}:{port}"]
            + ["--config", "python:opsdesk.web"]
            + ["--workers", "2", "--threads", "4", "--graceful-timeout", "10"]
            + ["--no-control-socket"],
        ),
        Program(
            "worker",
            [*worker, "-Q", "celery", "-n", "worker@%h"],
            # Lets running tasks end for a while, then puts them back into the queue.
            stop_signal=signal.SIGQUIT,
        ),
        # Ticks only: no import, however long, stands in their way.
        Program(
            "clock",
            [*worker, "-Q", "clock", "-c", "1", "-n", "clock@%h"],
            stop_signal=signal.SIGQUIT,
        ),
        Program("beat", [*celery, "beat", "--loglevel", "INFO", "--pidfile="]),
    ]


def _set_up() -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)


def _load_demonstration() -> None:
    """On the first start; again where the first was interrupted half way."""
    unfinished = development.var_directory() / "demo-unfinished"
    if unfinished.exists() or not apps.get_model("stores", "Store").objects.exists():
        embedded.say("first start: making the demonstration store, this takes a minute")
        unfinished.touch()
        call_command("demo")
        unfinished.unlink()


def demonstration_accounts() -> str:
    """One line per role that somebody can sign in as; empty where the stores are real ones."""
    there = get_user_model().objects.filter(username__in=Role.values, is_active=True)
    names = set(there.values_list("username", flat=True))
    lines = [f"  {role.value:<20}{role.label}" for role in Role if role.value in names]
    if not lines:
        return ""
    return "\n".join([f"Sign in as one of these, password {DEMO_PASSWORD}", *lines, ""])


def _is_taken(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def _announce(host: str, port: int, accounts: str) -> None:
    """Say where to sign in and as whom, once the site answers."""
    asked = "127.0.0.1" if host == "0.0.0.0" else host
    while not _answers(f"http://{asked}:{port}/health/live"):
        time.sleep(0.2)
    shown = "localhost" if host == "127.0.0.1" else host
    embedded.say(f"ready at http://{shown}:{port}/\n{accounts}Ctrl-C ends everything.")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError):
        return False


if __name__ == "__main__":
    sys.exit(main())

"""Redis may be away: whoever sends a hint hears of it soon and goes on."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from opsdesk import run
from opsdesk.celery import app

ROOT = Path(__file__).resolve().parent.parent
SEND = """
import django
from kombu.exceptions import OperationalError
django.setup()
from opsdesk.celery import app
for attempt in range(2):
    try:
        app.send_task("opsdesk.schedule.tick")
    except OperationalError:
        print("refused")
"""


@pytest.fixture
def deaf_port():
    """A server that takes connections and never answers, like a Redis that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def send(port: int) -> str:
    # By default the sender waits for good: the limit only ends a failing test.
    return subprocess.run(
        [sys.executable, "-c", SEND],
        cwd=ROOT,
        env={**os.environ, "REDIS_URL": f"redis://127.0.0.1:{port}/0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def test_sending_to_a_hung_redis_fails_instead_of_waiting(deaf_port):
    assert send(deaf_port) == "refused\nrefused\n"


def test_sending_to_a_redis_that_is_down_fails_instead_of_waiting(unused_tcp_port):
    assert send(unused_tcp_port) == "refused\nrefused\n"


def test_beat_only_ticks():
    assert [entry["task"] for entry in app.conf.beat_schedule.values()] == ["opsdesk.schedule.tick"]


def test_a_tick_waits_in_a_queue_of_its_own_and_not_longer_than_until_the_next():
    entry = app.conf.beat_schedule["tick"]
    route = app.amqp.router.route({}, entry["task"])
    assert route["queue"].name == entry["options"]["queue"] == "clock"
    assert entry["options"]["expires"] < entry["schedule"]


def test_on_one_machine_each_queue_has_its_worker():
    queues = {
        program.name: program.command[program.command.index("-Q") + 1]
        for program in run.programs("127.0.0.1", 8000)
        if "-Q" in program.command
    }
    assert queues == {"worker": "celery", "clock": "clock"}


def test_the_tick_is_a_task_that_workers_know():
    app.loader.import_default_modules()
    assert "opsdesk.schedule.tick" in app.tasks


def test_a_killed_worker_loses_no_task():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_messages_carry_json_only():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"

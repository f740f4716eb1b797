"""Figures for Prometheus: for those who may, over all web processes."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from tests import factories, processes

ROOT = Path(__file__).resolve().parent.parent


def figures(text):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.django_db
def test_the_figures_tell_how_the_work_goes(client):
    factories.SlotFactory()

    found = figures(client.get("/metrics").content.decode())

    assert found["opsdesk_database_up",] == 1
    assert found["opsdesk_late_slots",] == 1
    assert found["opsdesk_queue_up",] == 1
    assert found["opsdesk_oldest_waiting_seconds", "slots"] > 0
    assert any(name.startswith("django_http_requests") for name, *_labels in found)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("10.0.0.7", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("10.0.0.7", {"Authorization": "Bearer scrape"}, 200),
        ("10.0.0.7", {"Authorization": "Bearer guess"}, 404),
        ("127.0.0.1", {"Authorization": "Bearer guess"}, 404),
        ("", {}, 404),
    ],
)
def test_only_who_may_sees_them(client, settings, peer, headers, status):
    settings.METRICS_TOKEN = "scrape"

    assert client.get("/metrics", REMOTE_ADDR=peer, headers=headers).status_code == status


@pytest.mark.django_db
def test_without_a_token_no_token_opens_them(client):
    headers = {"Authorization": "Bearer "}

    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7", headers=headers).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_without_a_database_that_is_what_they_say(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    found = figures(client.get("/metrics").content.decode())

    connection.close()
    assert found["opsdesk_database_up",] == 0


@pytest.mark.django_db(transaction=True)
def test_two_web_processes_are_counted_together(tmp_path, unused_tcp_port):
    """Requests that either answered are in the figures of both."""
    site = f"http://127.0.0.1:{unused_tcp_port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "opsdesk.wsgi", "--bind", site[7:], "--workers", "2"]
        + ["--config", "python:opsdesk.web", "--no-control-socket"],
        cwd=ROOT,
        env=processes.environment(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "metrics")),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        processes.wait_until(lambda: answers(f"{site}/health/live"), "the site answers")
        processes.wait_until(lambda: _counting(site, tmp_path) == 2, "both have answered")
        found = [figures(_get(f"{site}/metrics")) for _ in range(6)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)

    total = [each["django_http_requests_before_middlewares_total",] for each in found]
    assert total == sorted(total)
    assert total[-1] - total[0] == 5


def _counting(site, folder):
    """How many processes have counted a request, after one more."""
    _get(f"{site}/health/live")
    files = [name for name in os.listdir(folder / "metrics") if name.startswith("histogram")]
    return len({re.search(r"\d+", name)[0] for name in files})


def _get(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def answers(address):
    try:
        return bool(_get(address))
    except OSError:
        time.sleep(0.1)
        return False

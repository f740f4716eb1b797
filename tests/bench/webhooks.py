"""Webhooks at a steady pace, as platforms send them: how long each waits for its answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path

import orjson
import psycopg2
from django.utils import timezone

from opsdesk.embedded import Postgres
from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services import webhooks
from opsdesk.exchange.signatures import digest_of
from tests.bench.report import Figure
from tests.bench.shop import open_shop
from tests.orders.platforms import shopify

ROOT = Path(__file__).resolve().parent.parent.parent
PER_SECOND = 50
SECONDS, QUICK_SECONDS = 20, 1
# As a site of two cores is run; as many senders as the platforms open connections.
WORKERS, THREADS, SENDERS = 2, 4, 16
SECRET = "hush"
GOAL_MS = 100
PATIENCE_SECONDS = 30


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    shop = open_shop("webhooks", skus=10)
    webhooks.enter_secret(
        store=shop.store,
        source="shopify",
        secret=SECRET,
        channel=shop.channel,
        at=timezone.now(),
    )
    count = PER_SECOND * (QUICK_SECONDS if quick else SECONDS)
    with serving() as address:
        url = f"{address}/hooks/{shop.store.code}/shopify"
        for number in range(2 * WORKERS * THREADS):  # every thread has met the database
            _post(url, 1_000_000 + number)
        waits = _at_a_pace(partial(_post, url), count)
    plain = _plainly(postgres, count)
    assert InboundDelivery.objects.filter(store=shop.store).count() == count + 16
    return [
        Figure(
            f"webhook, p99 of the answer at {PER_SECOND}/s",
            _percentile(waits, 0.99),
            "ms",
            GOAL_MS,
            at_least=False,
            note=f"{WORKERS} web workers, {count} deliveries, counted from when each was due",
        ),
        Figure("webhook, median of the answer", _percentile(waits, 0.5), "ms"),
        Figure(
            f"a plain committed INSERT, p99 at {PER_SECOND}/s",
            _percentile(plain, 0.99),
            "ms",
            note="what the machine and its disk make everybody wait for",
        ),
    ]


def _plainly(postgres: Postgres, count: int) -> list[float]:
    """The same bodies at the same pace, with nothing looked at: a statement and its commit."""
    here = threading.local()
    connections = []
    with closing(psycopg2.connect(postgres.url())) as first, first, first.cursor() as cursor:
        cursor.execute("CREATE TABLE plain_delivery (id serial PRIMARY KEY, body bytea)")

    def insert(number: int) -> None:
        if not hasattr(here, "connection"):
            here.connection = psycopg2.connect(postgres.url())
            connections.append(here.connection)
        with here.connection, here.connection.cursor() as cursor:
            body = orjson.dumps(shopify(number))
            cursor.execute("INSERT INTO plain_delivery (body) VALUES (%s)", [body])

    try:
        return _at_a_pace(insert, count)
    finally:
        for connection in connections:
            connection.close()


def _at_a_pace(send_one: Callable[[int], None], count: int) -> list[float]:
    """Milliseconds from the moment a delivery was due: one that waits for a sender waits, too."""
    started = time.perf_counter() + 0.1

    def send(number: int) -> float:
        due = started + number / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        send_one(number)
        return 1000 * (time.perf_counter() - due)

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(send, range(count)))


def _post(url: str, number: int) -> None:
    body = orjson.dumps(shopify(number))
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Hmac-Sha256": digest_of(SECRET, body),
        "X-Shopify-Webhook-Id": f"w-{number}",
        "X-Shopify-Topic": "orders/create",
    }
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status == 200


def _percentile(waits: list[float], share: float) -> float:
    return sorted(waits)[min(len(waits) - 1, int(share * len(waits)))]


@contextmanager
def serving() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "opsdesk.wsgi", "--bind", f"127.0.0.1:{port}"]
        + ["--config", "python:opsdesk.web", "--workers", str(WORKERS), "--threads", str(THREADS)]
        + ["--no-control-socket"],
        cwd=ROOT,
        env={**os.environ, "LOG_LEVEL": "WARNING"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"{address}/health/live", timeout=2):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")

"""PostgreSQL is restarted under writers, and runs out of connections.

Whoever writes repeats a request that had no answer, or a 503, with the same key.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest
from django.db import connection

from opsdesk.tokens.models import KeptAnswer
from orders.models import Order
from tests.faults.shop import Shop
from tests.faults.site import Site, Writer, serving
from tests.invariants import assert_invariants_hold
from tests.processes import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 8


@contextmanager
def writing(site: Site, shop) -> Iterator[list[Writer]]:
    """Half of them send orders, half receive goods; at the end each has brought its last to an
    end, or the test fails with what it was told."""
    over = threading.Event()
    bridges = [Writer(site, "orders", shop.bridge, over) for _ in range(WRITERS // 2)]
    scanners = [Writer(site, "stock-movements", shop.scanner, over) for _ in range(WRITERS // 2)]
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(w.write, shop.orders(n)) for n, w in enumerate(bridges)]
        running += [pool.submit(w.write, shop.receipts(n)) for n, w in enumerate(scanners)]
        try:
            yield [*bridges, *scanners]
        finally:
            over.set()
        for future in running:
            future.result(PATIENCE)


def wait_for_more(writers: list[Writer]) -> None:
    """Every writer has been told of something more that is done."""
    before = [len(writer.done) for writer in writers]
    wait_until(
        lambda: all(len(w.done) > n for w, n in zip(writers, before, strict=True)),
        "every writer got on",
    )


def assert_once_each(writers: list[Writer], shop) -> None:
    """What was acknowledged is there, once, and there is nothing else."""
    connection.close()  # the one from before the restarts
    acknowledged = {
        resource: {
            key: answer for w in writers if w.resource == resource for key, answer in w.done.items()
        }
        for resource in ("orders", "stock-movements")
    }
    numbers = Order.objects.values_list("external_number", flat=True)
    assert sorted(numbers) == sorted(acknowledged["orders"])
    assert shop.received() == len(acknowledged["stock-movements"])
    ids = {str(pk) for pk in Order.objects.values_list("pk", flat=True)}
    assert {answer.json()["order"] for answer in acknowledged["orders"].values()} == ids
    assert KeptAnswer.objects.count() == sum(map(len, acknowledged.values()))
    assert_invariants_hold()


def test_restarts_lose_and_double_nothing(own_postgres, redis, log):
    postgres = own_postgres()
    shop = Shop.opened()
    with serving(log, REDIS_URL=redis.url()) as site:
        with writing(site, shop) as writers:
            for mode in ("fast", "immediate", "fast", "immediate"):
                wait_for_more(writers)
                postgres.restart(mode)
            wait_for_more(writers)
        assert site.health("ready")["database"] == "ok"

    assert sum(writer.breaks + len(writer.refusals) for writer in writers)
    assert_once_each(writers, shop)


def test_out_of_connections_some_wait_and_nothing_is_half_written(own_postgres, redis, log):
    """The web's eight threads, and room for four."""
    postgres = own_postgres(max_connections="5")
    shop = Shop.opened()
    with serving(log, REDIS_URL=redis.url()) as site:
        held = all_connections(postgres)
        with writing(site, shop) as writers:
            wait_until(lambda: all(w.refusals for w in writers), "every writer is refused")
            assert not any(writer.done for writer in writers)
            for each in held:
                each.close()
            wait_for_more(writers)

    assert_once_each(writers, shop)


def all_connections(postgres) -> list:
    """Taken, so that nobody else gets one; ours for the tests' own questions stays."""
    held = []
    while True:
        try:
            held.append(psycopg2.connect(postgres.url()))
        except psycopg2.OperationalError:
            return held

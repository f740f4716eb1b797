"""PostgreSQL is restarted under writers, and runs out of connections.

Whoever writes repeats a request that had no answer, or a 503, with the same key.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone

from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services import inbox
from opsdesk.tokens.models import KeptAnswer
from orders.models import Order
from tests.exchange.signing import SECRET
from tests.faults.conftest import Postgres
from tests.faults.shop import Shop
from tests.faults.site import Platform, Site, Writer, serving
from tests.invariants import assert_invariants_hold
from tests.processes import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 9
INTAKES = 200


class Writing:
    """A third sends orders by REST, a third by webhook, a third receives goods; until the end."""

    def __init__(self, site: Site, shop: Shop) -> None:
        self.over = threading.Event()
        third = range(WRITERS // 3)
        self.bridges = [Writer(site, "orders", shop.bridge, self.over) for _ in third]
        self.platforms = [Platform(site, shop.store.code, SECRET, self.over) for _ in third]
        self.scanners = [Writer(site, "stock-movements", shop.scanner, self.over) for _ in third]
        self.pool = ThreadPoolExecutor(WRITERS)
        self.running = [
            *(self.pool.submit(w.write, shop.orders(n)) for n, w in enumerate(self.bridges)),
            *(self.pool.submit(w.write, shop.deliveries(n)) for n, w in enumerate(self.platforms)),
            *(self.pool.submit(w.write, shop.receipts(n)) for n, w in enumerate(self.scanners)),
        ]

    @property
    def writers(self) -> list[Writer]:
        return [*self.bridges, *self.platforms, *self.scanners]

    @property
    def intakes(self) -> int:
        return sum(len(writer.done) for writer in (*self.bridges, *self.platforms))

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        """As the tests' own; a writer that was told something unheard of ends it at once."""
        wait_until(lambda: holds() or any(each.done() for each in self.running), what)
        for each in self.running:
            if each.done():
                each.result()

    def wait_for_more(self) -> None:
        """Every writer has been told of something more that is done."""
        before = [len(writer.done) for writer in self.writers]
        self.wait_until(
            lambda: all(len(w.done) > n for w, n in zip(self.writers, before, strict=True)),
            "every writer got on",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Each brings what it has in hand to its end."""
        self.over.set()
        for each in self.running:
            each.result(PATIENCE)
        self.pool.shutdown()


def assert_once_each(writing: Writing, shop: Shop) -> None:
    """What was acknowledged is there, once, and there is nothing else."""
    connection.close()  # the one from before the restarts
    orders = {key: answer for w in writing.bridges for key, answer in w.done.items()}
    delivered = {key for w in writing.platforms for key in w.done}
    receipts = [key for w in writing.scanners for key in w.done]
    assert InboundDelivery.objects.count() == len(delivered)
    assert inbox.process_waiting(at=timezone.now()) == {"done": len(delivered)}
    assert set(Order.objects.values_list("external_number", flat=True)) == delivered | set(orders)
    found = Order.objects.exclude(external_number__in=delivered).values_list(
        "external_number", "pk"
    )
    assert sorted(found) == sorted((n, int(a.json()["order"])) for n, a in orders.items())
    assert shop.received() == len(receipts)
    assert KeptAnswer.objects.count() == len(orders) + len(receipts)
    assert_invariants_hold()


def test_restarts_lose_and_double_nothing(own_postgres, redis, log):
    postgres = own_postgres()
    shop = Shop.opened()
    with serving(log, REDIS_URL=redis.url()) as site:
        with Writing(site, shop) as writing:
            for mode in ("fast", "immediate", "fast", "immediate"):
                writing.wait_for_more()
                postgres.restart(mode)
            writing.wait_for_more()
            writing.wait_until(lambda: writing.intakes >= INTAKES, "200 orders were sent")
        assert site.health("ready")["database"] == "ok"

    assert sum(writer.breaks + len(writer.refusals) for writer in writing.writers)
    assert_once_each(writing, shop)


def test_out_of_connections_some_wait_and_nothing_is_half_written(own_postgres, redis, log):
    """The web's eight threads, and room for four."""
    postgres = own_postgres(max_connections="5")
    shop = Shop.opened()
    with serving(log, REDIS_URL=redis.url()) as site:
        held = all_connections(postgres)
        with Writing(site, shop) as writing:
            writing.wait_until(lambda: all(w.refusals for w in writing.writers), "all are refused")
            assert not any(writer.done for writer in writing.writers)
            for each in held:
                each.close()
            writing.wait_for_more()

    assert_once_each(writing, shop)


def all_connections(postgres: Postgres) -> list[Any]:
    """Taken, so that nobody else gets one; ours for the tests' own questions stays."""
    held = []
    while True:
        try:
            held.append(psycopg2.connect(postgres.url()))
        except psycopg2.OperationalError:
            return held

"""Redis goes away, hangs, fills up: orders and goods come in all the same, and are worked on after.

Each wait for Redis ends by the broker's socket timeouts; without those a request never would.
"""

from dataclasses import replace

import pytest

from orders.models import Order
from tests import processes
from tests.factories import PASSWORD
from tests.faults.site import serving
from tests.invariants import assert_invariants_hold
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

# Seconds: many times the broker's socket timeout of 2, and far from for ever.
BOUND = 30


def take_in(site, shop):
    """Two orders wait now, and goods for one of them came, which a worker was to be told of."""
    placed = site.send("orders", shop.order("L-1"), secret=shop.bridge, key="order")
    received = site.send("stock-movements", shop.receipt(), secret=shop.scanner, key="goods")
    assert (placed.status, received.status) == (201, 201)
    assert shop.received() == 1
    assert not Order.objects.filter(fulfilment_state="reserved").exists()


def assert_worked_on(redis):
    redis.tick()
    wait_until(
        lambda: Order.objects.filter(fulfilment_state="reserved").count() == 1, "goods are reserved"
    )
    assert_invariants_hold()


def test_without_redis_orders_and_goods_come_in(shop, redis, log, tmp_path):
    shop.waiting_order()
    with (
        serving(log, REDIS_URL=redis.url()) as site,
        processes.worker(redis.url(), tmp_path / "worker.log"),
    ):
        redis.stop()
        take_in(site, shop)
        assert site.health("ready")["queue"] == "unreachable"
        assert site.health("jobs")["queue_depth"] is None

        redis.start()
        assert_worked_on(redis)
        assert site.health("ready")["status"] == "ok"


def test_while_redis_hangs_people_log_in_and_goods_come_in(shop, redis, log, tmp_path):
    shop.waiting_order()
    with serving(log, REDIS_URL=redis.url()) as site:
        with redis.hung():
            hurried = replace(site, patience=BOUND)
            take_in(hurried, shop)
            page = hurried.log_in(shop.lead.username, PASSWORD)
            ready = hurried.health("ready")
        assert page.status == 200
        assert shop.lead.username in page.body.decode()
        assert (ready["status"], ready["queue"]) == ("degraded", "unreachable")

        with processes.worker(redis.url(), tmp_path / "worker.log"):
            assert_worked_on(redis)


def test_when_redis_is_full_orders_and_goods_come_in(shop, redis, log, tmp_path):
    shop.waiting_order()
    with (
        serving(log, REDIS_URL=redis.url()) as site,
        processes.worker(redis.url(), tmp_path / "worker.log"),
    ):
        with redis.full():
            take_in(site, shop)
            ready = site.health("ready")
        assert (ready["status"], ready["queue"]) == ("degraded", "refusing")

        assert_worked_on(redis)
        assert site.health("ready")["status"] == "ok"

"""Redis is never the only record of work: what happens when it, or a worker, goes away."""

from datetime import timedelta

import pytest
from celery import Celery
from django.utils import timezone

from opsdesk import embedded
from opsdesk.schedule.models import Slot
from orders.models import Order
from tests import processes
from tests.factories import StoreFactory
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, place, stock
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis(open_path):
    """A Redis of this test's own, to stop or empty."""
    server = embedded.Redis(embedded.Home(open_path))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "worker.log"


def tick(redis):
    """What beat does once a minute, by a connection of its own."""
    sender = Celery(broker=redis.url(), set_as_current=False)
    sender.send_task("opsdesk.schedule.tick")
    sender.close()


def waiting_order(store):
    place(store, draft(placed_at=timezone.now(), paid_at=timezone.now()), at=timezone.now())
    return Order.objects.get()


def receive(store, redis):
    """Goods come in through a process that hints over this Redis."""
    sku, warehouse = store.skus.get(), store.warehouses.get()
    processes.run_module("tests.schedule.receiver", sku.pk, warehouse.pk, REDIS_URL=redis.url())


def is_reserved():
    return Order.objects.get().fulfilment_state == "reserved"


@pytest.fixture
def store():
    store = StoreFactory()
    stock(store, A=0)
    return store


def test_a_tick_from_each_of_two_beats_runs_each_slot_once(redis, log):
    with processes.worker(redis.url(), log):
        for _ in range(6):
            tick(redis)
        wait_until(lambda: log.read_text().count("succeeded") == 6, "six ticks ran")

    assert not Slot.objects.exclude(state__in=["done", "covered"]).exists()
    assert not Slot.objects.filter(attempts__gt=1).exists()
    assert_invariants_hold()


def test_a_start_ticks_at_once_and_not_a_minute_later(redis, log):
    """Beat's own first tick comes after sixty seconds, later than the test is willing to wait."""
    with processes.worker(redis.url(), log), processes.beat(redis.url()):
        wait_until(lambda: Slot.objects.filter(state="done").exists(), "the first slots have run")


def test_a_broker_that_was_emptied_loses_nothing(store, redis, log):
    waiting_order(store)
    receive(store, redis)  # The hint lies in Redis, and no worker is there yet.
    with Celery(broker=redis.url(), set_as_current=False).connection_for_write() as connection:
        connection.default_channel.client.flushall()

    with processes.worker(redis.url(), log):
        tick(redis)
        wait_until(is_reserved, "the order is reserved")

    assert_invariants_hold()


def test_goods_are_received_while_the_broker_is_down_and_served_after_it_returns(store, redis, log):
    waiting_order(store)
    with processes.worker(redis.url(), log):
        redis.stop()
        receive(store, redis)
        assert not is_reserved()

        redis.start()
        tick(redis)
        wait_until(is_reserved, "the order is reserved")

    assert_invariants_hold()


def test_a_hint_reaches_the_worker_at_once(store, redis, log):
    waiting_order(store)

    with processes.worker(redis.url(), log):
        receive(store, redis)
        wait_until(is_reserved, "the order is reserved")

    assert not Slot.objects.exists()


def test_a_missed_hour_is_caught_up_without_holes(redis, log):
    now = timezone.now().replace(second=0, microsecond=0)
    Slot.objects.create(
        job="deadlines.sweep", slot_at=now - timedelta(hours=1), state="done", finished_at=now
    )

    with processes.worker(redis.url(), log):
        tick(redis)
        wait_until(lambda: "succeeded" in log.read_text(), "the tick ran")

    slots = Slot.objects.filter(job="deadlines.sweep").order_by("slot_at")
    moments = [slot.slot_at for slot in slots]
    assert all(b - a == timedelta(minutes=1) for a, b in zip(moments, moments[1:], strict=False))
    assert {slot.state for slot in slots} == {"done", "covered"}
    assert slots.last().state == "done"

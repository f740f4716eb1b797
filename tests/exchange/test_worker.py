"""Messages leave through a real worker: at once by a hint, and all the same when it is lost."""

import pytest
from celery import Celery

from opsdesk import embedded
from opsdesk.exchange.models import OutboundMessage
from tests import processes
from tests.exchange.outgoing import target_at
from tests.processes import wait_until
from tests.receivers import receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redis(open_path):
    """A Redis of this test's own, to empty."""
    server = embedded.Redis(embedded.Home(open_path))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def here():
    with receiver() as running:
        yield running


def tell(target, key, redis):
    processes.run_module("tests.exchange.teller", target.pk, key, REDIS_URL=redis.url())


def is_sent():
    return OutboundMessage.objects.get().state == OutboundMessage.State.SENT


def test_a_message_leaves_at_once(here, redis, tmp_path):
    target = target_at(here)

    with processes.worker(redis.url(), tmp_path / "worker.log"):
        tell(target, "order-1", redis)
        wait_until(is_sent, "the message is sent")

    assert len(here.requests) == 1


def test_a_message_whose_hint_was_lost_leaves_with_the_next_tick(here, redis, tmp_path):
    target = target_at(here)
    tell(target, "order-1", redis)
    sender = Celery(broker=redis.url(), set_as_current=False)
    with sender.connection_for_write() as connection:
        connection.default_channel.client.flushall()

    with processes.worker(redis.url(), tmp_path / "worker.log"):
        sender.send_task("opsdesk.schedule.tick")
        wait_until(is_sent, "the message is sent")
    sender.close()

    assert len(here.requests) == 1

"""Workers are killed, by us and by what they run; messages of another release arrive."""

import os
import signal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import StockLevel
from catalog.services.stock import receive_stock
from opsdesk.alerts.models import Alert
from opsdesk.schedule.models import Slot
from opsdesk.schedule.services import MOST_ATTEMPTS
from tests import processes
from tests.factories import SlotFactory
from tests.faults.shop import is_reserved
from tests.invariants import assert_invariants_hold
from tests.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

POISON = "tests.poison"
SERVING = "orders.serve_waiting"


@pytest.fixture
def work(shop):
    """An order that waits, and goods for it. The hint to a worker went to nobody."""
    shop.waiting_order()
    receive_stock(
        sku_id=shop.sku.pk,
        warehouse_id=shop.warehouse.pk,
        quantity=1,
        actor=None,
        at=timezone.now(),
    )
    assert not is_reserved()


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


def is_left_behind() -> bool:
    return Slot.objects.waiting(timezone.now()).filter(job=SERVING).exists()


@pytest.mark.usefixtures("work")
def test_a_worker_killed_before_its_commit_leaves_its_work_to_the_next_at_once(redis, log):
    with processes.worker(redis.url(), log) as worker:
        with transaction.atomic():
            list(StockLevel.objects.locked())
            redis.tick()
            wait_until(somebody_waits_for_us, "the worker is in the middle of it")
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        wait_until(is_left_behind, "the worker's connection is gone")
    assert not is_reserved()

    with processes.worker(redis.url(), log):
        redis.tick()
        wait_until(is_reserved, "the order is reserved")
        wait_until(lambda: not Slot.objects.waiting(timezone.now()).exists(), "the tick is over")

    # The same one, or the next minute's, which did for it and counted its attempt.
    assert Slot.objects.filter(job=SERVING, state="done").earliest("slot_at").attempts == 2
    assert_invariants_hold()


@pytest.mark.usefixtures("work")
def test_a_job_that_kills_its_worker_runs_again_at_once_and_is_parked_and_others_go_on(redis, log):
    with processes.worker(redis.url(), log, include="tests.faults.poison"):
        redis.tick()
        wait_until(lambda: Slot.objects.filter(state="parked").exists(), "the job is parked")
        wait_until(is_reserved, "the order is reserved")

    parked = Slot.objects.filter(state="parked").earliest("slot_at")
    assert (parked.job, parked.attempts) == (POISON, MOST_ATTEMPTS)
    assert log.read_text().count("signal 9 (SIGKILL)") >= MOST_ATTEMPTS
    alert = Alert.objects.get(check_code="schedule.parked")
    assert (alert.key, alert.owner_role) == (POISON, "administrator")
    assert_invariants_hold()


@pytest.mark.usefixtures("work")
def test_messages_and_runs_of_another_release_stop_nobody(shop, redis, log):
    former = SlotFactory(job="orders.serve_waiting_orders", slot_at=timezone.now())
    redis.send("orders.serve_orders")
    redis.send("orders.reserve_waiting_orders", [shop.sku.pk], "an argument of the next release")

    with processes.worker(redis.url(), log) as worker:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            redis.tick()
            tried = Slot.objects.filter(pk=former.pk, attempts=attempt, lease_until=None)
            wait_until(tried.exists, f"the former job was tried {attempt} times")
        wait_until(is_reserved, "the order is reserved")
        wait_until(lambda: redis.execute("HLEN", "unacked") == 0, "no message is in hand")
        assert redis.execute("LLEN", "celery") == 0
        assert worker.poll() is None

    written = log.read_text()
    assert "Received unregistered task of type 'orders.serve_orders'" in written
    assert "TypeError" in written
    former.refresh_from_db()
    assert (former.state, former.error) == (
        "parked",
        "UnknownJob: No job is called orders.serve_waiting_orders.",
    )
    assert Alert.objects.get(check_code="schedule.parked").subject_label == former.job
    assert_invariants_hold()

"""Bulk actions end, once, whatever happens to the worker."""

from datetime import timedelta
from functools import partial

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.utils import timezone

from opsdesk.bulk import services
from opsdesk.bulk.models import BulkTask
from opsdesk.errors import DomainError
from opsdesk.stores.roles import Role
from orders.models import Order, OrderEvent
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT

LATER = MOMENT + timedelta(hours=1)


def task_on(orders, actor, code="orders.review", **fields):
    return services.start(
        code=code, row_ids=[order.pk for order in orders], note="", actor=actor, at=MOMENT, **fields
    )


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def reviewer(store):
    return factories.UserFactory(role=Role.ORDER_REVIEWER, store=store)


@pytest.mark.django_db
def test_every_row_is_dealt_with_and_the_changed_ones_are_counted(store, reviewer):
    orders = factories.OrderFactory.create_batch(3, store=store)
    orders.append(factories.OrderFactory(store=store, review_state="passed"))

    assert services.run(task_on(orders, reviewer).pk, at=MOMENT) == BulkTask.State.DONE

    task = BulkTask.objects.get()
    assert (task.position, task.changed) == (4, 3)
    assert task.finished_at == MOMENT


@pytest.mark.django_db
def test_a_second_run_finds_nothing_to_do(store, reviewer):
    task = task_on([factories.OrderFactory(store=store)], reviewer)
    services.run(task.pk, at=MOMENT)

    assert services.run(task.pk, at=LATER) is None
    assert OrderEvent.objects.count() == 1


@pytest.mark.django_db
def test_a_worker_that_died_is_taken_over_where_it_stood(store, reviewer, monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 1)
    orders = factories.OrderFactory.create_batch(3, store=store)
    task = task_on(orders, reviewer)
    BulkTask.objects.filter(pk=task.pk).update(
        state="running", lease_until=MOMENT, attempts=1, position=2, changed=2
    )

    assert services.run_waiting(at=LATER) == 1

    task.refresh_from_db()
    assert (task.position, task.changed) == (3, 3)
    assert Order.objects.filter(review_state="passed").get() == orders[2]


@pytest.mark.django_db
def test_a_living_worker_is_left_alone(store, reviewer):
    task = task_on([factories.OrderFactory(store=store)], reviewer)
    BulkTask.objects.filter(pk=task.pk).update(state="running", lease_until=LATER)

    assert services.run(task.pk, at=MOMENT) is None


@pytest.mark.django_db
def test_one_that_always_kills_its_worker_is_given_up(store, reviewer):
    task = task_on([factories.OrderFactory(store=store)], reviewer)
    BulkTask.objects.filter(pk=task.pk).update(attempts=services.MOST_ATTEMPTS)

    assert services.run(task.pk, at=MOMENT) == BulkTask.State.FAILED


@pytest.fixture
def verb(monkeypatch):
    """What runs under this code in this test."""

    def register(run):
        found = services.Verb("test.act", "Act", run)
        monkeypatch.setattr(services, "_verbs", {found.code: found})
        return found.code

    return register


@pytest.mark.django_db
def test_a_lease_reaches_from_the_chunk_and_doesnt_grow_with_their_number(
    store, reviewer, monkeypatch, verb
):
    monkeypatch.setattr(services, "CHUNK", 1)
    leases = []

    def look(_ids, _actor, _at, _note):
        leases.append(BulkTask.objects.get().lease_until)
        return 1

    task = task_on(factories.OrderFactory.create_batch(4, store=store), reviewer, code=verb(look))
    services.run(task.pk, at=timezone.now())

    assert leases[-1] <= timezone.now() + services.LEASE


@pytest.mark.django_db
def test_one_refused_row_is_left_alone_and_the_others_are_dealt_with(store, reviewer, verb):
    orders = factories.OrderFactory.create_batch(5, store=store)

    def refuse(ids, _actor, _at, _note):
        if orders[3].pk in ids:
            raise DomainError("No stock of A for 13812345678.")
        return len(ids)

    task = task_on(orders, reviewer, code=verb(refuse))

    assert services.run(task.pk, at=MOMENT) == BulkTask.State.DONE
    task.refresh_from_db()
    assert (task.position, task.changed) == (5, 4)
    assert task.error == "No stock of A for 138****5678."


@pytest.mark.django_db(transaction=True)
def test_trouble_that_passes_puts_it_back_until_it_was_tried_three_times(store, reviewer, verb):
    def cut_off(_ids, _actor, _at, _note):
        raise OperationalError("server closed the connection")

    task = task_on([factories.OrderFactory(store=store)], reviewer, code=verb(cut_off))

    states = [services.run(task.pk, at=MOMENT) for _ in range(4)]

    assert states == ["waiting", "waiting", "failed", None]


@pytest.mark.django_db
def test_an_action_whose_time_is_up_goes_on_with_the_next_tick(store, reviewer, monkeypatch, verb):
    monkeypatch.setattr(services, "CHUNK", 1)
    calls = []

    def slow(ids, _actor, _at, _note):
        calls.append(ids)
        if len(calls) == 2:
            raise SoftTimeLimitExceeded
        return 1

    task = task_on(factories.OrderFactory.create_batch(3, store=store), reviewer, code=verb(slow))
    with pytest.raises(SoftTimeLimitExceeded):
        services.run(task.pk, at=MOMENT)
    task.refresh_from_db()
    assert (task.state, task.position) == ("waiting", 1)

    services.run(task.pk, at=MOMENT)

    task.refresh_from_db()
    assert (task.state, task.position, task.changed, task.error) == ("done", 3, 3, "")


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_costs_an_attempt_and_no_row(store, reviewer, verb):
    def cut_off(ids, _actor, _at, _note):
        if BulkTask.objects.get().attempts == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return len(ids)

    task = task_on([factories.OrderFactory(store=store)], reviewer, code=verb(cut_off))

    assert [services.run(task.pk, at=MOMENT) for _ in range(2)] == ["waiting", "done"]
    task.refresh_from_db()
    assert (task.position, task.changed) == (1, 1)


@pytest.mark.django_db
def test_a_failure_keeps_no_row_of_personal_data(store, reviewer, verb):
    def fail(_ids, _actor, _at, _note):
        raise ValueError("bad\nDETAIL:  Failing row contains (李雷, 13812345678).")

    task = task_on([factories.OrderFactory(store=store)], reviewer, code=verb(fail))

    assert services.run(task.pk, at=MOMENT) == BulkTask.State.FAILED
    task.refresh_from_db()
    assert task.error == "ValueError: bad"


@pytest.mark.django_db
def test_a_right_lost_in_the_meantime_is_lost(store, reviewer):
    task = task_on([factories.OrderFactory(store=store)], reviewer)
    reviewer.memberships.all().delete()

    services.run(task.pk, at=MOMENT)

    task.refresh_from_db()
    assert (task.position, task.changed) == (1, 0)


@pytest.mark.django_db
def test_an_action_nobody_registered_is_not_started(reviewer):
    with pytest.raises(services.UnknownVerb):
        task_on([], reviewer, code="orders.burn")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_it_once(store, reviewer):
    orders = factories.OrderFactory.create_batch(5, store=store)
    task = task_on(orders, reviewer)

    results = run_together([partial(services.run, task.pk, at=MOMENT)] * 4)

    assert sorted(map(str, results)) == ["None", "None", "None", "done"]
    assert OrderEvent.objects.count() == 5

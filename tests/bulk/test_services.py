"""Bulk actions end, once, whatever happens to the worker."""

from datetime import timedelta
from functools import partial

import pytest

from opsdesk.bulk import services
from opsdesk.bulk.models import BulkTask
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

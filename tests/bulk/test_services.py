"""Bulk actions end, once, whatever happens to the worker."""

from datetime import timedelta
from functools import partial

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext

from opsdesk import retention
from opsdesk.bulk import services
from opsdesk.bulk.jobs import COUNTS_AGREE
from opsdesk.bulk.models import BulkResult, BulkTask
from opsdesk.bulk.services import Done
from opsdesk.errors import DomainError
from opsdesk.invariants import violations
from opsdesk.schedule.models import Slot
from opsdesk.stores.roles import Role
from orders.models import OrderEvent
from orders.services import lifecycle
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT

LATER = MOMENT + timedelta(hours=1)


def task_on(orders, actor, code="orders.review"):
    return services.start(
        code=code, row_ids=[order.pk for order in orders], note="", actor=actor, at=MOMENT
    )


def outcomes(task):
    """Row → what became of it."""
    return dict(task.results.values_list("row_id", "outcome"))


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
    assert (task.position, task.changed, task.left_alone) == (4, 3, 1)
    assert outcomes(task) == {o.pk: "changed" for o in orders[:3]} | {orders[3].pk: "left_alone"}
    assert task.finished_at == MOMENT


@pytest.mark.django_db
def test_a_second_run_finds_nothing_to_do(store, reviewer):
    task = task_on([factories.OrderFactory(store=store)], reviewer)
    services.run(task.pk, at=MOMENT)

    assert services.run(task.pk, at=LATER) is None
    assert OrderEvent.objects.count() == 1


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
        found = services.Verb("test.act", "Act", run, lambda ids, person: {})
        monkeypatch.setattr(services, "_verbs", {found.code: found})
        return found.code

    return register


@pytest.mark.django_db
def test_a_lease_reaches_from_the_chunk_and_doesnt_grow_with_their_number(
    store, reviewer, monkeypatch, verb
):
    monkeypatch.setattr(services, "CHUNK", 1)
    leases = []

    def look(ids, _actor, _at, _note):
        leases.append(BulkTask.objects.get().lease_until)
        return Done(ids)

    task = task_on(factories.OrderFactory.create_batch(4, store=store), reviewer, code=verb(look))
    services.run(task.pk, at=timezone.now())

    assert leases[-1] <= timezone.now() + services.LEASE


@pytest.mark.django_db
def test_each_row_has_its_result_and_one_refused_undoes_no_other(store, reviewer, verb):
    rows = [order.pk for order in factories.OrderFactory.create_batch(5, store=store)]

    def act(ids, _actor, _at, _note):
        if rows[3] in ids:
            raise DomainError("No stock of A for 13812345678.")
        return Done(set(ids) - {rows[0], rows[1]}, {pk: "Too late." for pk in ids if pk == rows[1]})

    task = services.carry_out(
        code=verb(act), row_ids=[*rows, rows[4]], note="", actor=reviewer, at=MOMENT
    )

    assert (task.state, task.position, task.changed, task.refused) == ("done", 5, 2, 2)
    assert (task.left_alone, task.error) == (1, "")
    assert outcomes(task) == dict(
        zip(rows, ["left_alone", "refused", "changed", "refused", "changed"], strict=True)
    )
    said = dict(task.results.exclude(said="").values_list("row_id", "said"))
    assert said == {rows[1]: "Too late.", rows[3]: "No stock of A for 138****5678."}


@pytest.mark.django_db
def test_a_refusal_is_said_in_the_language_of_who_started_it(store, verb):
    person = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store, language="zh-hans")

    def refuse(_ids, _actor, _at, _note):
        raise DomainError(gettext("The listing is not live."))

    task = task_on([factories.OrderFactory(store=store)], person, code=verb(refuse))
    services.run(task.pk, at=MOMENT)

    said = task.results.get().said
    assert said
    assert not said.isascii()


@pytest.mark.django_db
def test_a_worker_that_dies_halfway_leaves_each_row_one_result(store, reviewer, monkeypatch, verb):
    """ORD-3: what was written with its chunk is not done again, and nothing is left out."""
    monkeypatch.setattr(services, "CHUNK", 2)
    orders = factories.OrderFactory.create_batch(5, store=store)
    seen = []

    def act(ids, _actor, _at, _note):
        seen.append(list(ids))
        if len(seen) == 2:
            raise KeyboardInterrupt
        return Done(ids)

    task = task_on(orders, reviewer, code=verb(act))
    with pytest.raises(KeyboardInterrupt):
        services.run(task.pk, at=MOMENT)
    assert len(outcomes(task)) == 2
    BulkTask.objects.filter(pk=task.pk).update(lease_until=MOMENT)

    assert services.run_waiting(at=LATER) == 1

    assert outcomes(task) == {order.pk: "changed" for order in orders}
    assert seen == [task.row_ids[:2], task.row_ids[2:4], task.row_ids[2:4], task.row_ids[4:]]


@pytest.mark.django_db
def test_a_row_that_changes_along_with_another_has_its_one_result(
    store, reviewer, monkeypatch, verb
):
    """Orders that leave in one parcel: the later one's turn is over, others are nobody's."""
    monkeypatch.setattr(services, "CHUNK", 1)
    one, other, companion = factories.OrderFactory.create_batch(3, store=store)
    seen = []

    def ship(ids, _actor, _at, _note):
        seen.extend(ids)
        return Done([*ids, companion.pk, -1] if ids == [one.pk] else [])

    services.run(task_on([one, other, companion], reviewer, code=verb(ship)).pk, at=MOMENT)

    task = BulkTask.objects.get()
    assert (task.state, task.position, task.changed, task.left_alone) == ("done", 3, 2, 1)
    assert outcomes(task) == {one.pk: "changed", companion.pk: "changed", other.pk: "left_alone"}
    assert seen == [one.pk, other.pk]


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
        return Done(ids)

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
        return Done(ids)

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


@pytest.mark.django_db(transaction=True)
def test_of_two_people_on_the_same_orders_each_order_is_changed_by_one(store, monkeypatch):
    """ORD-3, ORD-4: who comes second is told that the order was left alone, not that it passed."""
    monkeypatch.setattr(lifecycle.releasing, "close_open", slowly(lifecycle.releasing.close_open))
    orders = factories.OrderFactory.create_batch(6, store=store)
    people = [factories.UserFactory(role=Role.ORDER_REVIEWER, store=store) for _ in range(2)]
    both = [task_on(orders, person) for person in people]

    run_together([partial(services.run, task.pk, at=MOMENT) for task in both])

    of_one, of_other = map(outcomes, both)
    assert {of_one[o.pk] for o in orders} | {of_other[o.pk] for o in orders} <= {
        "changed",
        "left_alone",
    }
    assert [(of_one[o.pk] == "changed") + (of_other[o.pk] == "changed") for o in orders] == [1] * 6
    assert OrderEvent.objects.count() == 6
    assert violations([COUNTS_AGREE])[0]["violations"] == 0


@pytest.mark.django_db
def test_a_row_has_no_second_result(store, reviewer):
    first = factories.BulkResultFactory()

    with pytest.raises(IntegrityError, match="bulk_result_one_of_a_row"), transaction.atomic():
        BulkResult.objects.create(task=first.task, row_id=first.row_id, outcome="changed")
    # The count of its task says nothing of it: that is what the invariant is for.
    assert violations([COUNTS_AGREE])[0]["violations"] == 1


@pytest.mark.django_db
def test_what_became_of_rows_goes_with_its_action_when_its_days_are_over(reviewer):
    old = factories.BulkResultFactory(task__finished_at=MOMENT).task
    factories.BulkResultFactory(task__finished_at=MOMENT + timedelta(days=1))

    deleted = retention.delete_old_rows(Slot(), MOMENT + timedelta(days=181))

    assert deleted["bulk actions"] == 2
    assert not BulkTask.objects.filter(pk=old.pk).exists()
    assert BulkResult.objects.count() == 1

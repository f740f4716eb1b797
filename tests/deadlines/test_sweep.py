from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from opsdesk.alerts.models import Alert, AlertEvent
from opsdesk.deadlines.models import Deadline, DeadlineEvent, DeadlineTimer
from opsdesk.deadlines.services import pause, reach
from opsdesk.deadlines.sweeping import sweep
from opsdesk.stores.services import set_number
from orders.models import Order
from tests.concurrency import run_together, run_while_uncommitted
from tests.factories import MOMENT, DeadlineFactory

TEN_MINUTES = 600


def kinds(clock):
    return list(clock.events.values_list("kind", "percent"))


def clock_at_start(**fields):
    return DeadlineFactory(next_at=MOMENT + timedelta(seconds=TEN_MINUTES / 2), **fields)


@pytest.mark.django_db
def test_a_clock_warns_at_half_and_at_four_fifths_and_breaches_once():
    """ORD-2: not confirmed in time → alert by itself."""
    clock = clock_at_start()

    for minute in (4, 5, 6, 8, 9, 10, 11, 60):
        sweep(at=MOMENT + timedelta(minutes=minute))

    assert kinds(clock) == [("warned", 50), ("warned", 80), ("breached", 100)]
    assert not DeadlineTimer.objects.exists()


@pytest.mark.django_db
def test_a_sweep_that_comes_an_hour_late_breaches_without_the_missed_warnings():
    clock = clock_at_start()

    result = sweep(at=MOMENT + timedelta(hours=1))

    assert (result.warned, result.breached) == (0, 1)
    assert kinds(clock) == [("breached", 100)]


@pytest.mark.django_db
def test_a_clock_before_its_first_step_is_left_alone():
    clock = clock_at_start()

    result = sweep(at=MOMENT + timedelta(minutes=4, seconds=59))

    assert (result.warned, result.breached) == (0, 0)
    assert kinds(clock) == []


@pytest.mark.django_db
def test_a_breach_raises_one_alert_on_the_rules_desk():
    clock = clock_at_start()

    sweep(at=MOMENT + timedelta(minutes=10))
    sweep(at=MOMENT + timedelta(minutes=11))

    alert = Alert.objects.get()
    assert (alert.check_code, alert.owner_role) == ("orders.confirm", "order_reviewer")
    assert (alert.store, alert.subject) == (clock.store, clock.subject)
    assert (alert.severity, alert.clause) == ("critical", "ORD-2")
    assert alert.money_at_risk == clock.money_at_risk
    assert alert.deadline_at == clock.due_at
    assert alert.evidence["allowed_minutes"] == 10.0
    assert list(alert.events.values_list("kind", flat=True)) == ["opened"]


@pytest.mark.django_db
def test_a_breach_reopens_the_alert_of_an_earlier_one_and_counts_it():
    clock = clock_at_start()
    sweep(at=MOMENT + timedelta(minutes=10))
    Alert.objects.update(state="resolved", resolution="person", resolved_at=MOMENT)
    Deadline.objects.filter(pk=clock.pk).update(state="cancelled")
    clock_at_start(subject=clock.subject)

    sweep(at=MOMENT + timedelta(minutes=30))

    alert = Alert.objects.get()
    assert (alert.state, alert.times_reopened) == ("open", 1)
    assert list(alert.events.values_list("kind", flat=True)) == ["opened", "reopened"]


@pytest.mark.django_db
def test_every_batch_is_swept():
    DeadlineFactory.create_batch(7)

    result = sweep(at=MOMENT + timedelta(hours=1), batch=3)

    assert (result.breached, result.batches) == (7, 3)


@pytest.mark.django_db
def test_a_batch_costs_one_statement(django_assert_num_queries):
    DeadlineFactory.create_batch(20)

    with django_assert_num_queries(4):  # is anything due, savepoint, batch, release
        sweep(at=MOMENT + timedelta(hours=1), most_batches=1)


@pytest.mark.django_db
def test_a_sweep_without_anything_due_asks_once(django_assert_num_queries):
    clock_at_start()

    with django_assert_num_queries(1):
        sweep(at=MOMENT)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_breach_each_clock_once():
    DeadlineFactory.create_batch(40)
    late = MOMENT + timedelta(hours=1)

    results = run_together([partial(sweep, at=late, batch=5) for _ in range(4)])

    assert sum(result.breached for result in results) == 40
    assert DeadlineEvent.objects.filter(kind="breached").count() == 40
    assert Alert.objects.count() == AlertEvent.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_sweep_and_the_state_reached_late_at_once_leave_one_breach_and_no_open_alert():
    """ORD-2: whoever takes the timer away records the breach, the other sees that it is gone."""
    subjects = [clock.subject_id for clock in DeadlineFactory.create_batch(40)]
    late = MOMENT + timedelta(minutes=11)
    reached = [
        partial(reach, Order, subjects[part::2], reached="confirmed_at", at=late) for part in (0, 1)
    ]

    run_together([*[partial(sweep, at=late, batch=4)] * 2, *reached])

    assert Deadline.objects.standing("met_late", at=late).count() == 40
    assert DeadlineEvent.objects.filter(kind="breached").count() == 40
    assert not Alert.objects.open().exists()
    assert not DeadlineTimer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_state_reached_while_the_sweep_runs_finds_the_breach_and_closes_its_alert():
    clock = DeadlineFactory()
    late = MOMENT + timedelta(minutes=11)
    reached = partial(reach, Order, [clock.subject_id], reached="confirmed_at", at=late)

    run_while_uncommitted(partial(sweep, at=late), reached)

    assert kinds(clock) == [("breached", 100)]
    assert not Alert.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_a_pause_that_comes_while_the_sweep_runs_comes_too_late():
    clock = DeadlineFactory()

    # It was asked for in time, by the clock of another machine.
    stopped = partial(pause, [clock.pk], at=MOMENT + timedelta(minutes=9))

    assert run_while_uncommitted(partial(sweep, at=MOMENT + timedelta(minutes=11)), stopped) == 0
    assert kinds(clock) == [("breached", 100)]


@pytest.mark.django_db(transaction=True)
def test_a_number_that_changes_while_the_sweep_runs_leaves_overdue_clocks_overdue():
    clock = DeadlineFactory()
    at = MOMENT + timedelta(minutes=11)
    changed = partial(
        set_number,
        key="orders.confirm_within",
        value=Decimal(60),
        store=clock.store,
        channel=None,
        valid_from=at,
        actor=None,
        reason="slower warehouse",
        at=at,
    )

    run_while_uncommitted(partial(sweep, at=at), changed)

    clock.refresh_from_db()
    assert clock.due_at == MOMENT + timedelta(minutes=10)

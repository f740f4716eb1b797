from datetime import date, timedelta
from functools import partial

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError

from opsdesk.alerts.models import Alert
from opsdesk.schedule import jobs, services
from opsdesk.schedule.jobs import Job
from opsdesk.schedule.models import Slot
from tests.concurrency import run_together
from tests.factories import MOMENT, SlotFactory, StoreFactory

HOUR = timedelta(hours=1)


@pytest.fixture
def only(monkeypatch):
    """Only these jobs are registered."""

    def register(*some):
        monkeypatch.setattr(jobs, "_jobs", {job.code: job for job in some})

    return register


class Recorder:
    def __init__(self):
        self.slots = []

    def __call__(self, slot, at):
        self.slots.append(slot.slot_at)
        return {"n": len(self.slots)}


def every_minute(run, **options):
    return Job("test.minute", "A test", run, every=timedelta(minutes=1), **options)


def states():
    return list(Slot.objects.order_by("slot_at").values_list("state", flat=True))


@pytest.mark.django_db
def test_two_ticks_make_each_slot_once(only):
    only(every_minute(Recorder()))

    assert services.make_due_slots(at=MOMENT) == 1
    services.make_due_slots(at=MOMENT)

    assert Slot.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_run_each_slot_once(only):
    run = Recorder()
    only(every_minute(run, each_slot=True))
    services.make_due_slots(at=MOMENT)

    def tick():
        services.make_due_slots(at=MOMENT + timedelta(minutes=10))
        return services.run_waiting_slots(at=MOMENT + timedelta(minutes=10))

    run_together([tick] * 4)

    assert len(run.slots) == len(set(run.slots)) == 11
    assert set(states()) == {"done"}


@pytest.mark.django_db
def test_a_missed_hour_leaves_no_holes_and_runs_once(only):
    run = Recorder()
    only(every_minute(run))
    services.make_due_slots(at=MOMENT)
    services.run_waiting_slots(at=MOMENT)

    services.make_due_slots(at=MOMENT + HOUR)
    services.run_waiting_slots(at=MOMENT + HOUR)

    assert run.slots == [MOMENT, MOMENT + HOUR]
    assert states() == ["done", *["covered"] * 59, "done"]


@pytest.mark.django_db
def test_a_job_that_needs_each_slot_catches_up_oldest_first(only):
    run = Recorder()
    only(every_minute(run, each_slot=True))
    services.make_due_slots(at=MOMENT)

    services.make_due_slots(at=MOMENT + timedelta(minutes=3))
    services.run_waiting_slots(at=MOMENT + timedelta(minutes=3))

    assert run.slots == [MOMENT + timedelta(minutes=minute) for minute in range(4)]


@pytest.mark.django_db
def test_a_slot_left_by_a_dead_worker_runs_again_when_its_lease_is_over(only):
    run = Recorder()
    only(every_minute(run))
    slot = SlotFactory(
        job="test.minute", state="running", attempts=1, lease_until=MOMENT + services.LEASE
    )

    assert services.run_slot(slot.pk, at=MOMENT) is None
    late = MOMENT + services.LEASE + timedelta(seconds=1)
    assert services.run_slot(slot.pk, at=late) == "done"


@pytest.mark.django_db
def test_a_failing_job_is_parked_after_three_tries_and_the_others_go_on(only):
    store = StoreFactory()
    good = Recorder()

    def fail(_slot, _at):
        raise RuntimeError("The scale is broken")

    only(every_minute(good), Job("test.bad", "Bad", fail, every=timedelta(minutes=1)))
    services.make_due_slots(at=MOMENT)

    for _ in range(4):
        services.run_waiting_slots(at=MOMENT)

    slot = Slot.objects.get(job="test.bad")
    assert (slot.state, slot.attempts) == ("parked", 3)
    assert "The scale is broken" in slot.error
    alert = Alert.objects.get(store=store)
    assert (alert.check_code, alert.owner_role) == ("schedule.parked", "administrator")
    assert len(good.slots) == 1


@pytest.mark.parametrize("attempts", [1, services.MOST_ATTEMPTS])
@pytest.mark.django_db
def test_a_worker_whose_lease_ran_out_says_nothing_about_the_run_that_took_over(only, attempts):
    StoreFactory()
    lease = MOMENT + HOUR

    def fail_late(slot, _at):
        Slot.objects.filter(pk=slot.pk).update(attempts=attempts + 1, lease_until=lease)
        raise RuntimeError("Too late")

    only(every_minute(fail_late))
    slot = SlotFactory(job="test.minute", state="due", attempts=attempts - 1)

    services.run_slot(slot.pk, at=MOMENT)

    slot.refresh_from_db()
    assert (slot.state, slot.lease_until, slot.error) == ("running", lease, "")
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_a_run_whose_time_is_up_is_recorded_and_ends_the_tick(only):
    def take_too_long(_slot, _at):
        raise SoftTimeLimitExceeded

    only(every_minute(take_too_long))
    slot = SlotFactory(job="test.minute", state="due")

    with pytest.raises(SoftTimeLimitExceeded):
        services.run_slot(slot.pk, at=MOMENT)

    slot.refresh_from_db()
    assert (slot.state, slot.attempts) == ("due", 1)
    assert slot.error.startswith("SoftTimeLimitExceeded")


@pytest.mark.django_db
def test_neither_a_failed_run_nor_its_alert_keeps_personal_data(only):
    StoreFactory()

    def fail(_slot, _at):
        raise ValueError("13812345678 is bad\nDETAIL:  Failing row contains (李雷, 世纪大道).")

    only(every_minute(fail))
    slot = SlotFactory(job="test.minute", state="due")
    for _ in range(services.MOST_ATTEMPTS):
        services.run_slot(slot.pk, at=MOMENT)

    slot.refresh_from_db()
    assert slot.error == "ValueError: 138****5678 is bad"
    assert Alert.objects.get().evidence["error"] == slot.error


@pytest.mark.django_db
def test_the_alert_of_a_failing_job_closes_itself_when_it_works_again(only):
    StoreFactory()
    broken = [True]

    def run(_slot, _at):
        if broken:
            raise RuntimeError("The scale is broken")
        return {}

    only(every_minute(run))
    services.make_due_slots(at=MOMENT)
    for _ in range(3):
        services.run_waiting_slots(at=MOMENT)
    assert Alert.objects.open().exists()

    broken.clear()
    services.make_due_slots(at=MOMENT + HOUR)
    services.run_waiting_slots(at=MOMENT + HOUR)

    assert Alert.objects.get().resolution == "self"


@pytest.mark.django_db
def test_a_job_that_kills_its_worker_is_parked_too(only):
    only(every_minute(Recorder()))
    slot = SlotFactory(job="test.minute", state="running", attempts=3, lease_until=MOMENT)

    assert services.run_slot(slot.pk, at=MOMENT + HOUR) == "parked"


@pytest.mark.django_db(transaction=True)
def test_one_slot_run_by_four_workers_runs_once(only):
    run = Recorder()
    only(every_minute(run))
    slot = SlotFactory(job="test.minute", slot_at=MOMENT)

    results = run_together([partial(services.run_slot, slot.pk, at=MOMENT) for _ in range(4)])

    assert sorted(results, key=str) == [None, None, None, "done"]
    assert len(run.slots) == 1


@pytest.mark.django_db
def test_a_job_that_fails_every_minute_is_parked_too(only):
    """Each run does for the one before, and counts its attempts."""
    store = StoreFactory()

    def fail(_slot, _at):
        raise RuntimeError("The scale is broken")

    only(every_minute(fail))
    for minute in range(services.MOST_ATTEMPTS):
        services.make_due_slots(at=MOMENT + timedelta(minutes=minute))
        services.run_waiting_slots(at=MOMENT + timedelta(minutes=minute))

    assert states() == ["covered", "covered", "parked"]
    assert Alert.objects.get(store=store).check_code == "schedule.parked"


@pytest.mark.django_db
def test_runs_of_a_job_that_is_gone_are_parked_and_the_others_go_on(only):
    StoreFactory()
    good = Recorder()
    only(every_minute(good))
    SlotFactory(job="test.gone", slot_at=MOMENT - HOUR)

    for minute in range(services.MOST_ATTEMPTS):
        services.make_due_slots(at=MOMENT + timedelta(minutes=minute))
        services.run_waiting_slots(at=MOMENT + timedelta(minutes=minute))

    assert Slot.objects.get(job="test.gone").state == "parked"
    assert Alert.objects.get().subject_label == "test.gone"
    assert len(good.slots) == services.MOST_ATTEMPTS


@pytest.mark.django_db
def test_a_business_day_has_one_slot_even_if_its_time_changes():
    store = StoreFactory()
    SlotFactory(store=store, job="test.daily", business_date=date(2026, 3, 2))

    with pytest.raises(IntegrityError, match="slot_unique_job_store_business_date"):
        SlotFactory(store=store, job="test.daily", business_date=date(2026, 3, 2))


def test_a_job_says_when_it_runs():
    with pytest.raises(ValueError, match="every"):
        Job("test.never", "Never", Recorder())

"""A store is walked through: each check ends in a result, whatever becomes of the others (INS)."""

import time
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from opsdesk.alerts.models import Alert
from opsdesk.alerts.services import Finding
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.inspection import checks
from opsdesk.inspection.checks import CannotCheck, Seen
from opsdesk.inspection.models import CheckResult, InspectionRun
from opsdesk.inspection.services import looking
from opsdesk.inspection.services.walking import (
    ask_for_inspection,
    schedule_inspection,
    walk,
    walk_waiting,
)
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.inspection.looks import KIND, Looks

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)


def inspected(store, at=MOMENT):
    run = ask_for_inspection(store=store, actor=None, at=at, waits_for_worker=False)
    assert walk(run.pk, at=at) == "done"
    return {result.code: result for result in run.results.all()}


def counts(result):
    return result.new, result.persisting, result.cleared


def test_findings_are_new_then_persisting_then_cleared(only, store):
    """INS-3: against the last run; an alert closes itself when a later run no longer sees it."""
    looks = Looks()
    only(looks)
    looks.sees("a", "b")
    first = inspected(store)["INS-3.test"]
    looks.sees("b", "c")
    second = inspected(store, MOMENT + MINUTE)["INS-3.test"]
    looks.sees()
    third = inspected(store, MOMENT + 2 * MINUTE)["INS-3.test"]

    assert (first.outcome, *counts(first)) == ("findings", 2, 0, 0)
    assert (second.outcome, *counts(second)) == ("findings", 1, 1, 1)
    assert (third.outcome, *counts(third)) == ("passed", 0, 0, 2)
    assert [(row.subject_label, row.is_new) for row in second.rows.all()] == [
        ("B", False),
        ("C", True),
    ]
    assert not Alert.objects.open().filter(check_code=KIND.code).exists()


def test_a_check_that_raises_is_a_finding_about_itself_and_stops_no_other(only, store):
    """INS-4: never silence."""
    broken, sound = Looks("INS-1.broken"), Looks("INS-2.sound")
    only(broken, sound)
    broken.raises(KeyError("price"))

    ended = inspected(store)

    assert ended["INS-1.broken"].outcome == "unchecked"
    assert "KeyError" in ended["INS-1.broken"].reason
    assert ended["INS-2.sound"].outcome == "passed"
    alert = Alert.objects.open().get(check_code=looking.FAILED.code)
    assert (alert.key, alert.owner_role) == ("INS-1.broken", Role.ADMINISTRATOR)

    broken.sees()
    inspected(store, MOMENT + MINUTE)
    assert not Alert.objects.open().filter(check_code=looking.FAILED.code).exists()


def test_what_a_check_wrote_before_it_raised_is_undone(only, store):
    looks = Looks()
    only(looks)

    def write_and_fail():
        factories.AlertFactory(store=store, check_code="half.done")
        raise ValueError("no")

    looks.now = write_and_fail
    inspected(store)

    assert not Alert.objects.filter(check_code="half.done").exists()


def test_what_could_not_be_checked_says_why_and_closes_nothing(only, store):
    """INS-8: a feed that is missing doesn't make its findings go away."""
    looks = Looks()
    only(looks)
    looks.sees("a")
    inspected(store)
    looks.raises(CannotCheck("No figures have come since Monday."))

    result = inspected(store, MOMENT + MINUTE)["INS-3.test"]

    assert (result.outcome, result.reason) == ("unchecked", "No figures have come since Monday.")
    assert Alert.objects.open().filter(check_code=KIND.code).count() == 1
    assert not Alert.objects.filter(check_code=looking.FAILED.code).exists()

    looks.sees("a")
    again = inspected(store, MOMENT + 2 * MINUTE)["INS-3.test"]
    assert counts(again) == (0, 1, 0)


def _share(looks, kept):
    """The look asks for something that takes its time, as another check of the walk does."""
    looks.now = lambda: checks.once_a_walk("test", lambda: kept.append(1)) or Seen(findings=[])


def test_checks_of_a_walk_share_what_takes_its_time(only, store):
    kept, first, second = [], Looks("INS-1.first"), Looks("INS-2.second")
    only(first, second)
    _share(first, kept)
    _share(second, kept)

    inspected(store)
    assert len(kept) == 1
    inspected(store, MOMENT + MINUTE)
    assert len(kept) == 2


@pytest.mark.parametrize("error", [ValueError("no"), CannotCheck("Not today.")])
def test_what_was_shared_is_looked_up_again_once_it_was_undone(only, store, error):
    """The look that failed has taken its alerts back: the next check must not rely on them."""
    kept, first, second = [], Looks("INS-1.first"), Looks("INS-2.second")
    only(first, second)
    _share(second, kept)

    def share_and_fail():
        checks.once_a_walk("test", lambda: kept.append(1))
        raise error

    first.now = share_and_fail
    inspected(store)

    assert len(kept) == 2


def _sleep():
    time.sleep(30)
    return Seen(findings=[])


def _sleep_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    return Seen(findings=[])


@pytest.mark.parametrize("hang", [_sleep, _sleep_in_the_database])
def test_a_check_that_hangs_is_ended_and_the_others_go_on(only, store, hang):
    """INS-4: after the time a check may take, by the store's number."""
    factories.SettingOverrideFactory(key="inspection.most_seconds", value="0.3", store=store)
    hanging, sound = Looks("INS-1.hangs"), Looks("INS-2.sound")
    only(hanging, sound)
    hanging.now = hang

    ended = inspected(store)

    assert ended["INS-1.hangs"].reason == "It took longer than 0.3 seconds."
    assert ended["INS-2.sound"].outcome == "passed"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        assert cursor.fetchone() == ("0",)


def test_a_hundred_thousand_findings_are_counted_and_the_gravest_kept(
    only, store, django_assert_max_num_queries
):
    """INS-3: a flood is a number, with rows to look at."""
    looks = Looks()
    only(looks)
    found = [Finding(f"k{n}", f"K{n}", Role.WAREHOUSE) for n in range(100_000)]
    found[-1] = Finding("worst", "WORST", Role.WAREHOUSE, severity="critical")
    looks.now = lambda: Seen(findings=found)

    with django_assert_max_num_queries(40):
        result = inspected(store)["INS-3.test"]

    with connection.cursor() as cursor:
        # As autovacuum would, before the keys of a hundred thousand rows are looked up.
        cursor.execute("ANALYZE alerts_alert")
    assert counts(result) == (100_000, 0, 0)
    assert result.rows.count() == 500
    assert result.rows.first().subject_label == "WORST"


def test_a_run_goes_on_where_its_worker_died(only, store):
    """INS: checks that are done are not done twice; one at which workers die is given up."""
    first, second, third = Looks("INS-1.a"), Looks("INS-2.b"), Looks("INS-3.c")
    only(first, second, third)
    second.raises(SystemExit())
    run = ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)
    at = MOMENT
    for _death in range(3):
        with pytest.raises(SystemExit):
            walk(run.pk, at=at)
        assert walk(run.pk, at=at) is None
        InspectionRun.objects.update(lease_until=at)
        at += MINUTE

    assert walk_waiting(at=at) == 1

    assert (first.times, second.times, third.times) == (1, 3, 1)
    outcomes = {result.code: result.outcome for result in run.results.all()}
    assert outcomes == {"INS-1.a": "passed", "INS-2.b": "unchecked", "INS-3.c": "passed"}


def test_who_may_not_inspect_is_refused(store):
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    with pytest.raises(NotAllowed):
        ask_for_inspection(store=store, actor=clerk, at=MOMENT)


def test_a_second_request_is_told_that_one_is_under_way(store, lead):
    ask_for_inspection(store=store, actor=lead, at=MOMENT)
    with pytest.raises(Conflict):
        ask_for_inspection(store=store, actor=lead, at=MOMENT)


def test_the_day_s_run_is_there_once(store):
    day = store.business_date(MOMENT)
    for _again in range(2):
        schedule_inspection(store=store, day=day, at=MOMENT)
    assert InspectionRun.objects.filter(business_date=day, is_scheduled=True).count() == 1


def test_a_result_is_never_edited(only, store):
    only(Looks())
    inspected(store)
    with pytest.raises(Exception, match="Cannot update"):
        CheckResult.objects.update(outcome="findings")


def test_a_person_sees_the_inspections_of_their_stores(only, store, lead):
    looks = Looks()
    only(looks)
    looks.sees("a")
    inspected(store)
    inspected(factories.StoreFactory())
    mine = InspectionRun.objects.visible_to(lead)
    assert [run.store_id for run in mine] == [store.pk]
    assert CheckResult.objects.visible_to(lead).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_walks_a_run(only, store):
    """Two runs at once: each check is looked at once."""
    looks = Looks()
    only(looks)

    def slow():
        time.sleep(0.2)
        return Seen(findings=[])

    looks.now = slow
    run = ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)

    ended = run_together([partial(walk, run.pk, at=MOMENT)] * 2)

    assert sorted(ended, key=str) == [None, "done"]
    assert looks.times == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_of_a_store_one_waits_for_the_other(only, store):
    """Two runs at once: by constraint; the second one's turn comes."""
    looks = Looks()
    only(looks)

    def slow():
        time.sleep(0.2)
        return Seen(findings=[])

    looks.now = slow
    asked = ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)
    schedule_inspection(store=store, day=store.business_date(MOMENT), at=MOMENT)
    due = InspectionRun.objects.get(is_scheduled=True)

    ended = run_together([partial(walk, run.pk, at=MOMENT) for run in (asked, due)])

    assert sorted(ended, key=str) == [None, "done"]
    assert walk_waiting(at=MOMENT) == 1
    with pytest.raises(IntegrityError, match="inspection_runs_one_at_a_time"):
        InspectionRun.objects.update(state="running", lease_until=MOMENT, finished_at=None)

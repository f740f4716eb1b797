from datetime import timedelta

import pytest
from django.db import Error, IntegrityError

from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline, DeadlineEvent
from opsdesk.stores.roles import Role
from tests.factories import (
    MOMENT,
    BreachedDeadlineFactory,
    DeadlineFactory,
    StoreFactory,
    UserFactory,
)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "met", "met_at": None},
        {"state": "paused", "paused_at": None},
        {"state": "running", "met_at": MOMENT},
        {"state": "running", "paused_at": MOMENT},
        {"due_at": MOMENT - timedelta(seconds=1)},
    ],
)
def test_a_clock_whose_moments_contradict_its_state_is_refused(wrong):
    with pytest.raises(IntegrityError):
        DeadlineFactory(**wrong)


@pytest.mark.django_db
def test_a_timer_that_goes_off_after_the_due_time_is_refused():
    with pytest.raises(IntegrityError, match="deadline_next_step_before_due"):
        DeadlineFactory(next_at=MOMENT + timedelta(days=1))


MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "at", "standing"),
    [
        ({}, MOMENT + 9 * MINUTE, "running"),
        ({}, MOMENT + 10 * MINUTE, "overdue"),
        ({"state": "paused"}, MOMENT + 11 * MINUTE, "paused"),
        ({"state": "met", "met_at": MOMENT + 10 * MINUTE}, MOMENT + 60 * MINUTE, "met"),
        ({"state": "met", "met_at": MOMENT + 11 * MINUTE}, MOMENT + 60 * MINUTE, "met_late"),
        ({"state": "cancelled"}, MOMENT + 60 * MINUTE, "cancelled"),
    ],
)
def test_how_a_clock_stands_is_the_same_for_a_row_and_for_a_query(fields, at, standing):
    clock = DeadlineFactory(**fields)

    assert clock.standing(at) == standing
    found = [s for s in Deadline.Standing if Deadline.objects.standing(s, at=at).exists()]
    assert found == [standing]


@pytest.mark.django_db
def test_a_subject_has_one_open_clock_per_rule():
    clock = DeadlineFactory()

    with pytest.raises(IntegrityError, match="deadline_one_open_per_subject_rule"):
        DeadlineFactory(subject=clock.subject)


@pytest.mark.django_db
@pytest.mark.parametrize("doing", ["update", "delete"])
def test_a_clocks_timeline_is_append_only(doing):
    event = DeadlineEvent.objects.create(deadline=DeadlineFactory(), kind="warned", at=MOMENT)
    rows = DeadlineEvent.objects.filter(pk=event.pk)

    with pytest.raises(Error, match="append_only"):
        rows.update(note="never happened") if doing == "update" else rows.delete()


@pytest.mark.django_db
def test_a_desk_holds_the_open_clocks_of_the_persons_roles_and_stores():
    store = StoreFactory()
    reviewer = UserFactory(role=Role.ORDER_REVIEWER, store=store)
    mine = BreachedDeadlineFactory(subject__store=store)
    DeadlineFactory(subject__store=store, state="met")
    DeadlineFactory(subject__store=store, owner_role=Role.WAREHOUSE)
    DeadlineFactory()

    assert list(Deadline.objects.for_desk(reviewer)) == [mine]


def test_two_rules_cant_share_a_code():
    rule = rules.get("orders.confirm")
    other = rules.Rule(**{**vars(rule), "clause": "ORD-9"})

    with pytest.raises(ValueError, match="orders.confirm"):
        rules.register(other)

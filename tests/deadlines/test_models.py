from datetime import timedelta

import pytest
from django.db import Error, IntegrityError

from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline, DeadlineEvent
from opsdesk.stores.roles import Role
from tests.factories import MOMENT, DeadlineFactory, StoreFactory, UserFactory


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "running", "next_at": None},
        {"state": "met", "met_at": None},
        {"state": "paused", "paused_at": None},
        {"state": "breached", "breached_at": None},
        {"state": "running", "breached_at": MOMENT},
        {"due_at": MOMENT - timedelta(seconds=1)},
        {"warned_percent": 30},
    ],
)
def test_a_clock_whose_moments_contradict_its_state_is_refused(wrong):
    with pytest.raises(IntegrityError):
        DeadlineFactory(**wrong)


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
    mine = DeadlineFactory(subject__store=store, state="breached")
    DeadlineFactory(subject__store=store, state="met")
    DeadlineFactory(subject__store=store, owner_role=Role.WAREHOUSE)
    DeadlineFactory()

    assert list(Deadline.objects.for_desk(reviewer)) == [mine]


def test_two_rules_cant_share_a_code():
    rule = rules.get("orders.confirm")
    other = rules.Rule(**{**vars(rule), "clause": "ORD-9"})

    with pytest.raises(ValueError, match="orders.confirm"):
        rules.register(other)

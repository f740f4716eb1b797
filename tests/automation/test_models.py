"""What the database itself holds about rules, and what `verify` would find."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from opsdesk import invariants, retention
from opsdesk.automation.invariants import INVARIANTS
from opsdesk.automation.models import Firing, Rule, RuleVersion, Tag
from opsdesk.automation.services import working
from tests.automation.rules import TAG, a_rule, lead, paid, where, work
from tests.factories import (
    MOMENT,
    FiringFactory,
    OrderFactory,
    RuleFactory,
    StoreFactory,
    TagFactory,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "on"},
        {"state": "on", "on_since": MOMENT},
        {"state": "on", "on_since": MOMENT, "seen_to": 1, "next_at": MOMENT},
        {"state": "parked", "parked_at": MOMENT},
        {"seen_to": 4},
        {"parked_because": "It failed"},
        {"name": ""},
        {"version": 0},
    ],
)
def test_a_rule_that_says_half_of_it_is_refused(wrong):
    rule = RuleFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Rule.objects.filter(pk=rule.pk).update(**wrong)


def test_a_rule_acts_once_for_a_cause_and_subject():
    firing = FiringFactory()
    firing.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        firing.save()


def test_what_a_run_said_is_not_changed_afterwards():
    firing = FiringFactory()

    with pytest.raises(DatabaseError), transaction.atomic():
        Firing.objects.filter(pk=firing.pk).update(cause="other")


@pytest.mark.parametrize("name", ["", " look", "a,b", "look "])
def test_what_is_no_tag_is_refused(name):
    with pytest.raises(IntegrityError), transaction.atomic():
        TagFactory(name=name)


def test_verify_finds_a_run_without_its_effects_and_one_that_answered_itself():
    firing = FiringFactory()
    Firing.objects.filter(pk=firing.pk).update(outcome="done")
    looped = FiringFactory(subject=OrderFactory(store=firing.rule.store), rule=firing.rule)
    FiringFactory(
        subject=OrderFactory(store=firing.rule.store), rule=firing.rule, chain=[firing.rule_id]
    )
    RuleVersion.objects.create(
        rule=firing.rule,
        number=5,
        trigger={},
        conditions={},
        actions=[],
        written_by=firing.rule.created_by,
        written_at=MOMENT,
    )
    TagFactory(firing=looped)

    found = {row["id"]: row["violations"] for row in invariants.violations(INVARIANTS)}

    assert found == {
        "automation.run-has-its-effects": 3,
        "automation.run-of-its-rule": 1,
        "automation.rule-has-its-version": 1,
        "automation.tag-by-its-own-store": 1,
    }


def test_old_runs_go_but_for_those_that_keep_a_rule_from_acting_again():
    old = FiringFactory(at=MOMENT - timedelta(days=500))
    once = FiringFactory(at=MOMENT - timedelta(days=500), cause="once")
    tag = TagFactory(subject=old.subject, firing=old)

    deleted = retention.delete_old_rows(None, MOMENT)

    assert deleted["runs of rules"] == 1
    assert Firing.objects.get() == once
    assert Tag.objects.get() == tag


def test_a_rule_far_behind_catches_up_batch_by_batch(monkeypatch):
    monkeypatch.setattr(working, "EVENTS", 2)
    monkeypatch.setattr(working, "MOST_BATCHES", 3)
    store = StoreFactory()
    a_rule(store, TAG)
    for _order in range(9):
        paid(OrderFactory(store=store))

    acted = [work(at=MOMENT + timedelta(minutes=minutes)) for minutes in (1, 2, 3)]

    assert sum(acted) == 9
    assert acted[0] == 6


def test_many_rows_of_a_rule_by_the_clock_come_batch_by_batch(monkeypatch):
    monkeypatch.setattr(working, "ROWS", 2)
    store = StoreFactory()
    for _order in range(5):
        OrderFactory(store=store)
    a_rule(store, TAG, when={"kind": "time", "subject": "orders.order", "every": "hour"})

    assert work() == 5
    assert work(at=MOMENT + HOUR) == 0


def test_a_daily_rule_looks_at_its_hour_of_the_stores_own_day():
    store = StoreFactory(timezone="Asia/Shanghai")
    OrderFactory(store=store)
    clock = {"kind": "time", "subject": "orders.order", "every": "day", "hour": 9, "again": True}
    rule = a_rule(store, TAG, when=clock, actor=lead(store))

    assert rule.next_at == datetime(2026, 3, 3, 1, tzinfo=UTC)
    assert work(at=MOMENT + HOUR) == 0
    assert work(at=rule.next_at) == 1
    assert work(at=rule.next_at + timedelta(minutes=1)) == 0
    assert work(at=rule.next_at + timedelta(days=1)) == 1
    assert set(Firing.objects.values_list("cause", flat=True)) == {"2026-03-03", "2026-03-04"}


def test_conditions_are_empty_or_all_of_them_hold():
    store = StoreFactory()
    none = where({"field": "pieces", "is": "more_than", "value": "5"}, match="any")
    a_rule(store, TAG, conditions=none, name="None")
    paid(OrderFactory(store=store))

    assert work() == 0

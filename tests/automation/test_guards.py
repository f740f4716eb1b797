"""Rules that answer each other end; one that fails, hangs or acts too often is parked, alone."""

from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from opsdesk.alerts.models import Alert
from opsdesk.automation.models import Firing, FiringEffect, Rule, RuleVersion, Tag
from opsdesk.automation.services import firing, tags
from opsdesk.errors import DomainError
from orders.models import Hold, OrderEvent
from tests.automation.rules import ALERT, FOUND, HOLD, LATER, TAG, a_rule, paid, where, work
from tests.factories import (
    MOMENT,
    AlertEventFactory,
    AlertFactory,
    OrderFactory,
    SettingOverrideFactory,
    StoreFactory,
)
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db
STOPPED = Firing.Outcome.STOPPED


@pytest.fixture
def store():
    return StoreFactory()


def an_alert(store):
    alert = AlertFactory(subject=OrderFactory(store=store))
    AlertEventFactory(alert=alert)
    return alert


def work_on(minutes: int) -> list[int]:
    return [work(at=MOMENT + timedelta(minutes=minute)) for minute in range(1, minutes + 1)]


def test_two_rules_that_feed_each_other_end(store):
    one = a_rule(store, ALERT, when=FOUND, name="One")
    two = a_rule(store, ALERT, when=FOUND, name="Two")
    an_alert(store)

    acted = work_on(6)

    assert acted == [2, 2, 0, 0, 0, 0]
    assert Alert.objects.filter(check_code="automation.rule").count() == 4
    chains = {tuple(f.chain) for f in Firing.objects.exclude(outcome=STOPPED)}
    assert chains == {(), (one.pk,), (two.pk,)}
    assert_invariants_hold("automation")


def test_a_rule_never_answers_its_own_effect(store):
    rule = a_rule(store, HOLD, when={"kind": "event", "event": "orders.held"})
    order = OrderFactory(store=store)
    OrderEvent.objects.create(order=order, kind="held", at=MOMENT, data={"holds": ["quantity"]})

    assert work_on(3) == [1, 0, 0]

    assert Hold.objects.get().order == order
    stopped = Firing.objects.get(outcome=STOPPED)
    assert (stopped.chain, stopped.effects.count()) == ([rule.pk], 0)


def test_a_chain_of_different_rules_ends_at_the_number(store):
    SettingOverrideFactory(key="automation.longest_chain", value=2, store=store)
    for name in "ABCD":
        a_rule(store, ALERT, when=FOUND, name=name)
    an_alert(store)

    work_on(6)

    done = Firing.objects.exclude(outcome=STOPPED)
    assert max(len(f.chain) for f in done) == 1
    ended = [f for f in Firing.objects.filter(outcome=STOPPED) if f.rule_id not in f.chain]
    assert {len(f.chain) for f in ended} == {2}


def test_a_rule_that_acts_too_often_is_parked_and_the_lead_is_told_why(store):
    SettingOverrideFactory(key="automation.most_an_hour", value=3, store=store)
    rule = a_rule(store, TAG)
    for _order in range(5):
        paid(OrderFactory(store=store))

    assert work() == 3

    rule.refresh_from_db()
    assert rule.state == Rule.State.PARKED
    alert = Alert.objects.get(check_code="automation.parked")
    assert (alert.owner_role, alert.subject) == ("operations_lead", rule)
    assert "3" in alert.evidence["why"]
    assert Tag.objects.count() == 3


def test_what_fired_within_the_hour_counts(store):
    SettingOverrideFactory(key="automation.most_an_hour", value=3, store=store)
    rule = a_rule(store, TAG)
    for minutes in (1, 2, 3):
        paid(OrderFactory(store=store))
        work(at=MOMENT + timedelta(minutes=minutes))
    paid(OrderFactory(store=store))

    assert work(at=MOMENT + timedelta(minutes=70)) == 1
    assert Rule.objects.get(pk=rule.pk).is_on


def test_a_rule_that_crashes_is_parked_and_stops_no_other(store, monkeypatch):
    def crash(*_args, **_kwargs):
        raise RuntimeError("13812345678 is wrong")

    monkeypatch.setattr(tags, "put", crash)
    bad = a_rule(store, TAG, name="Bad")
    good = a_rule(store, ALERT, name="Good")
    paid(OrderFactory(store=store))

    assert work() == 1

    bad.refresh_from_db()
    assert bad.state == Rule.State.PARKED
    assert "13812345678" not in bad.parked_because
    assert Rule.objects.get(pk=good.pk).is_on
    assert not Firing.objects.filter(rule=bad).exists()


def test_a_rule_that_takes_too_long_is_parked(store, monkeypatch):
    def hang(*_args, **_kwargs):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr(tags, "put", hang)
    SettingOverrideFactory(key="automation.most_seconds", value="0.2", store=store)
    rule = a_rule(store, TAG)
    paid(OrderFactory(store=store))

    work()

    rule.refresh_from_db()
    assert rule.state == Rule.State.PARKED


@pytest.mark.parametrize(
    "broken",
    [
        {"trigger": {"kind": "event", "event": "orders.no_more"}},
        {"conditions": where({"field": "no_more", "is": "is", "value": "x"})},
        {"actions": [{"action": "no_more"}]},
    ],
    ids=["event", "field", "action"],
)
def test_what_no_app_has_any_more_parks_the_rule(store, broken):
    rule = a_rule(store, TAG)
    version = rule.versions.get()
    said = {"trigger": version.trigger, "conditions": version.conditions}
    said |= {"actions": version.actions, **broken}
    RuleVersion.objects.create(
        rule=rule, number=2, written_by=rule.created_by, written_at=MOMENT, **said
    )
    Rule.objects.filter(pk=rule.pk).update(version=2)
    paid(OrderFactory(store=store))

    assert work() == 0

    rule.refresh_from_db()
    assert rule.state == Rule.State.PARKED
    assert Alert.objects.filter(check_code="automation.parked").exists()


def test_a_batch_that_is_refused_is_halved_down_to_the_one_that_is(store, monkeypatch):
    put = tags.put
    orders = [OrderFactory(store=store) for _order in range(5)]

    def refuse(subject, firings, **values):
        if orders[3].pk in firings:
            raise DomainError("Not this one.")
        return put(subject, firings, **values)

    monkeypatch.setattr(tags, "put", refuse)
    a_rule(store, TAG)
    for order in orders:
        paid(order)

    work()

    refused = FiringEffect.objects.get(outcome="refused")
    assert (refused.firing.subject_id, refused.reason) == (orders[3].pk, "Not this one.")
    assert Tag.objects.count() == 4
    assert Firing.objects.filter(outcome="done").count() == 4


def test_a_worker_that_dies_between_firing_and_action_leaves_nothing_half_done(store, monkeypatch):
    a_rule(store, TAG)
    paid(OrderFactory(store=store))

    def die(*_args):
        assert Firing.objects.count() == 1
        raise SoftTimeLimitExceeded

    with monkeypatch.context() as patched:
        patched.setattr(firing, "_do", die)
        pytest.raises(SoftTimeLimitExceeded, work)
    assert not Firing.objects.exists()

    assert work(at=LATER + timedelta(minutes=1)) == 1
    assert Tag.objects.count() == 1

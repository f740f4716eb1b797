"""Dry runs: what a rule would have done, worked out by the worker, changing nothing."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.automation import tasks
from opsdesk.automation.models import Firing, RuleTrial, Tag
from opsdesk.automation.services import trying
from opsdesk.errors import NotAllowed
from orders.models import Hold
from tests.automation.rules import ALERT, FOUND, HOLD, TAG, a_rule, lead, over, paid, where, work
from tests.concurrency import run_together, slowly
from tests.factories import (
    MOMENT,
    AlertEventFactory,
    AlertFactory,
    OrderFactory,
    RuleTrialFactory,
    SettingOverrideFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return StoreFactory()


def tried(rule, at=MOMENT):
    trial = trying.ask_for_trial(rule_id=rule.pk, actor=lead(rule.store), at=at)
    trying.run_trial(trial.pk, at=at)
    trial.refresh_from_db()
    return trial


def large(store, **values):
    return OrderFactory(store=store, total_amount=Decimal("6000.00"), **values)


def test_it_tells_how_often_by_day_on_what_and_what_each_action_would_have_done(store):
    rule = a_rule(store, HOLD, TAG, conditions=where(over("5000")), is_on=False)
    today, gone = large(store), large(store, fulfilment_state="shipped")
    paid(large(store), at=MOMENT - 31 * DAY)
    paid(gone, at=MOMENT - 2 * DAY)
    paid(OrderFactory(store=store), at=MOMENT - DAY)
    paid(large(StoreFactory()), at=MOMENT - DAY)
    paid(today, at=MOMENT - timedelta(hours=1))

    result = tried(rule).result

    assert (result["total"], result["is_now"]) == (2, False)
    assert result["days"] == [["2026-02-28", 1], ["2026-03-02", 1]]
    assert [each["id"] for each in result["examples"]] == [today.pk, gone.pk]
    assert result["examples"][0]["label"] == today.external_number
    assert result["steps"] == [
        {"action": "hold", "would": 1, "left_alone": 1},
        {"action": "tag", "would": 2, "left_alone": 0},
    ]
    assert result["hours"] == []


def test_it_changes_nothing(store):
    rule = a_rule(store, HOLD, TAG, ALERT, is_on=False)
    paid(OrderFactory(store=store), at=MOMENT - DAY)

    assert tried(rule).state == RuleTrial.State.DONE

    for model in (Firing, Hold, Tag, Alert):
        assert not model.objects.exists()


def test_it_tells_in_which_hours_the_rule_would_have_been_parked(store):
    SettingOverrideFactory(
        key="automation.most_an_hour", value=2, store=store, valid_from=MOMENT - 60 * DAY
    )
    rule = a_rule(store, TAG, is_on=False)
    for minutes in (1, 2, 3, 200):
        paid(OrderFactory(store=store), at=MOMENT - DAY + timedelta(minutes=minutes))

    result = tried(rule).result

    assert result["most_an_hour"] == 2
    assert [count for _hour, count in result["hours"]] == [3]


def test_what_rules_had_led_to_is_not_counted(store):
    a_rule(store, ALERT, when=FOUND, name="First")
    AlertEventFactory(alert=AlertFactory(subject=OrderFactory(store=store)))
    work()
    other = a_rule(store, ALERT, when=FOUND, name="Other", is_on=False)

    result = tried(other, at=MOMENT + DAY).result

    assert (result["total"], result["by_rules"]) == (1, 1)


def test_of_a_rule_by_the_clock_it_tells_what_there_is_now(store):
    clock = {"kind": "time", "subject": "orders.order", "every": "day", "hour": 9}
    asked = where({"field": "paid_for", "is": "more_than", "value": "20"})
    rule = a_rule(store, TAG, when=clock, conditions=asked, is_on=False)
    late = OrderFactory(store=store, payment_state="paid", paid_at=MOMENT - DAY)
    OrderFactory(store=store, payment_state="paid", paid_at=MOMENT)

    result = tried(rule).result

    assert (result["total"], result["is_now"]) == (1, True)
    assert result["examples"][0]["id"] == late.pk


def test_a_long_past_is_read_stretch_by_stretch(store, monkeypatch):
    monkeypatch.setattr(trying, "CHUNK", 3)
    rule = a_rule(store, TAG, is_on=False)
    for days in range(10):
        paid(OrderFactory(store=store), at=MOMENT - (10 - days) * DAY)

    result = tried(rule).result

    assert result["total"] == sum(count for _day, count in result["days"]) == 10
    assert len(result["examples"]) == 10


def test_one_who_may_not_is_refused(store):
    rule = a_rule(store, TAG, is_on=False)

    with pytest.raises(NotAllowed):
        trying.ask_for_trial(
            rule_id=rule.pk, actor=UserFactory(role="warehouse", store=store), at=MOMENT
        )


def test_asking_twice_is_one_trial(store):
    rule = a_rule(store, TAG, is_on=False)
    ask = partial(trying.ask_for_trial, rule_id=rule.pk, actor=lead(store), at=MOMENT)

    assert ask() == ask()


def test_a_trial_that_was_left_behind_is_taken_up_again_three_times_in_all(store):
    rule = a_rule(store, TAG, is_on=False)
    left = {"state": "running", "lease_until": MOMENT - DAY}
    trial = RuleTrialFactory(version=rule.versions.get(), attempts=1, **left)

    assert trying.run_waiting(at=MOMENT) == 1
    trial.refresh_from_db()
    assert trial.state == RuleTrial.State.DONE
    RuleTrial.objects.update(attempts=3, finished_at=None, **left)

    trying.run_waiting(at=MOMENT)
    trial.refresh_from_db()
    assert (trial.state, bool(trial.error)) == (RuleTrial.State.FAILED, True)


def test_one_that_cannot_be_read_any_more_says_so(store):
    rule = a_rule(store, TAG, is_on=False)
    version = rule.versions.get()
    version.pk, version.number = None, 2
    version.trigger = {"kind": "event", "event": "orders.no_more"}
    version.save()
    trial = RuleTrialFactory(version=version)

    assert tasks.try_rule(trial.pk) == RuleTrial.State.FAILED
    trial.refresh_from_db()
    assert trial.error


@pytest.mark.django_db(transaction=True)
def test_two_workers_work_a_trial_out_once(monkeypatch):
    monkeypatch.setattr(trying, "_result", slowly(trying._result, 0.2))
    rule = a_rule(StoreFactory(), TAG, is_on=False)
    trial = RuleTrialFactory(version=rule.versions.get())

    results = run_together([partial(trying.run_trial, trial.pk, at=MOMENT)] * 2)

    assert sorted(map(str, results)) == ["None", "done"]
    assert RuleTrial.objects.get().attempts == 1

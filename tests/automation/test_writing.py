"""Writing rules: what is wrong is said where it is wrong, and every saving is a version."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from opsdesk.alerts.models import Alert
from opsdesk.automation import reading, words
from opsdesk.automation.models import Rule, RuleVersion
from opsdesk.automation.reading import WrongRule
from opsdesk.automation.services import switching, writing
from opsdesk.errors import Conflict, NotAllowed
from tests.automation.rules import ALERT, HOLD, PAID, TAG, a_rule, lead, over, turn_on, where
from tests.factories import (
    MOMENT,
    ChannelFactory,
    MembershipFactory,
    OrderFactory,
    RuleTrialFactory,
    StoreFactory,
    TargetFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def problems_of(store, **said):
    raw = {"trigger": PAID, "conditions": where(), "actions": [TAG], **said}
    with pytest.raises(WrongRule) as caught:
        reading.read(raw, store=store)
    return caught.value.problems


def condition(field, operator, value=None):
    return where({"field": field, "is": operator, "value": value})


HOSTILE = {
    "unknown field": condition("password", "is", "x"),
    "a path": condition("customer__phone_digest", "is", "x"),
    "a lookup": condition("total__regex", "is", "x"),
    "wrong operator": condition("total", "contains", "5"),
    "an operator of Django's": condition("region", "password__startswith", "x"),
    "a list for a text": condition("region", "is", ["x"]),
    "an object for a number": condition("total", "more_than", {"a": 1}),
    "not a number": condition("total", "more_than", "NaN"),
    "infinity": condition("total", "more_than", "Infinity"),
    "a huge number": condition("total", "more_than", "1e400"),
    "many digits": condition("total", "more_than", "9" * 400),
    "a truth": condition("total", "more_than", True),
    "an unknown choice": condition("payment", "is", "stolen"),
    "years of hours": condition("paid_for", "more_than", "99999999"),
    "a zero byte": condition("region", "is", "a\x00b"),
    "no date": condition("deliver_by", "after", "2026-02-31"),
    "a thousand": where(*[{"field": "region", "is": "is", "value": "x"}] * 1000),
    "a group in a group": where({"match": "any", "items": [{"match": "any", "items": []}]}),
    "not a list": {"match": "all", "items": "x"},
    "neither all nor any": where(match="some"),
    "a number": where(7),
    "another currency's money": {
        "items": [{"field": "total", "is": "more_than", "value": "5", "currency": "$$$"}]
    },
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_conditions_that_make_no_sense_are_refused_in_words(store, said):
    problems = problems_of(store, conditions=said)

    assert all(where.startswith("conditions") and words for where, words in problems.items())


def test_sql_in_a_text_is_a_text(store):
    rule = a_rule(
        store, conditions=condition("region", "contains", "%' OR 1=1; DROP TABLE orders_order --")
    )

    assert rule.is_on


def test_every_problem_is_told_beside_its_row(store):
    problems = problems_of(
        store,
        conditions=where(over("x"), {"match": "any", "items": [{"field": "?"}]}),
        actions=[{"action": "alert", "role": "nobody", "severity": "warning", "text": "{phone}"}],
    )

    assert set(problems) == {
        "conditions.0.value",
        "conditions.1.items.0.field",
        "actions.0.role",
        "actions.0.text",
    }


@pytest.mark.parametrize(
    "trigger",
    [
        None,
        {},
        {"kind": "event", "event": "orders.burnt"},
        {"kind": "event", "event": []},
        {"kind": ["event"]},
        {"kind": "check", "check": "INS-99.nothing"},
        {"kind": "time", "subject": "stores.user", "every": "day"},
        {"kind": "time", "subject": "orders.order", "every": "minute"},
        {"kind": "time", "subject": "orders.order", "every": "day", "hour": 25},
    ],
)
def test_a_trigger_that_is_none_is_refused(store, trigger):
    assert all(where.startswith("trigger") for where in problems_of(store, trigger=trigger))


def test_an_action_that_does_not_suit_the_subject_is_refused(store):
    problems = problems_of(
        store, trigger={"kind": "event", "event": "alerts.found"}, actions=[HOLD]
    )

    assert set(problems) == {"actions.0.action"}


def test_a_tag_is_kept_with_single_spaces_and_without_commas(store):
    raw = {"trigger": PAID, "actions": [{"action": "tag", "tag": " gift   wrap "}]}

    assert reading.read(raw, store=store).steps[0].values == {"tag": "gift wrap"}
    assert set(problems_of(store, actions=[{"action": "tag", "tag": "a,b"}])) == {"actions.0.tag"}


def test_a_receiver_of_another_store_is_refused(store):
    theirs = TargetFactory(adapter="webhook")

    problems = problems_of(store, actions=[{"action": "webhook", "target": str(theirs.pk)}])

    assert set(problems) == {"actions.0.target"}


def test_who_may_not_do_it_may_not_have_a_rule_do_it(store):
    person = UserFactory(role="administrator", store=store)

    with pytest.raises(NotAllowed) as caught:
        a_rule(store, HOLD, actor=person, is_on=False)

    assert caught.value.facts == {"action": "hold"}


@pytest.mark.parametrize("role", ["warehouse", "analyst", "service_lead"])
def test_only_leads_of_operations_and_administrators_write_rules(store, role):
    with pytest.raises(NotAllowed):
        a_rule(store, TAG, actor=UserFactory(role=role, store=store))


def test_a_lead_of_another_store_writes_none_here(store):
    with pytest.raises(NotAllowed):
        a_rule(store, TAG, actor=lead(StoreFactory()))


def test_a_saving_is_a_new_version_and_switches_the_rule_off(store):
    rule = a_rule(store, TAG)
    version = writing.save_version(
        rule_id=rule.pk,
        expected_version=1,
        definition={"trigger": PAID, "conditions": where(over("5")), "actions": [ALERT]},
        actor=lead(store),
        at=MOMENT,
    )

    rule.refresh_from_db()
    assert (rule.version, version.number, rule.state) == (2, 2, Rule.State.OFF)
    assert rule.versions.get(number=1).actions == [TAG]


def test_an_older_version_comes_back_as_a_new_one(store):
    rule = a_rule(store, TAG)
    actor = lead(store)
    said = {"trigger": PAID, "conditions": where(over("5")), "actions": [ALERT]}
    writing.save_version(
        rule_id=rule.pk, expected_version=1, definition=said, actor=actor, at=MOMENT
    )

    back = writing.bring_back(rule_id=rule.pk, number=1, expected_version=2, actor=actor, at=MOMENT)

    assert (back.number, back.came_from, back.actions) == (3, 1, [TAG])


def test_who_looked_at_an_older_version_is_told(store):
    rule = a_rule(store, TAG, is_on=False)
    actor = lead(store)
    said = {"trigger": PAID, "conditions": where(), "actions": [TAG]}
    writing.save_version(
        rule_id=rule.pk, expected_version=1, definition=said, actor=actor, at=MOMENT
    )

    with pytest.raises(Conflict) as caught:
        switching.switch_on(rule_id=rule.pk, expected_version=1, actor=actor, at=MOMENT, reason="x")
    assert caught.value.facts["version"] == 2


def test_a_version_is_never_edited(store):
    rule = a_rule(store, TAG)

    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.filter(rule=rule).update(actions=[])


def test_a_version_that_was_not_tried_goes_on_with_a_reason_only(store):
    rule = a_rule(store, TAG, is_on=False)
    switch = {"rule_id": rule.pk, "expected_version": 1, "actor": lead(store), "at": MOMENT}

    with pytest.raises(switching.NotTried):
        switching.switch_on(**switch)
    RuleTrialFactory(version=rule.versions.get(), state="done")

    assert switching.switch_on(**switch).is_on


def test_a_parked_rule_goes_on_again_and_its_alert_closes(store):
    rule = a_rule(store, TAG)
    switching.park(rule, because="It failed", at=MOMENT)
    rule.refresh_from_db()

    rule = turn_on(rule)

    assert (rule.state, rule.parked_because) == (Rule.State.ON, "")
    assert Alert.objects.get(check_code="automation.parked").state == Alert.State.RESOLVED


def test_two_rules_of_a_store_have_two_names(store):
    a_rule(store, TAG, is_on=False)

    with pytest.raises(WrongRule) as caught:
        a_rule(store, TAG, is_on=False)
    assert set(caught.value.problems) == {"name"}


def test_a_rule_reads_as_a_sentence(store):
    channel = ChannelFactory(store=store)
    person = UserFactory(first_name="Lin", last_name="Xiao")
    MembershipFactory(user=person, store=store)
    raw = {
        "trigger": PAID,
        "conditions": where(
            over("5000"),
            where(
                {"field": "channel", "is": "one_of", "value": [channel.code]},
                {"field": "paid_for", "is": "less_than", "value": "2"},
                match="any",
            ),
        ),
        "actions": [HOLD, TAG],
    }

    said = words.sentence(reading.read(raw, store=store), store)

    assert said == (
        "When an order is paid – if total is more than 5000 CNY and (channel is one of"
        f" {channel} or hours since it was paid is less than 2) – then hold the order"
        " (“Large”, Order reviewer); tag it (“look”)"
    )
    assert OrderFactory(store=store).total_amount < Decimal(5000)

"""Rules on their pages: listed, tried, switched, compared, brought back; what they did."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from opsdesk.automation.models import Rule
from opsdesk.automation.services import switching, trying
from opsdesk.selections.models import ListExport
from opsdesk.stores.roles import Role
from tests import factories
from tests.automation.rules import over, where
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
LIST = "admin:automation_rule_changelist"
PAGE = "admin:automation_rule_change"
RUNS = "admin:automation_firing_changelist"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def store():
    return factories.StoreFactory(language="en")


@pytest.fixture
def lead(client, store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(person)
    return person


@pytest.fixture
def rule(store, lead):
    return factories.RuleFactory(store=store, name="Paid ones")


def html(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(client, name, rule, **fields):
    return client.post(
        reverse(f"admin:automation_rule_{name}", args=[rule.pk]), fields, follow=True
    )


def tried(rule, **more):
    result = {
        "total": 3,
        "days": [["2026-02-20", 1], ["2026-03-01", 2]],
        "examples": [],
        "steps": [{"action": "tag", "would": 2, "left_alone": 1}],
        "hours": [],
        "most_an_hour": 2000,
        "by_rules": 0,
        "is_now": False,
    }
    version = rule.versions.get(number=rule.version)
    return factories.RuleTrialFactory(version=version, state="done", result=result | more)


def test_the_list_says_each_in_words_how_it_stands_and_how_often_it_acted(client, store, rule):
    for age in (1, 6, 8):
        order = factories.OrderFactory(store=store)
        factories.FiringFactory(subject=order, rule=rule, at=MOMENT - timedelta(days=age))
    factories.RuleFactory(name="Another store's")

    (line,) = client.get(reverse(LIST)).context["lines"]

    assert "When an order is paid – then tag it (“paid”)" in line
    assert ">off<" in line
    assert 'od-num od-wide">2<' in line


def test_a_parked_rule_says_why_and_how_to_go_on(client, store, lead):
    """The loop guard's reason is on the list of what waits, and on the page."""
    rule = factories.RuleFactory(
        store=store, state="parked", parked_at=MOMENT, parked_because="It acted 3 times."
    )

    assert rule.name in html(client, LIST, tab="parked")
    shown = html(client, PAGE, rule.pk)
    assert "It acted 3 times." in shown
    assert "switches it on again" in shown


def test_a_rule_is_tried_and_followed(client, rule):
    shown = post(client, "try", rule).content.decode()

    assert "progressbar" in shown
    trial = rule.versions.get().trials.get()
    trying.run_trial(trial.pk, at=MOMENT)
    shown = html(client, "admin:automation_ruletrial_change", trial.pk)
    assert "Nothing of these days meets the conditions." in shown


def test_the_result_says_how_often_on_what_and_within_which_limits(client, store, rule):
    order = factories.OrderFactory(store=store, external_number="T-77")
    told = {"id": order.pk, "label": "T-77", "at": MOMENT.isoformat()}
    trial = tried(rule, examples=[told], by_rules=2, hours=[[MOMENT.isoformat(), 2345]])

    shown = html(client, "admin:automation_ruletrial_change", trial.pk)

    assert reverse("admin:orders_order_change", args=[order.pk]) in shown
    assert shown.count('<rect class="bar"') == 31
    assert "2,345 times within an hour. Above 2,000 it would have been parked." in shown
    assert "2 events came of rules" in shown
    assert "as they are today" in shown


def test_what_an_older_version_would_have_done_switches_nothing_on(client, store, rule):
    trial = tried(rule)
    factories.RuleVersionFactory(rule=rule, number=2)
    Rule.objects.update(version=2)

    shown = html(client, "admin:automation_ruletrial_change", trial.pk)

    assert "Another version counts by now." in shown
    assert "Switch on" not in shown


def test_a_tried_rule_is_switched_on_and_off_again(client, rule):
    tried(rule)
    assert "Switch on untried" not in html(client, PAGE, rule.pk)

    post(client, "switch", rule, to="on", version=1)
    rule.refresh_from_db()
    assert rule.is_on

    post(client, "switch", rule, to="off")
    rule.refresh_from_db()
    assert not rule.is_on


def test_an_untried_rule_goes_on_with_a_reason_only(client, rule):
    """Nobody lets a rule loose that was never tried, without saying why."""
    assert "Why it goes on untried" in html(client, PAGE, rule.pk)

    refused = post(client, "switch", rule, to="on", version=1)
    rule.refresh_from_db()
    assert not rule.is_on
    assert "was not tried" in refused.content.decode()

    post(client, "switch", rule, to="on", version=1, reason="The same as in our other store")
    rule.refresh_from_db()
    assert rule.is_on


def test_who_may_only_look_has_no_buttons(client, store, rule):
    client.force_login(factories.UserFactory(role=Role.ANALYST, store=store))

    shown = html(client, PAGE, rule.pk)

    for verb in ("edit", "try", "switch"):
        assert reverse(f"admin:automation_rule_{verb}", args=[rule.pk]) not in shown
    for verb in ("try", "switch", "bring_back"):
        address = reverse(f"admin:automation_rule_{verb}", args=[rule.pk])
        assert client.post(address).status_code == 403


@pytest.fixture
def two(rule):
    """Two versions: the second asks for more than 50 and raises an alert as well."""
    tag = {"action": "tag", "tag": "paid"}
    alert = {"action": "alert", "role": "warehouse", "severity": "info", "text": "See {subject}"}
    factories.RuleVersionFactory(
        rule=rule, number=2, conditions=where(over("50")), actions=[tag, alert], note="More"
    )
    Rule.objects.filter(pk=rule.pk).update(version=2)
    rule.refresh_from_db()
    return rule


def test_two_versions_are_compared_in_words(client, two):
    answer = client.get(reverse("admin:automation_rule_versions", args=[two.pk]))

    lines = [(each.title, each.before, each.after) for each in answer.context["lines"]]
    assert lines[0] == ("When", "an order is paid", "an order is paid")
    assert lines[1] == ("If", "nothing is asked", "")
    assert lines[2][1:] == ("", f"total is more than 50 {two.store.currency}")
    assert lines[3] == ("Then", "tag it (“paid”)", "tag it (“paid”)")
    assert lines[4][1] == ""
    assert "raise an alert" in lines[4][2]


def test_a_version_that_nobody_understands_any_more_is_said_to_be_so(client, two):
    factories.RuleVersionFactory(rule=two, number=3, trigger={"kind": "event", "event": "gone"})
    Rule.objects.update(version=3)

    assert "There is no such event." in html(client, "admin:automation_rule_versions", two.pk)
    assert "can&#x27;t be understood any more" in html(client, PAGE, two.pk)
    assert "can&#x27;t be understood any more" in html(client, LIST)


def test_an_older_version_is_brought_back_as_a_new_one(client, two):
    post(client, "bring_back", two, number=1, version=2)

    two.refresh_from_db()
    assert two.version == 3
    assert two.versions.get(number=3).came_from == 1
    assert two.versions.get(number=3).conditions == where()


def test_a_version_is_not_brought_back_over_one_that_came_meanwhile(client, two):
    answer = post(client, "bring_back", two, number=1, version=1)

    two.refresh_from_db()
    assert two.version == 2
    assert "in the meantime" in answer.content.decode()
    unknown = reverse("admin:automation_rule_bring_back", args=[two.pk])
    assert client.post(unknown, {"number": 9, "version": 2}).status_code == 404


@pytest.fixture
def runs(store, rule):
    found = {}
    for outcome in ("done", "refused", "stopped", "left_alone"):
        order = factories.OrderFactory(store=store, external_number=f"T-{outcome}")
        found[outcome] = factories.FiringFactory(subject=order, rule=rule, outcome=outcome)
    factories.FiringFactory()
    return found


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 4),
        ({"outcome": "refused"}, 1),
        ({"tab": "stopped"}, 1),
        ({"subject": "T-done"}, 1),
        ({"at_after": "2026-03-02", "at_before": "2026-03-02"}, 4),
        ({"at_after": "2026-03-03"}, 0),
    ],
)
def test_the_run_log_is_narrowed(query, count, client, runs):
    assert len(client.get(reverse(RUNS), query).context["lines"]) == count


def test_the_run_log_of_one_rule(client, rule, runs, store):
    factories.FiringFactory(subject=factories.OrderFactory(store=store))

    assert len(client.get(reverse(RUNS), {"rule": rule.pk}).context["lines"]) == 4
    assert len(client.get(reverse(RUNS)).context["lines"]) == 5


def test_a_run_leads_to_its_subject_its_effect_and_the_rules_before_it(client, store, rule, runs):
    first = factories.RuleFactory(store=store, name="The first")
    alert = factories.AlertFactory(subject=factories.OrderFactory(store=store))
    order = factories.OrderFactory(store=store)
    firing = factories.FiringFactory(subject=order, rule=rule, chain=[first.pk])
    factories.FiringEffectFactory(firing=firing, action="alert", effect=alert)

    shown = html(client, "admin:automation_firing_change", firing.pk)

    assert reverse("admin:orders_order_change", args=[order.pk]) in shown
    assert reverse("admin:alerts_alert_change", args=[alert.pk]) in shown
    assert "The first" in shown
    assert "feed each other" in html(client, "admin:automation_firing_change", runs["stopped"].pk)


def test_the_run_log_takes_a_fixed_number_of_queries(
    client, store, rule, django_assert_max_num_queries
):
    for _each in range(30):
        order = factories.OrderFactory(store=store)
        factories.FiringEffectFactory(firing=factories.FiringFactory(subject=order, rule=rule))

    with django_assert_max_num_queries(20):
        html(client, RUNS)
    with django_assert_max_num_queries(26):
        html(client, PAGE, rule.pk)


def test_the_run_log_is_asked_for_as_a_file(client, runs):
    client.post(reverse("admin:automation_firing_export"), {"format": "csv"})

    assert ListExport.objects.get().screen == "automation.firing"


def test_a_rule_that_is_on_is_not_switched_on_again(client, rule, lead):
    tried(rule)
    switching.switch_on(rule_id=rule.pk, expected_version=1, actor=lead, at=MOMENT)

    assert "is on already" in post(client, "switch", rule, to="on", version=1).content.decode()

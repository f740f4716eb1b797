"""Rules are written on a page, without code and without script."""

import pytest
from django.urls import reverse

from opsdesk.automation import builder
from opsdesk.automation.models import Rule, RuleVersion
from opsdesk.stores.roles import Role
from tests import factories
from tests.automation.forms import form

pytestmark = pytest.mark.django_db
NEW = "admin:automation_rule_new"


@pytest.fixture
def store():
    return factories.StoreFactory(language="en")


@pytest.fixture
def lead(client, store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(person)
    return person


def page(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def post(client, **fields):
    return client.post(reverse(NEW), form(**fields))


def test_a_rule_is_written_and_is_off(client, store, lead):
    answer = post(client)

    rule = Rule.objects.get()
    assert answer.url == reverse("admin:automation_rule_change", args=[rule.pk])
    assert (rule.store, rule.name, rule.state, rule.created_by) == (
        store,
        "Large orders",
        "off",
        lead,
    )
    version = rule.versions.get()
    assert version.trigger == {"kind": "event", "event": "orders.paid"}
    assert version.conditions == {
        "match": "all",
        "items": [
            {
                "field": "total",
                "is": "more_than",
                "value": "5000",
                "currency": store.currency,
            }
        ],
    }
    assert version.actions == [{"action": "hold", "text": "Look at it", "role": "order_reviewer"}]
    assert "When an order is paid – if total is more than 5000" in page(client.get(answer.url))


ROWS = {
    "text": {"field": "region", "is": "starts_with", "value": "浙江"},
    "choice": {"field": "review", "is": "is_not", "value": "passed"},
    "several": {"field": "payment", "is": "one_of", "value": ["paid", "unpaid"]},
    "number": {"field": "pieces", "is": "at_least", "value": "3"},
    "money": {"field": "total", "is": "at_most", "value": "9.90", "currency": "CNY"},
    "moment": {"field": "deliver_by", "is": "before", "value": "2026-03-04T10:00"},
    "known": {"field": "deliver_by", "is": "is_known"},
    "age": {"field": "paid_for", "is": "more_than", "value": "20"},
    "codes": {"field": "skus", "is": "has", "value": "MUG-1"},
    "tags": {"field": "tags", "is": "has_not", "value": "seen"},
}


@pytest.mark.parametrize("kind", ROWS)
def test_every_kind_of_field_is_asked_and_comes_back_as_it_was_typed(kind, client, store, lead):
    post(client, conditions=[ROWS[kind]])

    (told,) = RuleVersion.objects.get().conditions["items"]
    assert told == ROWS[kind]
    shown = client.get(reverse("admin:automation_rule_edit", args=[Rule.objects.get().pk]))
    (line,) = shown.context["builder"].group.lines
    value = ROWS[kind].get("value", "")
    assert line.row.values == (value if isinstance(value, list) else [value])
    assert line.operator == ROWS[kind]["is"]


def test_a_flag_of_an_alert_is_yes_or_no(client, store, lead):
    post(
        client,
        when={"kind": "check", "check": "INS-8.feeds"},
        conditions=[{"field": "is_recurring", "is": "is", "value": "true"}],
        actions=[{"action": "message", "to": "role:operations_lead", "text": "See {subject}"}],
    )

    version = RuleVersion.objects.get()
    assert version.trigger == {"kind": "check", "check": "INS-8.feeds"}
    assert version.conditions["items"] == [{"field": "is_recurring", "is": "is", "value": True}]


def test_a_rule_by_the_clock_knows_hour_and_whether_it_acts_again(client, store, lead):
    when = {"kind": "time", "subject": "orders.order", "every": "day", "hour": "8", "again": "true"}

    post(client, when=when)

    assert RuleVersion.objects.get().trigger == {
        "kind": "time",
        "subject": "orders.order",
        "every": "day",
        "hour": 8,
        "again": True,
    }


def test_a_group_stands_among_the_conditions(client, store, lead):
    group = {"match": "any", "items": [ROWS["number"], ROWS["tags"]]}

    post(client, conditions=[ROWS["text"], group])

    assert RuleVersion.objects.get().conditions == {
        "match": "all",
        "items": [ROWS["text"], {"match": "any", "items": [ROWS["number"], ROWS["tags"]]}],
    }


def test_what_is_wrong_is_said_beside_its_row_and_nothing_typed_is_lost(client, store, lead):
    """All of it at once, each problem at the row it belongs to."""
    bad = {"field": "pieces", "is": "at_least", "value": "many"}
    group = {"match": "any", "items": [{"field": "total", "is": "more_than", "value": "1e99"}]}

    answer = post(
        client,
        conditions=[ROWS["text"], bad, group],
        actions=[{"action": "alert", "role": "", "severity": "warning", "text": "{phone}"}],
    )

    shown = answer.context["builder"]
    fine, wrong, nested = shown.group.lines
    assert (fine.error, wrong.error) == ("", "Enter a number.")
    assert wrong.row.value == "many"
    assert nested.lines[0].error == "The number is too large."
    (deed,) = shown.deeds
    assert {each.parameter.code: each.error for each in deed.parameters if each.error} == {
        "role": "Enter a value.",
        "text": "There is no variable {phone}.",
    }
    assert 'value="many"' in page(answer)
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Give the rule a name"),
        ({"when": {"kind": "event", "event": ""}}, "There is no such event."),
        ({"when": {"kind": "check", "check": "x"}}, "There is no such check."),
        ({"when": {"kind": "time", "subject": "", "every": "day", "hour": "8"}}, "Choose what is"),
        ({"actions": []}, "Say what the rule does."),
        ({"actions": [{"action": "format-disk"}]}, "There is no such action."),
        ({"conditions": [{"field": "password__startswith", "is": "is", "value": "x"}]}, "no such"),
        ({"conditions": [ROWS["number"]] * 21}, "At most 20 conditions"),
    ],
)
def test_what_can_not_be_is_refused_in_words(fields, said, client, store, lead):
    assert said in page(post(client, **fields))
    assert not Rule.objects.exists()


def test_a_name_that_is_taken_is_said_beside_the_name(client, store, lead):
    factories.RuleFactory(store=store, name="Large orders")

    assert post(client).context["builder"].name_error == "The store has a rule of this name."


@pytest.mark.parametrize(
    ("do", "fields", "actions"),
    [
        ("add:c", ["total", ""], 1),
        ("group", ["total", [""]], 1),
        ("remove:c-0", [], 1),
        ("deed", ["total"], 2),
        ("remove:a-0", ["total"], 0),
        ("remove:c-7", ["total"], 1),
        ("remove:x-0", ["total"], 1),
        ("add:c-0", ["total"], 1),
        ("look", ["total"], 1),
        ("nonsense", ["total"], 1),
    ],
)
def test_rows_come_and_go_and_nothing_is_saved_yet(do, fields, actions, client, store, lead):
    shown = post(client, do=do).context["builder"]

    def names(group):
        return [names(line) if line.is_group else line.row.field for line in group.lines]

    assert names(shown.group) == fields
    assert len(shown.deeds) == actions
    assert not Rule.objects.exists()


def test_one_goes_on_typing_in_the_row_that_came(client, store, lead):
    assert 'name="c-1-field" aria-label="Field"' in page(post(client, do="add:c"))
    assert post(client, do="add:c").context["builder"].group.lines[1].has_focus


def test_another_field_forgets_the_value_of_the_one_before(client, store, lead):
    answer = client.post(reverse(NEW), form(do="look") | {"c-0-of": "region"})

    assert answer.context["builder"].group.lines[0].row.value == ""


def test_another_action_begins_with_its_own_defaults(client, store, lead):
    answer = client.post(
        reverse(NEW), form(do="look", actions=[{"action": "alert"}]) | {"a-0-of": ""}
    )

    (deed,) = answer.context["builder"].deeds
    assert deed.deed.values == {
        "role": "",
        "severity": "warning",
        "text": "",
        "closes_itself": "true",
    }


def test_the_rule_is_told_as_a_sentence_while_it_is_written(client, store, lead):
    whole = page(post(client, do="say"))
    part = page(post(client, do="say", actions=[{"action": ""}]))

    assert "When an order is paid – if total is more than 5000 CNY – then hold the order" in whole
    assert "Not whole yet." in part


def test_only_what_the_person_may_use_is_offered(client, store, lead):
    actions = [each.code for each in post(client, do="look").context["builder"].actions]
    assert {"hold", "alert", "tag", "message"} <= set(actions)
    of_alerts = post(client, do="look", when={"kind": "event", "event": "alerts.found"})
    assert {"hold", "tag"}.isdisjoint(each.code for each in of_alerts.context["builder"].actions)

    administrator = factories.UserFactory(role=Role.ADMINISTRATOR, store=store)
    client.force_login(administrator)
    offered = post(client, do="look").context["builder"].actions
    assert all(administrator.has_perm(each.permission, store) for each in offered)


def test_what_the_person_may_not_have_done_is_refused(client, store):
    client.force_login(factories.UserFactory(role=Role.ADMINISTRATOR, store=store))

    answer = post(client)

    refused = "may not have a rule do this" in page(answer)
    assert refused != Rule.objects.exists()


def test_a_new_version_is_saved_and_the_second_of_two_is_told(client, store, lead):
    rule = factories.RuleFactory(store=store, name="Large orders", state="off")
    edit = reverse("admin:automation_rule_edit", args=[rule.pk])

    client.post(edit, form(version="1", note="Smaller"))
    late = client.post(edit, form(version="1", conditions=[ROWS["number"]]))

    rule.refresh_from_db()
    assert rule.version == 2
    assert rule.versions.get(number=2).note == "Smaller"
    shown = page(late)
    assert "saved version 2 in the meantime" in shown
    assert reverse("admin:automation_rule_versions", args=[rule.pk]) in shown
    assert late.context["builder"].group.lines[0].row.field == "pieces"


def test_rules_of_another_store_are_not_there(client, store, lead):
    rule = factories.RuleFactory()
    for name in ("edit", "change", "versions", "history"):
        assert client.get(reverse(f"admin:automation_rule_{name}", args=[rule.pk])).status_code in (
            302,
            404,
        ), name
    assert client.post(reverse(NEW), form(store=str(rule.store.pk))).status_code == 404


def test_a_ready_made_rule_is_there_to_begin_with_as_long_as_there_is_none(client, store, lead):
    shown = page(client.get(reverse("admin:automation_rule_changelist")))
    assert shown.count("Begin with it") == 3

    begun = client.get(f"{reverse(NEW)}?from=large-order").context["builder"].draft
    assert begun.definition()["conditions"]["items"][0]["field"] == "total"
    factories.RuleFactory(store=store)
    assert "Begin with it" not in page(client.get(reverse("admin:automation_rule_changelist")))


@pytest.mark.parametrize("code", ["large-order", "not-shipped", "no-data"])
def test_a_ready_made_rule_can_be_saved_as_it_is(code, client, store, lead):
    begun = client.get(f"{reverse(NEW)}?from={code}").context["builder"].draft

    assert builder.drafted(begun.definition(), name=begun.name) == begun


def test_the_list_takes_a_fixed_number_of_queries(
    client, store, lead, django_assert_max_num_queries
):
    for _each in range(20):
        rule = factories.RuleFactory(store=store)
        factories.FiringFactory(subject=factories.OrderFactory(store=store), rule=rule)

    with django_assert_max_num_queries(22):
        shown = page(client.get(reverse("admin:automation_rule_changelist")))

    assert shown.count("When an order is paid – then tag it") == 20

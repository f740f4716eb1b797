"""Tags and rules where people work: an order's page, the list of orders, an alert's page."""

import pytest
from django.urls import reverse

from opsdesk.automation.models import Tag
from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "admin:orders_order_changelist"
PAGE = "admin:orders_order_change"


@pytest.fixture
def store():
    return factories.StoreFactory(language="en")


@pytest.fixture
def lead(client, store):
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(person)
    return person


@pytest.fixture
def order(store):
    return factories.OrderFactory(store=store, external_number="T-1")


def html(client, name, *args, **query):
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def tag(client, order, name, verb="add"):
    address = reverse("admin:orders_order_tag", args=[order.pk])
    return client.post(address, {"name": name, "verb": verb}, follow=True)


def test_a_tag_is_put_on_an_order_and_taken_away_by_hand(client, store, lead, order):
    tag(client, order, "  gift   wrap ")

    put = Tag.objects.get()
    assert (put.name, put.store, put.subject, put.tagged_by) == ("gift wrap", store, order, lead)
    assert "Take the tag gift wrap away" in html(client, PAGE, order.pk)

    tag(client, order, "gift wrap", verb="remove")
    assert not Tag.objects.exists()


@pytest.mark.parametrize("name", ["", "a,b", "x" * 41])
def test_what_is_no_tag_is_refused_in_words(name, client, lead, order):
    assert "A tag has 1 to 40 characters" in tag(client, order, name).content.decode()
    assert not Tag.objects.exists()


def test_who_may_not_tag_sees_tags_and_no_button(client, store, order):
    factories.TagFactory(subject=order, name="gift")
    client.force_login(factories.UserFactory(role=Role.FINANCE, store=store))

    shown = html(client, PAGE, order.pk)

    assert "gift" in shown
    assert reverse("admin:orders_order_tag", args=[order.pk]) not in shown
    assert tag(client, order, "x").status_code == 403


def test_orders_of_another_store_are_not_tagged(client, lead):
    assert tag(client, factories.OrderFactory(), "x").status_code == 404


def test_the_list_is_narrowed_to_a_tag_of_the_store(client, store, lead, order):
    factories.TagFactory(subject=order, name="gift")
    factories.TagFactory(subject=factories.OrderFactory(store=store), name="gift box")
    factories.TagFactory(name="gift")

    lines = client.get(reverse(LIST), {"tag": "gift"}).context["lines"]

    assert len(lines) == 1
    assert "T-1" in lines[0]


def test_many_orders_are_tagged_at_once_and_untagged(client, store, lead, order):
    other = factories.OrderFactory(store=store)
    factories.TagFactory(subject=other, name="gift")
    foreign = factories.OrderFactory()
    ids = f"{order.pk},{other.pk},{foreign.pk}"
    bulk = reverse("admin:orders_order_bulk")

    client.post(bulk, {"bulk": "tag", "ids": ids, "reason": "gift"})
    assert set(Tag.objects.values_list("subject_id", flat=True)) == {order.pk, other.pk}

    client.post(bulk, {"bulk": "untag", "ids": ids, "reason": "gift"})
    assert not Tag.objects.exists()


def test_the_preview_asks_for_the_tag(client, store, lead, order):
    answer = client.post(reverse(LIST), {"bulk": "tag", "ids": [order.pk]})

    assert '<label for="id_reason">Tag</label>' in answer.content.decode()


def test_an_order_says_which_rules_acted_on_it(client, store, lead, order):
    rule = factories.RuleFactory(store=store, name="Large ones")
    firing = factories.FiringFactory(subject=order, rule=rule)
    factories.FiringEffectFactory(firing=firing)
    factories.TagFactory(subject=order, name="paid", firing=firing)

    shown = html(client, PAGE, order.pk)

    assert reverse("admin:automation_firing_change", args=[firing.pk]) in shown
    assert 'title="Large ones"' in shown
    client.force_login(factories.UserFactory(role=Role.ORDER_REVIEWER, store=store))
    assert "Large ones" not in html(client, PAGE, order.pk).replace('title="Large ones"', "")


def test_an_alert_leads_to_the_rule_that_raised_it_and_to_those_that_acted_on_it(
    client, store, lead, order
):
    alert = factories.AlertFactory(subject=order)
    raised = factories.FiringFactory(
        subject=order, rule=factories.RuleFactory(store=store, name="Raises")
    )
    factories.FiringEffectFactory(firing=raised, action="alert", effect=alert)
    factories.FiringFactory(subject=alert, rule=factories.RuleFactory(store=store, name="Assigns"))

    shown = html(client, "admin:alerts_alert_change", alert.pk)

    assert reverse("admin:automation_rule_change", args=[raised.rule_id]) in shown
    assert "raised it for T-1" in shown
    assert "acted on this alert" in shown


def test_an_order_s_page_takes_as_many_queries_with_many_tags_and_runs(
    client, store, lead, order, django_assert_max_num_queries
):
    html(client, PAGE, order.pk)
    rule = factories.RuleFactory(store=store)
    for _each in range(15):
        firing = factories.FiringFactory(subject=order, rule=rule)
        factories.FiringEffectFactory(firing=firing)
        factories.TagFactory(subject=order, firing=firing)

    with django_assert_max_num_queries(46):
        html(client, PAGE, order.pk)


def test_a_rule_is_found_by_a_part_of_its_name(client, store, lead):
    rule = factories.RuleFactory(store=store, name="Large orders")
    factories.RuleFactory(name="Large, elsewhere")

    found = client.get("/admin/search/", {"s": "arge", "extended": "1"}).content.decode()

    assert reverse("admin:automation_rule_change", args=[rule.pk]) in found
    assert "elsewhere" not in found

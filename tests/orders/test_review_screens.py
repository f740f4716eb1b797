"""The screens of the review: why an order is held, its rules, and who is barred (ORD-4, ORD-5)."""

import pytest
from django.urls import reverse

from opsdesk.stores.roles import Role
from orders.models import BlacklistEntry, ReviewResult, ReviewRule
from orders.services import review_rules
from tests.factories import (
    MOMENT,
    BlacklistEntryFactory,
    HoldFactory,
    MembershipFactory,
    OrderFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db
LIST = "admin:orders_order_changelist"


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def lead(client, store):
    person = MembershipFactory(store=store, role=Role.OPERATIONS_LEAD).user
    client.force_login(person)
    return client


def quantity_rule(store) -> ReviewRule:
    rules = review_rules.in_force([store.pk], at=MOMENT)[store.pk]
    return next(rule for rule in rules if rule.code == "quantity")


def given(**values) -> dict:
    return {
        "is_on": "on",
        "position": 20,
        "owner_role": Role.ORDER_REVIEWER,
        "value_per_line": 40,
        "value_per_order": 80,
        "days": 7,
        "reason": "Sold by the dozen",
        **values,
    }


def test_an_orders_page_says_why_it_is_held_and_what_every_look_found(lead, store):
    """ORD-4"""
    order = OrderFactory(store=store, review_state="held")
    HoldFactory(order=order)
    ReviewResult.objects.create(
        order=order, at=MOMENT, has_passed=False, verdicts=[["quantity", 3, "failed"]]
    )

    page = lead.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()

    assert "Unusual quantity" in page
    assert "usual at most" in page
    assert "v3" in page


def test_orders_are_listed_by_what_they_are_held_for(lead, store):
    """ORD-4"""
    hold = HoldFactory(order__store=store)
    other = HoldFactory(order__store=store, code="memo", evidence={"words": ["x"]})

    listed = lead.get(reverse(LIST), {"hold": "quantity", "tab": "held"}).content.decode()

    assert hold.order.external_number in listed
    assert other.order.external_number not in listed


def test_a_rule_is_tried_without_a_trace_and_put_in_force_as_a_new_version(lead, store):
    """ORD-4"""
    rule = quantity_rule(store)
    address = reverse("admin:orders_reviewrule_change", args=[rule.pk])

    tried = lead.post(address, given(**{"try": "1"}))
    assert tried.status_code == 200
    assert quantity_rule(store) == rule

    kept = lead.post(address, given(save="1"))
    changed = quantity_rule(store)
    assert kept.url == reverse("admin:orders_reviewrule_change", args=[changed.pk])
    assert (changed.version, changed.parameters["per_line"]) == (2, 40)


def test_only_who_may_changes_a_rule(client, store):
    rule = quantity_rule(store)
    client.force_login(MembershipFactory(store=store, role=Role.ORDER_REVIEWER).user)
    address = reverse("admin:orders_reviewrule_change", args=[rule.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, given(save="1")).status_code == 403


def test_an_end_beyond_all_days_is_told_at_the_form(lead, store):
    asked = {"store": store.pk, "phone": "13812345678", "reason": "x", "until": "9999-12-31"}

    answer = lead.post(reverse("admin:orders_blacklistentry_new"), asked)

    assert "until" in answer.context["form"].errors


def test_a_recipient_comes_on_the_blacklist_and_is_taken_off_it(lead, store):
    """ORD-4"""
    asked = {"store": store.pk, "phone": "13812345678", "reason": "Never takes it in"}

    lead.post(reverse("admin:orders_blacklistentry_new"), asked)

    entry = BlacklistEntry.objects.get()
    assert entry.hint == "138****5678"
    listed = reverse("admin:orders_blacklistentry_changelist")
    other = BlacklistEntryFactory()
    lead.post(listed, {"bulk": "end", "ids": [entry.pk, other.pk]})
    entry.refresh_from_db()
    other.refresh_from_db()
    assert entry.ended_by is not None
    assert other.ended_at is None

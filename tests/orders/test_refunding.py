"""Money back is asked for: within what was paid, and agreed to by whoever has to (ORD-5)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from opsdesk.approvals.models import Approval
from opsdesk.approvals.services.carrying import carry_out
from opsdesk.approvals.services.deciding import decide
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.stores.roles import Role
from orders.models import Order, RefundRequest
from orders.services.refunding import (
    RefundTooLarge,
    follow_decisions,
    refundable,
    request_refund,
    withdraw_refund,
)
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold
from tests.orders.drafts import draft, outcomes, place, stock

LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def store(db):
    store = factories.StoreFactory()
    stock(store, A=9)
    return store


def person(store, role=Role.CUSTOMER_SERVICE):
    return factories.UserFactory(role=role, store=store)


def paid(store, amount, number="T1", **fields):
    money = {"total_amount": Decimal(amount), "paid_amount": Decimal(amount)}
    place(store, draft(number, **money, **fields))
    return Order.objects.get(external_number=number)


def ask(order, who, amount, at=LATER):
    return request_refund(
        order_id=order.pk,
        version=Order.objects.values_list("version", flat=True).get(pk=order.pk),
        amount=Decimal(amount),
        reason="Came with a scratch",
        actor=who,
        at=at,
    )


@pytest.mark.parametrize(
    ("role", "amount", "roles", "voices"),
    [
        (Role.CUSTOMER_SERVICE, "200", None, 0),
        (Role.CUSTOMER_SERVICE, "200.01", [Role.SERVICE_LEAD], 1),
        (Role.ORDER_REVIEWER, "1", [Role.SERVICE_LEAD], 1),
        (Role.CUSTOMER_SERVICE, "2000", [Role.SERVICE_LEAD], 1),
        (Role.CUSTOMER_SERVICE, "2000.01", [Role.FINANCE], 1),
        (Role.SERVICE_LEAD, "20000", [Role.FINANCE], 1),
        (Role.SERVICE_LEAD, "20000.01", [Role.SERVICE_LEAD, Role.FINANCE], 2),
    ],
)
def test_who_agrees_goes_by_the_amount(store, role, amount, roles, voices):
    """ORD-5: up to 200 customer service alone, to 2,000 its lead, then finance, then both."""
    request = ask(paid(store, 30_000), person(store, role), amount)

    if roles is None:
        assert (request.state, request.is_alone, request.approval) == ("approved", True, None)
    else:
        assert (request.state, request.is_alone) == ("asked", False)
        assert (request.approval.roles, request.approval.voices) == (roles, voices)
    assert_invariants_hold()


@pytest.mark.parametrize("shared", ["order", "customer", "person"])
def test_small_refunds_of_a_day_add_up(store, shared):
    """ORD-5: sums per order, customer and requester of 24 hours; splitting avoids nobody."""
    first, second = paid(store, 500), paid(store, 500, "T2", customer="buyer-2")
    asked_by, again_by = person(store), person(store)
    if shared == "order":
        second = first
    elif shared == "customer":
        Order.objects.filter(pk=second.pk).update(customer=first.customer)
    else:
        again_by = asked_by

    assert ask(first, asked_by, 150).is_alone
    assert not ask(second, again_by, 60).is_alone
    third = paid(store, 500, "T3", customer="buyer-3")
    assert ask(third, again_by, 150, at=LATER + timedelta(hours=25)).is_alone


def test_nothing_is_asked_for_above_what_was_paid(store):
    """ORD-5: what went back and what is asked for already counts; the database holds it, too."""
    order, who = paid(store, 100, refunded_amount=Decimal(30)), person(store)
    ask(order, who, 50)

    with pytest.raises(RefundTooLarge) as refusal:
        ask(order, who, "20.01")
    assert refusal.value.facts["left"] == "20.00"
    with pytest.raises(IntegrityError, match="within_paid"), transaction.atomic():
        factories.RefundRequestFactory(order=order, amount=Decimal("20.01"))

    assert refundable(order) == 20


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_above_what_was_paid_one_is_refused(store):
    """ORD-5, E20: each alone would fit."""
    order = paid(store, 100)
    people = [person(store) for _ in range(2)]
    one = partial(request_refund, order_id=order.pk, version=1, amount=Decimal(60), at=LATER)

    results = run_together([partial(one, reason="broken", actor=who) for who in people])

    assert sum(isinstance(result, RefundRequest) for result in results) == 1
    assert sum(isinstance(result, Conflict | RefundTooLarge) for result in results) == 1
    assert RefundRequest.objects.get().amount == 60


@pytest.mark.django_db(transaction=True)
def test_the_database_lets_two_at_once_ask_for_no_more_than_was_paid(store):
    """Whoever writes, also past the service."""
    order, who = paid(store, 100), person(store)
    approvals = [factories.ApprovalFactory(store=store) for _ in range(4)]

    results = run_together(
        [
            partial(
                RefundRequest.objects.create,
                order=order,
                amount=Decimal(60),
                reason="x",
                approval=approval,
                asked_by=who,
                asked_at=LATER,
            )
            for approval in approvals
        ]
    )

    assert [type(result) for result in results].count(IntegrityError) == 3
    assert RefundRequest.objects.count() == 1


def test_what_others_agree_to_is_approved_and_waits_to_be_paid_out(store):
    """ORD-5: it stops at approved; the order's money is as it was."""
    order, who, lead = paid(store, 500), person(store), person(store, Role.SERVICE_LEAD)
    request = ask(order, who, 300)

    decide(approval_id=request.approval_id, verdict="approve", actor=lead, at=LATER)
    assert carry_out(approval_id=request.approval_id, at=LATER) == "carried_out"

    request.refresh_from_db()
    order.refresh_from_db()
    assert (request.state, order.refunded_amount) == ("approved", 0)
    told = [event.data.get("state") for event in order.events.filter(data__what="refund_settled")]
    assert told == ["approved"]


def test_a_refused_request_is_refused_and_its_money_free_again(store):
    order, who, lead = paid(store, 500), person(store), person(store, Role.SERVICE_LEAD)
    request = ask(order, who, 300)

    decide(approval_id=request.approval_id, verdict="reject", actor=lead, at=LATER, reason="no")

    assert follow_decisions(at=LATER) == 1
    assert follow_decisions(at=LATER) == 0
    request.refresh_from_db()
    assert (request.state, refundable(order)) == ("refused", 500)


def test_who_asked_withdraws_and_nobody_else(store):
    order, who = paid(store, 500), person(store)
    request = ask(order, who, 300)
    with pytest.raises(NotAllowed):
        withdraw_refund(request_id=request.pk, actor=person(store), at=LATER)

    withdraw_refund(request_id=request.pk, actor=who, at=LATER)

    assert RefundRequest.objects.get().state == "withdrawn"
    assert Approval.objects.get().state == "voided"


def test_a_refund_by_the_channel_settles_what_no_longer_fits(store):
    """ORD-5: money that is back already is not given twice."""
    order = paid(store, 500)
    agreed, undecided = ask(order, person(store), 100), ask(order, person(store), 300)

    copy = draft(
        total_amount=Decimal(500), paid_amount=Decimal(500), refunded_amount=Decimal("350")
    )
    assert outcomes(place(store, copy, at=LATER)) == ["changed"]

    agreed.refresh_from_db()
    undecided.refresh_from_db()
    assert (agreed.state, undecided.state) == ("paid", "void")
    assert undecided.approval.state == "voided"
    assert_invariants_hold()


def test_warehouse_asks_for_no_refund(store):
    with pytest.raises(NotAllowed):
        ask(paid(store, 100), person(store, Role.WAREHOUSE), 1)

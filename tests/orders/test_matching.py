"""Statement lines are matched with what orders tell, and what differs is typed (ORD-7, ORD-9)."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from opsdesk.alerts.models import Alert
from orders.models import MoneyDifference, Payment, Refund, StatementLine
from orders.services.funds import look_for_late_funds
from orders.services.matching import match_money
from tests.factories import (
    FeeRateFactory,
    OrderFactory,
    StatementFactory,
    StatementLineFactory,
    StoreFactory,
)
from tests.invariants import assert_invariants_hold
from tests.orders.money import differences

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
PAID = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)  # a Monday
NEXT_DAY = PAID + timedelta(days=1)


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def statement(store):
    return StatementFactory(store=store, first_day=PAID.date(), last_day=PAID.date())


def paid(store, number, amount="100.00", refunded="0.00", at=PAID):
    return OrderFactory(
        store=store,
        external_number=number,
        total_amount=Decimal(amount),
        refunded_amount=Decimal(refunded),
        payment_state="paid" if refunded == "0.00" else "part_refunded",
        placed_at=at,
    )


def line(statement, number="", amount="100.00", kind="payment", at=PAID, **more):
    return StatementLineFactory(
        statement=statement, order_number=number, amount=Decimal(amount), kind=kind, at=at, **more
    )


def test_what_agrees_is_matched_and_a_second_run_changes_nothing(store, statement):
    order = paid(store, "5001", refunded="30.00")
    line(statement, "5001", reference="P1", fee=Decimal("0.60"))
    line(statement, "5001", "-30.00", "refund", fee=Decimal("-0.18"))
    FeeRateFactory(store=store)

    first = match_money(store, at=NEXT_DAY)
    second = match_money(store, at=NEXT_DAY)

    assert first == {"matched": 2, "opened": 0, "gone": 0}
    assert second == {"matched": 0, "opened": 0, "gone": 0}
    payment = Payment.objects.get(order=order)
    assert (payment.amount, payment.fee, payment.reference) == (
        Decimal("100.00"),
        Decimal("0.42"),
        "P1",
    )
    assert Refund.objects.get(order=order).amount == Decimal("30.00")
    assert StatementLine.objects.unmatched().count() == 0
    assert_invariants_hold("orders.money")


def test_parts_of_a_payment_come_to_it_together(store, statement):
    paid(store, "5001")
    line(statement, "5001", "40.00")
    line(statement, "5001", "60.00")

    match_money(store, at=NEXT_DAY)

    assert differences(store) == []


def test_each_difference_has_its_type_to_the_cent(store, statement):
    """ORD-9: every difference is classified."""
    FeeRateFactory(store=store, percent=Decimal("0.6"))
    for number in ("amount", "double", "fee", "late", "silent"):
        paid(store, number)
    line(statement, "unknown", "7.00", fee=Decimal("0.04"))
    line(statement, "amount", "99.99", fee=Decimal("0.60"))
    line(statement, "double", fee=Decimal("0.60"))
    line(statement, "double", fee=Decimal("0.60"))
    line(statement, "fee", fee=Decimal("0.90"))
    line(statement, "late", fee=Decimal("0.60"), at=PAID + timedelta(days=3))

    match_money(store, at=PAID + timedelta(days=4))

    assert differences(store) == [
        ("amount", "amount", "100.00", "99.99"),
        ("duplicate", "double", "100.00", "200.00"),
        ("fee", "fee", "-0.60", "-0.90"),
        ("late", "late", "100.00", "100.00"),
        ("missing_here", "unknown", "0.00", "7.00"),
        ("missing_there", "silent", "100.00", "0.00"),
    ]
    assert_invariants_hold("orders.money")


def test_a_refund_the_provider_never_made_is_missing_there(store, statement):
    paid(store, "5001", refunded="30.00")
    line(statement, "5001")

    match_money(store, at=NEXT_DAY)

    assert differences(store) == [("missing_there", "5001", "-30.00", "0.00")]


def test_fees_and_refunds_without_a_number_follow_the_trade(store, statement):
    order = paid(store, "5001", refunded="30.00")
    line(statement, "5001", trade="T1")
    fee = line(statement, "", "-0.60", "fee", trade="T1")
    refund = line(statement, "", "-30.00", "refund", trade="T1")

    match_money(store, at=NEXT_DAY)

    fee.refresh_from_db()
    refund.refresh_from_db()
    assert fee.order == refund.order == order
    assert refund.refund.amount == Decimal("30.00")
    assert differences(store) == []


def test_a_nameless_line_fits_the_one_payment_of_its_amount_and_no_other(store, statement):
    alone, *twins = [
        paid(store, number, amount)
        for number, amount in (("5001", "11.00"), ("5002", "12.00"), ("5003", "12.00"))
    ]
    sure, unsure = line(statement, "", "11.00"), line(statement, "", "12.00")

    match_money(store, at=NEXT_DAY)

    sure.refresh_from_db()
    unsure.refresh_from_db()
    assert sure.order == alone
    assert unsure.order is None
    assert len(differences(store)) == 1 + len(twins)


def test_whatever_comes_first_the_result_is_the_same(store):
    """Orders, two statements and a change of an order, in each of their orders of arrival."""

    def orders(store):
        paid(store, "5001")
        paid(store, "5002", "50.00")

    def first(store):
        a = StatementFactory(store=store, first_day=PAID.date(), last_day=PAID.date())
        line(a, "5001", trade="T1", reference=f"A{store.pk}")
        line(a, "", "50.00", reference=f"B{store.pk}")

    def second(store):
        b = StatementFactory(store=store, first_day=PAID.date(), last_day=NEXT_DAY.date())
        line(b, "", "-1.00", "fee", trade="T1", reference=f"C{store.pk}", at=NEXT_DAY)
        line(b, "5003", "9.00", reference=f"D{store.pk}", at=NEXT_DAY)

    results = set()
    for steps in permutations((orders, first, second)):
        own = StoreFactory()
        for step in steps:
            step(own)
            match_money(own, at=NEXT_DAY)
        results.add(tuple(differences(own)))

    assert results == {(("missing_here", "5003", "0.00", "9.00"),)}


def test_a_settled_difference_opens_again_when_its_money_changes(store, statement):
    order = paid(store, "5001")
    line(statement, "5001", "90.00")
    match_money(store, at=NEXT_DAY)
    found = MoneyDifference.objects.get()
    MoneyDifference.objects.update(
        state="settled", how="accepted", note="Agreed.", settled_at=NEXT_DAY
    )

    match_money(store, at=NEXT_DAY)
    found.refresh_from_db()
    assert found.state == "settled"

    line(statement, "5001", "5.00")
    match_money(store, at=NEXT_DAY)
    found.refresh_from_db()
    assert (found.state, found.theirs, found.note) == ("open", Decimal("95.00"), "")

    line(statement, "5001", "5.00")
    match_money(store, at=NEXT_DAY)
    found.refresh_from_db()
    assert found.state == "gone"
    assert Payment.objects.get(order=order).lines.count() == 3


def test_late_or_missing_funds_are_told_of_and_the_alert_closes_itself(store):
    """ORD-7: T+1 by the working calendar; money that comes later is listed as late."""
    StatementFactory(
        store=store,
        first_day=PAID.date() - timedelta(days=1),
        last_day=PAID.date() - timedelta(days=1),
    )
    paid(store, "5001")
    midnight = datetime(2026, 3, 4, tzinfo=SHANGHAI)

    match_money(store, at=midnight - timedelta(seconds=1))
    assert look_for_late_funds(store, at=midnight) == 0
    match_money(store, at=midnight)
    assert look_for_late_funds(store, at=midnight) == 1
    assert differences(store) == [("late", "5001", "100.00", "0.00")]
    alert = Alert.objects.get(check_code="orders.funds_late")
    assert alert.money_at_risk == Decimal("100.00")

    later = StatementFactory(store=store, first_day=PAID.date(), last_day=PAID.date())
    line(later, "5001")
    match_money(store, at=midnight)
    assert look_for_late_funds(store, at=midnight) == 0
    alert.refresh_from_db()
    assert alert.state == "resolved"


def test_a_store_without_statements_has_no_differences(store):
    paid(store, "5001")

    match_money(store, at=PAID + timedelta(days=10))

    assert Payment.objects.count() == 1
    assert differences(store) == []

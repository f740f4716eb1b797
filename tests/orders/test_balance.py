"""A store's business day: ours, theirs, and every cent of the difference explained (ORD-9)."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from opsdesk.audit.models import AuditEntry
from opsdesk.stores.roles import Role
from orders.services.balance import balance_sheet
from orders.services.matching import match_money
from tests.factories import (
    FeeRateFactory,
    OrderFactory,
    StatementFactory,
    StatementLineFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 3, 2, tzinfo=SHANGHAI)


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def statement(store):
    return StatementFactory(
        store=store, first_day=DAY.date(), last_day=DAY.date() + timedelta(days=1)
    )


def paid(store, number, amount, at, refunded="0"):
    OrderFactory(
        store=store,
        external_number=number,
        total_amount=Decimal(amount),
        refunded_amount=Decimal(refunded),
        payment_state="part_refunded" if Decimal(refunded) else "paid",
        placed_at=at,
    )


def line(statement, number, amount, at, kind="payment", **more):
    StatementLineFactory(
        statement=statement, order_number=number, amount=Decimal(amount), at=at, kind=kind, **more
    )


@pytest.fixture
def a_day_with_everything(store, statement):
    """Figures of which no two sums are alike."""
    morning, evening = DAY.replace(hour=9), DAY.replace(hour=23, minute=59, second=59)
    FeeRateFactory(store=store)
    for number, amount, at, refunded in (
        ("agrees", "100.00", morning, "30.00"),
        ("silent", "11.00", morning, "0"),
        ("less", "50.00", morning, "0"),
        ("twice", "20.00", morning, "0"),
        ("midnight", "7.00", evening, "0"),
        ("yesterday", "3.00", DAY - timedelta(seconds=1), "0"),
        ("owed", "40.00", morning, "5.00"),
    ):
        paid(store, number, amount, at, refunded)
    line(statement, "agrees", "100.00", morning, fee=Decimal("0.60"), balance=Decimal("1099.40"))
    line(statement, "agrees", "-30.00", morning, "refund", fee=Decimal("-0.18"))
    line(statement, "less", "49.00", morning, fee=Decimal("0.29"))
    line(statement, "twice", "20.00", morning, fee=Decimal("0.12"))
    line(statement, "twice", "20.00", morning, fee=Decimal("0.12"))
    line(statement, "midnight", "7.00", DAY + timedelta(days=1), fee=Decimal("0.04"))
    line(statement, "yesterday", "3.00", morning, fee=Decimal("0.99"))
    line(statement, "owed", "40.00", morning, fee=Decimal("0.24"))
    line(statement, "nobody", "1.00", morning)
    line(statement, "", "-500.00", DAY.replace(hour=20), "payout", balance=Decimal("802.22"))
    match_money(store, at=DAY + timedelta(days=1, hours=9))


def test_the_difference_is_explained_to_the_cent(store, a_day_with_everything):
    sheet = balance_sheet(store, DAY.date())

    payments, refunds, fees, payouts, _other = sheet.rows
    assert (payments.ours, payments.theirs) == (Decimal("228.00"), Decimal("233.00"))
    assert (refunds.ours, refunds.theirs) == (Decimal("-35.00"), Decimal("-30.00"))
    assert (fees.ours, fees.theirs) == (Decimal("-1.22"), Decimal("-2.18"))
    assert payouts.theirs == Decimal("-500.00")
    assert {code: amount for code, _title, amount in sheet.reasons} == {
        "missing_here": Decimal("1.00"),
        "missing_there": Decimal("-11.00") + Decimal("5.00"),
        "amount": Decimal("-1.00"),
        "duplicate": Decimal("20.00"),
        "other_day": Decimal("3.00") - Decimal("7.00"),
        "fee": Decimal("-0.96"),
    }
    assert sheet.difference == sheet.explained


def test_the_accounts_closing_balance_is_reckoned_and_compared(store, a_day_with_everything):
    (account,) = balance_sheet(store, DAY.date()).accounts

    assert account.opening == Decimal("1000.00")
    assert account.closing == Decimal("700.82")
    assert account.unexplained == Decimal("101.40")


def test_the_day_is_the_stores(store, statement):
    paid(store, "5001", "10.00", DAY - timedelta(seconds=1))

    assert balance_sheet(store, DAY.date()).rows[0].ours == 0
    assert balance_sheet(store, DAY.date() - timedelta(days=1)).rows[0].ours == 0
    match_money(store, at=DAY + timedelta(days=1))
    assert balance_sheet(store, DAY.date() - timedelta(days=1)).rows[0].ours == Decimal("10.00")


@pytest.mark.parametrize("form", ["", "print", "csv", "xlsx"])
def test_on_screen_on_paper_and_as_a_file_on_record(client, store, a_day_with_everything, form):
    client.force_login(UserFactory(role=Role.FINANCE, store=store))
    address = reverse("admin:orders_moneydifference_sheet")
    query = {"store": store.pk, "day": DAY.date().isoformat(), "format": form}

    response = client.get(address, query)

    assert response.status_code == 200
    content = b"".join(response)
    exported = AuditEntry.objects.filter(verb="exported").count()
    assert exported == (form in ("csv", "xlsx"))
    if form == "csv":
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
        assert rows[1][2:5] == ["228.00", "233.00", "5.00"]


def test_another_stores_day_is_not_shown(client, store):
    foreign = StoreFactory()
    client.force_login(UserFactory(role=Role.FINANCE, store=store))
    address = reverse("admin:orders_moneydifference_sheet")

    response = client.get(address, {"store": foreign.pk, "day": "2026-03-02"})

    assert foreign.name not in response.content.decode()

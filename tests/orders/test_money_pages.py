"""Finance settles a difference on its page or many at once; an order tells its money."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from opsdesk.stores.roles import Role
from tests.factories import (
    MOMENT,
    MoneyDifferenceFactory,
    OrderFactory,
    StatementLineFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def finance(client, store):
    user = UserFactory(role=Role.FINANCE, store=store)
    client.force_login(user)
    return user


@pytest.fixture
def difference(store):
    return MoneyDifferenceFactory(payment__order=OrderFactory(store=store))


def test_settled_on_its_page_with_a_note(client, finance, difference):
    page = reverse("admin:orders_moneydifference_change", args=[difference.pk])
    assert difference.order_number in client.get(page).content.decode()

    address = reverse("admin:orders_moneydifference_settle", args=[difference.pk])
    client.post(address, {"how": "claimed", "note": "They pay with the next bill."})

    difference.refresh_from_db()
    assert (difference.state, difference.settled_by) == ("settled", finance)


def test_many_are_shown_before_they_are_settled(client, finance, difference):
    address = reverse("admin:orders_moneydifference_changelist")
    shown = client.post(address, {"bulk": "money_claimed", "ids": [difference.pk]})
    assert shown.context["count"] == 1
    difference.refresh_from_db()
    assert difference.state == "open"

    address = reverse("admin:orders_moneydifference_bulk")
    note = "They pay with the next bill."
    client.post(address, {"bulk": "money_claimed", "ids": str(difference.pk), "reason": note})

    difference.refresh_from_db()
    assert (difference.state, difference.note) == ("settled", note)


def test_an_orders_page_tells_its_money_to_finance_only(client, store, finance, difference):
    order = difference.order
    StatementLineFactory(
        statement__store=store, order=order, reference="REF-OF-FEE", kind="fee", amount=-1
    )
    address = reverse("admin:orders_order_change", args=[order.pk])

    assert "REF-OF-FEE" in client.get(address).content.decode()
    client.force_login(UserFactory(role=Role.ORDER_REVIEWER, store=store))
    assert "REF-OF-FEE" not in client.get(address).content.decode()


def test_a_day_and_a_number_narrow_the_lines(client, store, finance):
    wanted = StatementLineFactory(statement__store=store, order_number="5001")
    later = MOMENT + timedelta(days=2)
    other = StatementLineFactory(statement__store=store, at=later, amount=Decimal("7.00"))
    address = reverse("admin:orders_statementline_changelist")

    for query in (
        {"order_number": "5001"},
        {"at_after": "2026-03-02", "at_before": "2026-03-02"},
        {"statement": wanted.statement_id},
    ):
        page = client.get(address, query).content.decode()
        assert wanted.reference in page
        assert other.reference not in page


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-13-40"])
def test_a_day_without_an_end_is_told_at_the_form(client, store, finance, day):
    address = reverse("admin:orders_moneydifference_sheet")

    answer = client.get(address, {"store": store.pk, "day": day})

    assert answer.status_code == 200
    assert "day" in answer.context["form"].errors

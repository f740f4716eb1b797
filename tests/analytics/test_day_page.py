"""The page of a channel's day: its last months, figure by figure (INS-8)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from opsdesk.stores.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_day_s_page_draws_orders_and_money_with_what_is_usual(client):
    """INS-8: the finding's subject is the day."""
    store = factories.StoreFactory()
    client.force_login(factories.UserFactory(role=Role.ANALYST, store=store))
    yesterday = store.business_date(timezone.now()) - DAY
    days = [
        factories.DailySalesFactory(
            store=store,
            date=yesterday - number * DAY,
            orders=orders,
            paid_orders=orders,
            gmv=Decimal(orders * 100),
        )
        for number, orders in enumerate([5, *[50, 52, 48] * 14])
    ]

    page = client.get(reverse("admin:analytics_dailysales_change", args=[days[0].pk]))

    histories = {history.figure.code: (history, on) for history, on in page.context["histories"]}
    assert histories.keys() == {"orders", "gmv", "aov", "refunds"}
    orders, on_day = histories["orders"]
    assert (on_day, orders.lines[0].is_unusual, orders.has_usual) == ("5", True, True)
    assert histories["aov"][0].lines[0].value.endswith("100.00")

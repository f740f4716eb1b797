"""Who is a valued customer (MKT-10), and the orders of theirs that wait."""

from datetime import timedelta
from decimal import Decimal

import pytest

from opsdesk.stores.roles import Role
from orders.models import ValuedCustomer
from orders.services.valuing import count_valued
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def store():
    return factories.StoreFactory()


def bought(store, *amounts, placed_at=MOMENT - DAY, **values):
    """A customer with a paid order of each amount."""
    customer = factories.CustomerFactory(store=store)
    for amount in amounts:
        factories.OrderFactory(
            store=store,
            customer=customer,
            placed_at=placed_at,
            paid_amount=Decimal(amount),
            total_amount=Decimal(amount),
            **values,
        )
    return customer


def test_a_valued_customer_has_two_orders_and_two_hundred_in_thirty_days(store):
    """MKT-10: valued is who has placed at least 2 orders of at least 200 in 30 days."""
    valued = bought(store, "100.00", "100.00")
    bought(store, "99.99", "100.00")
    bought(store, "500.00")
    bought(store, "100.00", "100.00", refunded_amount=Decimal("0.01"))
    bought(store, "300.00", "300.00", placed_at=MOMENT - 31 * DAY)
    bought(store, "300.00", "300.00", currency="EUR")
    bought(factories.StoreFactory(), "300.00", "300.00")

    assert count_valued(store, at=MOMENT) == 1

    row = ValuedCustomer.objects.get()
    assert (row.customer, row.orders, row.amount) == (valued, 2, Decimal("200.00"))


def test_who_stays_valued_keeps_since_when_and_who_buys_no_more_is_valued_no_more(store):
    """MKT-10: the window moves on with the days."""
    stays, leaves = bought(store, "200", "200"), bought(store, "200", "200")
    leaves.orders.update(placed_at=MOMENT - 29 * DAY)
    assert count_valued(store, at=MOMENT) == 2

    later = MOMENT + 2 * DAY
    assert count_valued(store, at=later) == 1

    row = ValuedCustomer.objects.get()
    assert (row.customer, row.since, row.counted_at) == (stays, MOMENT, later)


def test_parts_of_a_split_order_count_as_one(store):
    """MKT-10: a parcel more is no order more."""
    customer = bought(store, "300.00")
    whole = customer.orders.get()
    factories.OrderFactory(
        store=store,
        customer=customer,
        split_from=whole,
        placed_at=whole.placed_at,
        paid_amount=Decimal(300),
        total_amount=Decimal(300),
    )

    assert count_valued(store, at=MOMENT) == 0


def test_their_orders_that_are_still_here_stand_in_a_view_of_their_own(client, store):
    """MKT-10: who packs and reviews sees the valued customers' orders first."""
    customer = bought(store, "200", "200")
    gone = customer.orders.earliest("pk")
    customer.orders.filter(pk=gone.pk).update(
        fulfilment_state="shipped", confirmed_at=MOMENT, shipped_at=MOMENT
    )
    bought(store, "200")
    count_valued(store, at=MOMENT)
    client.force_login(factories.UserFactory(role=Role.ORDER_REVIEWER, store=store))

    page = client.get("/admin/orders/order/?tab=vip").context["page"]

    assert [order.pk for order in page.rows] == [customer.orders.latest("pk").pk]

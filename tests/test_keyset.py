"""Pages by key: every row once, both ways, however the rows are tied."""

from datetime import timedelta

import pytest

from opsdesk.keyset import BadPlace, Page, Sorting
from orders.models import Order
from tests import factories
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db
NEWEST_FIRST = Sorting("placed_at")


@pytest.fixture
def orders():
    """Ten orders; groups of three share a moment."""
    store = factories.StoreFactory()
    return [
        factories.OrderFactory(store=store, placed_at=MOMENT + timedelta(hours=number // 3))
        for number in range(10)
    ]


def pages(step, start=""):
    """(page, next place) from there on, one way."""
    place, found = start, []
    while True:
        page = Page.read(Order.objects.all(), NEWEST_FIRST, size=3, **{step: place})
        found.append(page)
        place = getattr(page, step)
        if not place:
            return found


def test_a_walk_forth_meets_every_order_once(orders):
    walked = [row.pk for page in pages("after") for row in page.rows]

    newest_first = sorted(orders, key=lambda order: (order.placed_at, order.pk), reverse=True)
    assert walked == [order.pk for order in newest_first]


def test_a_walk_back_meets_every_order_once(orders):
    last = pages("after")[-1]

    back = pages("before", last.before)

    walked = [row.pk for page in reversed(back) for row in page.rows] + [r.pk for r in last.rows]
    assert sorted(walked) == sorted(order.pk for order in orders)
    assert len(walked) == len(set(walked))


def test_a_new_order_on_top_moves_no_page(orders):
    first, second, *_ = pages("after")

    factories.OrderFactory(placed_at=MOMENT + timedelta(days=1))

    again = Page.read(Order.objects.all(), NEWEST_FIRST, size=3, after=first.after)
    assert again.rows == second.rows


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(orders):
    found = pages("after")

    assert found[0].before == ""
    assert found[-1].after == ""


@pytest.mark.parametrize("text", ["x", "_1", "2026-01-01T00:00:00+00:00_", "2026-99-99_1", "a\0_1"])
def test_a_place_nobody_wrote_is_refused(text):
    with pytest.raises(BadPlace):
        NEWEST_FIRST.parse(Order, text)


def test_a_page_is_one_statement_that_counts_nothing(orders, django_assert_num_queries):
    with django_assert_num_queries(1) as captured:
        Page.read(Order.objects.all(), NEWEST_FIRST, size=3)

    assert "COUNT(" not in captured.captured_queries[0]["sql"]

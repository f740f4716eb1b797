"""The order reviewer's way through the desk, by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opsdesk.stores.roles import Role
from orders.models import Hold, Order
from orders.services.lifecycle import cancel_orders
from tests import factories
from tests.browser.looking import PHONE
from tests.browser.pages import ReviewDesk

pytestmark = pytest.mark.django_db(transaction=True)


def waiting_orders(store, *numbers):
    """Paid in this order, the first a while ago, each with its clock."""
    paid = timezone.now() - timedelta(minutes=20)
    orders = []
    for minute, number in enumerate(numbers):
        order = factories.OrderFactory(
            store=store, external_number=number, placed_at=paid + timedelta(minutes=minute)
        )
        factories.OrderLineFactory(order=order)
        factories.DeadlineFactory(subject=order, rule="orders.review", started_at=order.placed_at)
        orders.append(order)
    return orders


def test_orders_are_passed_by_key_and_the_second_of_two_is_told(sign_in, store, reviewer):
    """ORD-3: open, look, pass, next; a colleague was faster with the one after that."""
    first, second, _third = waiting_orders(store, "T-1", "T-2", "T-3")
    page = sign_in(reviewer)
    desk = ReviewDesk(page).open()
    page.evaluate("window.stayed = true")
    expect(desk.order).to_contain_text("T-1")

    desk.press("n")
    expect(desk.order).to_contain_text("T-2")
    desk.press("k")
    expect(desk.order).to_contain_text("T-1")
    desk.press("a")
    expect(desk.order).to_contain_text("T-2")
    expect(desk.waiting).to_have_count(2)

    colleague = factories.UserFactory(role=Role.ORDER_REVIEWER, store=store, username="li-wei")
    cancel_orders(order_ids=[second.pk], reason="a fraud", actor=colleague, at=timezone.now())
    desk.press("a")
    expect(page.locator(".od-toasts")).to_contain_text("li-wei was first with order T-2")
    assert page.evaluate("window.stayed")
    first.refresh_from_db()
    assert first.review_state == Order.Review.PASSED


def test_a_hold_is_released_and_the_order_cancelled_with_its_reason(sign_in, store, reviewer):
    """ORD-5"""
    [order] = waiting_orders(store, "T-1")
    Order.objects.filter(pk=order.pk).update(review_state=Order.Review.HELD)
    for code in ("address", "quantity"):
        Hold.objects.create(
            order=order, code=code, owner_role=Role.ORDER_REVIEWER, raised_at=timezone.now()
        )
    page = sign_in(reviewer)
    desk = ReviewDesk(page).open()

    desk.order.get_by_label("How it ended").first.select_option("mended")
    desk.order.get_by_role("button", name="Release").first.click()
    expect(desk.order.get_by_role("button", name="Release")).to_have_count(1)
    desk.press("x")
    page.locator("dialog[open] textarea").fill("the buyer asked")
    page.locator("dialog[open]").get_by_role("button", name="Cancel", exact=True).click()

    expect(page.get_by_text("Nothing to review")).to_be_visible()
    order.refresh_from_db()
    assert order.fulfilment_state == Order.Fulfilment.CANCELLED


def test_on_a_phone_the_list_comes_first_and_then_the_order(sign_in, store, reviewer):
    waiting_orders(store, "T-1", "T-2")
    page = sign_in(reviewer, size=PHONE)
    desk = ReviewDesk(page).open()
    expect(desk.order).to_be_hidden()

    desk.waiting.filter(has_text="T-2").click()
    expect(desk.order).to_contain_text("T-2")
    expect(desk.waiting.first).to_be_hidden()
    assert desk.overflow <= 0

    desk.order.get_by_role("link", name="List").click()
    expect(desk.waiting.first).to_be_visible()

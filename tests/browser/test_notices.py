"""The bell on a phone and by keyboard, and the screens of messages."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opsdesk.notices.models import Notice
from opsdesk.stores.roles import Role
from tests import factories
from tests.browser.looking import PHONE
from tests.browser.pages import Desk, Screen

pytestmark = pytest.mark.django_db(transaction=True)


def notice_for(person, store, **fields):
    now = timezone.now()
    alert = factories.AlertFactory(subject=factories.OrderFactory(store=store))
    return factories.NoticeFactory(person=person, alert=alert, at=now, due_at=now, **fields)


def test_the_bell_rings_on_an_open_page(sign_in, store, reviewer):
    page = sign_in(reviewer, size=PHONE)
    page.clock.install()
    Desk(page).open("/admin/alerts/alert/")
    bell = page.locator(".od-bell")
    expect(bell).to_be_visible()
    expect(bell.locator(".od-badge")).to_be_hidden()

    notice_for(reviewer, store)
    page.evaluate("window.isStillTheSamePage = true")
    page.clock.run_for(61_000)

    expect(bell.locator(".od-badge")).to_have_text("1")
    assert page.evaluate("window.isStillTheSamePage")


def test_from_the_bell_to_the_alert_by_keyboard(sign_in, store, reviewer):
    first = notice_for(reviewer, store)
    notice_for(reviewer, store)
    page = sign_in(reviewer)

    page.locator(".od-bell").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/notices/notice/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alerts/alert/{first.alert_id}/change/")

    expect(page.locator(".od-bell .od-badge")).to_have_text("1")


def test_all_notices_are_read_on_a_phone(sign_in, store, reviewer):
    for _ in range(3):
        notice_for(reviewer, store)
    page = sign_in(reviewer, size=PHONE)

    page.locator(".od-bell").click()
    page.get_by_role("button", name="Mark all as read").click()

    Screen(page).expect_message("3 notices are read.")
    assert not Notice.objects.unread().exists()


def test_no_screen_of_messages_is_wider_than_a_phone(sign_in, store):
    person = factories.UserFactory(store=store, role=Role.ADMINISTRATOR)
    message = factories.OutboundMessageFactory(
        target__store=store, state="parked", error="HTTP 500", key="order-" + "1" * 100
    )
    factories.OutboundAttemptFactory(message=message, detail="x" * 400)
    delivery = factories.InboundDeliveryFactory(store=store, delivery_id="d" * 120)
    text = factories.MessageTemplateFactory(store=store)
    notice_for(person, store)
    page = sign_in(person, size=PHONE)
    screen = Screen(page)
    screens = [
        "/admin/notices/notice/",
        "/admin/notices/subscription/",
        "/admin/notices/subscription/add/",
        "/admin/exchange/target/",
        "/admin/exchange/target/add/",
        f"/admin/exchange/target/{message.target_id}/change/",
        "/admin/exchange/outboundmessage/",
        f"/admin/exchange/outboundmessage/{message.pk}/change/",
        "/admin/exchange/inbounddelivery/",
        f"/admin/exchange/inbounddelivery/{delivery.pk}/change/",
        "/admin/exchange/messagetemplate/",
        "/admin/exchange/messagetemplate/word/",
        f"/admin/exchange/messagetemplate/{text.pk}/change/",
    ]

    wide = {path: screen.overflow for path in screens if screen.open(path).overflow > 0}

    assert wide == {}

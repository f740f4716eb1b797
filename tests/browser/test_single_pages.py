"""Pages that no address leads to: answers to a post, refusals, errors. In both languages."""

import pytest
from django.conf import settings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from opsdesk.access.second_step import key_of
from opsdesk.schedule.admin import SlotAdmin
from opsdesk.stores.roles import Role
from tests import factories
from tests.browser import looking
from tests.browser.pages import IssueToken, OrderList, OrderPage, Screen, SecondStep, SignIn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["en", "zh-hans"])
def language(request):
    return request.param


@pytest.fixture
def enter(sign_in, store, language):
    """Signed in with this role, in the language of the test."""

    def enter(role):
        return sign_in(factories.UserFactory(store=store, role=role, language=language), calm=True)

    return enter


def faults(page):
    """A page says its language itself: what is wrong with the one that is open."""
    found = looking.too_wide(page) + looking.barriers(page)
    if page.locator("html").get_attribute("lang") == "zh-hans":
        found += looking.english_words(page)
    return found


def test_a_new_token_is_shown(enter, store):
    page = enter(Role.ADMINISTRATOR)
    clerk = factories.UserFactory(store=store, role=Role.WAREHOUSE)

    IssueToken(page).open().issue(
        "program 1", store=str(store), person=str(clerk), scope="stock:read"
    )

    expect(page.locator("#od-secret")).to_be_visible()
    assert faults(page) == []


def test_a_contact_is_shown(enter, store):
    order = factories.OrderFactory(store=store)
    page = enter(Role.ORDER_REVIEWER)

    OrderPage(page).open(f"/admin/orders/order/{order.pk}/change/").reveal("the courier asks")

    expect(page.get_by_text("13812345678")).to_be_visible()
    assert faults(page) == []


def test_what_a_bulk_action_would_do_is_shown(enter, store):
    factories.OrderFactory(store=store, external_number="A-1")
    page = enter(Role.ORDER_REVIEWER)
    orders = OrderList(page).open()

    orders.tick("A-1")
    page.locator(".od-foot button").first.click()

    expect(page.locator("input[name=ids][value]")).to_have_count(1)
    assert faults(page) == []


def test_the_second_step_is_set_up_and_taken(enter, live_server, language):
    page = enter(Role.WAREHOUSE)
    step = SecondStep(page).open()
    device = TOTPDevice.objects.get()

    step.enter(f"{totp(key_of(device)):06d}")
    expect(page.locator("ul.od-mono li")).to_have_count(10)
    assert faults(page) == []

    page.context.clear_cookies()
    _in(page, live_server, language)
    SignIn(page, live_server.url).open().enter(device.user.username, factories.PASSWORD)
    assert step.is_ready()
    step.enter("000000")
    expect(page.locator(".errorlist")).to_be_visible()
    assert faults(page) == []


def _in(page, live_server, language):
    page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
    )


def test_a_wrong_password_is_said(open_page, live_server, language):
    page = open_page(calm=True)
    _in(page, live_server, language)

    SignIn(page, live_server.url).open().enter("nobody", "wrong")

    expect(page.locator("#login-form")).to_be_visible()
    assert faults(page) == []


def test_what_is_not_there_is_said(enter):
    page = enter(Role.WAREHOUSE)

    Screen(page).open("/admin/orders/order/999999/change/")

    expect(page.locator("main h1")).to_be_visible()
    assert faults(page) == []


def test_what_broke_on_our_side_is_said(enter, live_server, monkeypatch):
    page = enter(Role.ADMINISTRATOR)
    monkeypatch.setattr(SlotAdmin, "list_rows", _broken)

    Screen(page).open("/admin/schedule/slot/")

    expect(page.locator("main h1")).to_be_visible()
    assert faults(page) == []


def _broken(*args):
    raise RuntimeError("a bug")


def test_a_form_from_another_visit_is_refused_with_words(enter):
    page = enter(Role.ADMINISTRATOR)
    IssueToken(page).open()

    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    page.locator("#main form button.primary").click()

    expect(page.locator("main h1")).to_be_visible()
    assert faults(page) == []

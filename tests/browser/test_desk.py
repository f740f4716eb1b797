"""The start page by keyboard and on a phone, and the wall board that nobody touches."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opsdesk.stores.roles import Role
from tests import factories
from tests.browser import looking
from tests.browser.looking import PHONE
from tests.browser.pages import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def late_alert(store, label="LATE-1", **fields):
    due = timezone.now() - timedelta(hours=1)
    return factories.AlertFactory(
        subject=None, store=store, subject_label=label, deadline_at=due, **fields
    )


def test_a_digit_goes_to_its_tile_and_enter_opens_it(sign_in, store, reviewer):
    factories.OrderFactory(store=store)
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.press("5")
    expect(page.locator("#tile-waiting-for-stock")).to_be_focused()
    desk.press("Enter")

    page.wait_for_url("**/orders/order/?tab=stock")


def test_letters_narrow_the_list_and_open_what_is_next(sign_in, store, reviewer):
    late_alert(store)
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.press("o")
    page.wait_for_url("**/admin/?when=overdue")
    desk.press("e")
    page.wait_for_url(lambda address: "when=" not in address)
    expect(page.locator("#desk-now")).to_contain_text("LATE-1")
    desk.press("n")

    page.wait_for_url("**/alerts/alert/**")


def test_g_and_a_letter_go_to_a_page_from_any_page(sign_in, store, reviewer):
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.press("g", "a")
    page.wait_for_url("**/alerts/alert/?tab=open")
    desk.press("g", "d")

    page.wait_for_url("**/admin/")


def test_w_chooses_the_store(sign_in, store, reviewer):
    other = factories.StoreFactory(name="Second")
    factories.MembershipFactory(user=reviewer, store=other, role=Role.ORDER_REVIEWER)
    page = sign_in(reviewer)

    Desk(page).press("w")

    expect(page.locator("#desk-list select[name=store]")).to_be_focused()


def test_a_focused_tile_keeps_the_focus_when_the_tiles_are_exchanged(sign_in, store, reviewer):
    page = sign_in(reviewer)
    page.clock.install()
    desk = Desk(page)
    desk.open()
    desk.press("5")
    factories.OrderFactory(store=store)
    # As if the page had looked around long ago: the server goes by its own clock.
    page.evaluate(
        """() => {
          const list = document.getElementById("desk-list");
          list.dataset.pulse = list.dataset.pulse.replace(/\\d+"$/, '1"');
        }"""
    )

    page.clock.run_for(16_000)

    expect(page.locator("#tile-waiting-for-stock .od-value")).to_have_text("1")
    expect(page.locator("#tile-waiting-for-stock")).to_be_focused()


def test_on_a_phone_only_what_waits_is_a_tile(sign_in, store, reviewer):
    factories.OrderFactory(store=store)
    page = sign_in(reviewer, size=PHONE)

    expect(page.locator("#tile-waiting-for-stock")).to_be_visible()
    expect(page.locator("#tile-channels-differ")).to_be_hidden()
    assert looking.too_wide(page, PHONE) == []


@pytest.mark.parametrize("role", [Role.OPERATIONS_LEAD, Role.WAREHOUSE])
def test_a_full_start_page_is_open_to_everybody(role, sign_in, store):
    late_alert(store, owner_role=role)
    page = sign_in(factories.UserFactory(role=role, store=store), calm=True)

    assert looking.too_wide(page) + looking.barriers(page) == []


@pytest.fixture
def two_boards(sign_in, store):
    """On the board of the first of two stores."""
    other = factories.StoreFactory(name="Second", code="zz-second")
    person = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    factories.MembershipFactory(user=person, store=other, role=Role.OPERATIONS_LEAD)
    page = sign_in(person)
    site = page.url.split("/admin/")[0]

    def open_board(query=""):
        page.clock.install()
        page.goto(f"{site}/admin/board/{store.pk}/{query}")
        return page

    return open_board


def test_the_arrows_change_the_store_of_the_board(two_boards):
    page = two_boards()

    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_have_text("Second")
    page.keyboard.press("ArrowLeft")

    expect(page.locator("h1")).not_to_have_text("Second")


def test_boards_take_turns_until_somebody_pauses(two_boards):
    page = two_boards("?cycle=20")
    page.clock.run_for(21_000)
    expect(page.locator("h1")).to_have_text("Second")

    page.keyboard.press("Space")
    expect(page.get_by_text("Paused. The space bar goes on.")).to_be_visible()
    page.clock.run_for(60_000)

    expect(page.locator("h1")).to_have_text("Second")


def test_the_board_renews_itself(two_boards, store):
    page = two_boards()
    late_alert(store, "BRAND-NEW")

    page.clock.run_for(16_000)

    expect(page.get_by_text("BRAND-NEW")).to_be_visible()


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160)])
def test_nothing_on_the_board_has_to_be_scrolled(size, two_boards, store):
    for number in range(12):
        late_alert(store, f"LATE-{number}")
    page = two_boards()
    page.set_viewport_size({"width": size[0], "height": size[1]})

    over = page.evaluate("document.documentElement.scrollHeight - window.innerHeight")

    assert over <= 0
    assert looking.too_wide(page, {"width": size[0], "height": size[1]}) == []

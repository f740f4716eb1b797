"""The operator's ways through the real pages."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalog.services.stock import receive_stock
from opsdesk.access.sessions import end_all
from opsdesk.alerts.models import Alert
from opsdesk.deadlines.sweeping import sweep
from opsdesk.stores.models import SettingOverride
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.reservation import reserve_waiting_orders
from tests import factories
from tests.browser.looking import PHONE
from tests.browser.pages import Desk, Number, OrderList, OrderPage, Search

pytestmark = pytest.mark.django_db(transaction=True)


def overdue_order(store, number="T-100", rule="orders.review"):
    """A paid order whose clock has run out, and its alert."""
    placed = timezone.now() - timedelta(hours=2)
    order = factories.OrderFactory(store=store, external_number=number, placed_at=placed)
    line = factories.OrderLineFactory(order=order)
    factories.DeadlineFactory(subject=order, rule=rule, started_at=placed)
    sweep(at=timezone.now())
    return order, line


def test_from_the_desk_to_the_order_and_the_alert_is_gone(sign_in, store, reviewer):
    """ORD-3: the clock is met, and its alert closes itself."""
    order, _line = overdue_order(store)
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.row("T-100").get_by_role("link").click()
    OrderPage(page).do("Pass review")

    expect(OrderPage(page).timeline).to_contain_text("Review passed")
    desk.open()
    expect(page.get_by_text("Your desk is clear")).to_be_visible()
    assert Alert.objects.get().resolution == Alert.Resolution.SELF


def test_arriving_stock_clears_the_desk(sign_in, store, reviewer):
    """ORD-2: no stock, an overdue clock, an alert; goods arrive, and it closes itself."""
    _order, line = overdue_order(store, rule="orders.confirm")
    page = sign_in(reviewer)
    desk = Desk(page)
    expect(desk.row("Stock to confirm")).to_have_count(1)

    warehouse = factories.WarehouseFactory(store=store)
    receive_stock(
        sku_id=line.sku_id, warehouse_id=warehouse.pk, quantity=5, actor=None, at=timezone.now()
    )
    reserve_waiting_orders(at=timezone.now())

    desk.open()
    expect(desk.row("Stock to confirm")).to_have_count(0)


def test_quick_actions_without_leaving_the_desk(sign_in, store, reviewer):
    for number in ("T-1", "T-2", "T-3"):
        overdue_order(store, number)
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.act("T-1", "Acknowledge")
    expect(desk.row("T-1")).to_contain_text("acknowledged")
    desk.resolve("T-2", "sorted out on the phone")
    expect(desk.row("T-2")).to_have_count(0)
    desk.act("T-3", "More")
    page.locator("#od-more").get_by_role("button", name="Snooze for an hour").click()
    expect(desk.row("T-3")).to_have_count(0)

    assert Alert.objects.get(subject_label="T-2").resolution == Alert.Resolution.PERSON
    assert Alert.objects.get(subject_label="T-3").snoozed_until is not None


def test_the_keyboard_is_enough(sign_in, store, reviewer):
    overdue_order(store, "T-1")
    overdue_order(store, "T-2")
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.press("j", "j", "k", "j")
    expect(desk.selected).to_contain_text("T-2")
    desk.press("a")
    expect(desk.row("T-2")).to_contain_text("acknowledged")
    expect(desk.selected).to_contain_text("T-2")
    desk.press("m")
    expect(desk.row("T-2")).to_contain_text("mine")
    desk.press("?")
    expect(page.locator("#od-help")).to_be_visible()
    desk.press("Escape")
    expect(page.locator("#od-help")).to_be_hidden()
    desk.press("Enter")
    page.wait_for_url("**/orders/order/**")


def test_enter_opens_the_row_though_the_help_was_closed_a_moment_ago(sign_in, store, reviewer):
    """The browser takes the focus from a closed dialog's button only when it draws next."""
    overdue_order(store, "T-1")
    page = sign_in(reviewer)
    desk = Desk(page)
    desk.press("j", "?")

    page.evaluate(
        """() => {
          document.getElementById("od-help").close();
          const enter = new KeyboardEvent("keydown", {key: "Enter", bubbles: true});
          document.activeElement.dispatchEvent(enter);
        }"""
    )

    page.wait_for_url("**/orders/order/**")


def test_letters_typed_into_a_note_are_letters(sign_in, store, reviewer):
    overdue_order(store, "T-1")
    page = sign_in(reviewer)
    desk = Desk(page)

    desk.press("j", "r")
    note = page.locator("#od-resolve textarea")
    note.press_sequentially("ajar?")

    expect(note).to_have_value("ajar?")
    assert Alert.objects.get().state == Alert.State.OPEN


def test_the_desk_refreshes_itself(sign_in, store, reviewer):
    page = sign_in(reviewer)
    page.clock.install()
    Desk(page).open()
    expect(page.get_by_text("Your desk is clear")).to_be_visible()
    overdue_order(store)

    # The clock that counts the quarter minute belongs to the page: it is moved on here.
    page.clock.run_for(16_000)

    expect(Desk(page).row("T-100")).to_have_count(1)
    expect(page.locator("#badge-admin-index")).to_have_text("1")
    expect(page.locator("#desk-said")).to_have_text("The desk has changed. New: 1, gone: 0.")


def test_the_words_of_time_count_on_and_nothing_is_fetched(sign_in, store, reviewer):
    placed = timezone.now()
    order = factories.OrderFactory(store=store, external_number="T-7", placed_at=placed)
    due = placed + timedelta(minutes=44, seconds=59)
    factories.DeadlineFactory(subject=order, rule="orders.review", started_at=placed, due_at=due)
    page = sign_in(reviewer)
    page.clock.install()
    desk = Desk(page)
    desk.open()
    expect(desk.row("T-7")).to_contain_text("in 44 min")
    answers = []
    page.on("response", lambda answer: answers.append(answer.status))

    page.clock.run_for(120_000)
    expect(desk.row("T-7")).to_contain_text("in 42 min")
    page.clock.run_for(15 * 60_000)

    expect(desk.row("T-7").locator(".od-pill.warning")).to_have_count(1)
    assert set(answers) <= {200, 304}


def test_a_server_that_is_away_is_told_and_its_return_is_noticed(sign_in, store, reviewer):
    page = sign_in(reviewer, away="/admin/desk/rows/")
    page.clock.install()
    desk = Desk(page)
    desk.open()
    page.route("**/admin/desk/rows/**", lambda route: route.fulfill(status=503))
    page.clock.run_for(16_000)
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    overdue_order(store)

    page.unroute("**/admin/desk/rows/**")
    page.clock.run_for(16_000)

    expect(desk.row("T-100")).to_have_count(1)
    expect(page.get_by_text("The server does not answer.")).to_be_hidden()


def test_the_focus_survives_a_refresh(sign_in, store, reviewer):
    overdue_order(store, "T-1")
    page = sign_in(reviewer)
    page.clock.install()
    desk = Desk(page)
    desk.open()
    desk.row("T-1").get_by_role("link").focus()
    overdue_order(store, "T-2")

    page.clock.run_for(16_000)

    expect(desk.row("T-2")).to_have_count(1)
    expect(desk.row("T-1").get_by_role("link")).to_be_focused()


def test_a_session_that_ended_leads_from_the_open_desk_to_the_log_in(sign_in, store, reviewer):
    page = sign_in(reviewer)
    page.clock.install()
    Desk(page).open()
    end_all(reviewer)

    page.clock.run_for(16_000)

    page.wait_for_url(re.compile(r"/admin/login/\?next="))


def test_an_order_is_cancelled_with_its_reason(sign_in, store, reviewer):
    order = factories.OrderFactory(store=store)
    page = sign_in(reviewer)
    screen = OrderPage(page).open(f"/admin/orders/order/{order.pk}/change/")

    screen.cancel("the buyer asked")

    expect(screen.timeline).to_contain_text("the buyer asked")
    order.refresh_from_db()
    assert order.fulfilment_state == Order.Fulfilment.CANCELLED


def test_several_orders_are_reviewed_after_a_preview(sign_in, store, reviewer):
    for number in ("A-1", "A-2", "A-3"):
        factories.OrderFactory(store=store, external_number=number)
    page = sign_in(reviewer)
    orders = OrderList(page).open()
    expect(orders.page.locator(".od-foot button").first).to_be_disabled()

    orders.tick("A-1", "A-3")
    orders.bulk("Pass review")
    page.get_by_role("button", name="Pass review: 2").click()

    orders.expect_message("Passed review: 2")
    assert Order.objects.filter(review_state="passed").count() == 2


def test_a_number_changes_and_its_history_tells_why(sign_in, store):
    administrator = factories.UserFactory(role=Role.ADMINISTRATOR, store=store)
    page = sign_in(administrator)

    Number(page).open().set("25", "agreed with the platform", where=str(store))

    expect(page.get_by_text("agreed with the platform")).to_be_visible()
    assert SettingOverride.objects.get().value == 25


def test_the_command_search_opens_an_order(sign_in, store, reviewer):
    factories.OrderFactory(store=store, external_number="FIND-ME-7")
    page = sign_in(reviewer)
    search = Search(page)

    search.find("find-me")
    expect(search.results).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url("**/orders/order/**")


def test_the_sidebar_opens_on_a_phone(sign_in, store, reviewer):
    page = sign_in(reviewer, size=PHONE)
    link = page.locator("#nav-sidebar").get_by_role("link", name="All orders")
    expect(link).not_to_be_visible()

    page.get_by_role("button", name="Show or hide the sidebar").click()
    link.click()

    page.wait_for_url("**/orders/order/")


def test_in_the_dark_words_stay_readable(sign_in, store, reviewer):
    order, _line = overdue_order(store)
    page = sign_in(reviewer, scheme="dark")

    Desk(page).open(f"/admin/orders/order/{order.pk}/change/")

    background, ink = page.evaluate(
        """() => {
          const panel = document.querySelector(".od-panel");
          const strong = document.querySelector(".od-big");
          const light = (colour) => {
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.fillStyle = colour;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          return [light(getComputedStyle(panel).backgroundColor),
                  light(getComputedStyle(strong).color)];
        }"""
    )
    assert background < 60
    assert ink > 180


def test_the_language_is_switched_and_kept(sign_in, store, reviewer):
    page = sign_in(reviewer)
    page.locator("#nav-sidebar").get_by_text("Xinyi").click()
    page.get_by_role("button", name="简体中文").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    reviewer.refresh_from_db()
    assert reviewer.language == "zh-hans"

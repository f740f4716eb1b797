"""An operator writes a rule, tries it and switches it on; then something happens."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opsdesk.automation.models import Rule, Tag
from opsdesk.automation.services import trying, working
from opsdesk.stores.roles import Role
from orders.models import OrderEvent
from tests import factories
from tests.browser.pages.desk import RuleBuilder, Rules

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lead(store):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)


def paid(store, number, total):
    """An order that is paid now."""
    order = factories.OrderFactory(store=store, external_number=number, total_amount=total)
    now = timezone.now()
    factories.OrderEventFactory(order=order, kind=OrderEvent.Kind.PAID, at=now, recorded_at=now)
    return order


def test_a_rule_is_written_tried_switched_on_and_acts(sign_in, store, lead):
    factories.OrderEventFactory(
        order=factories.OrderFactory(store=store, external_number="T-EARLIER", total_amount=9000),
        kind=OrderEvent.Kind.PAID,
        at=timezone.now(),
        recorded_at=timezone.now(),
    )
    page = sign_in(lead)
    Rules(page).open()
    page.get_by_role("link", name="New rule").click()
    form = RuleBuilder(page)
    page.get_by_label("Name").fill("Large orders")
    form.choose("event", "an order is paid")
    form.click("Add a condition")
    form.choose("c-0-field", "Total")
    page.locator("#c-0-value").fill("many")
    form.choose("a-0-action", "Tag it")
    page.locator("#a-0-tag").fill("large")
    form.click("Save")
    expect(page.get_by_text("Enter a number.").first).to_be_visible()
    expect(page.locator("#a-0-tag")).to_have_value("large")
    page.locator("#c-0-value").fill("5000")
    page.locator("#c-0-value").press("End")
    expect(form.sentence).to_contain_text("When an order is paid – if total is at least 5000")
    form.click("Save")

    page.get_by_role("button", name="Try it on the last 30 days").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    trying.run_waiting(at=timezone.now())
    expect(page.get_by_role("link", name="T-EARLIER")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("The rule is on, from now on.")).to_be_visible()

    large, _small = paid(store, "T-LARGE", 6000), paid(store, "T-SMALL", 10)
    working.work(at=timezone.now())

    assert [tag.subject for tag in Tag.objects.all()] == [large]
    page.get_by_role("link", name="Run log").click()
    log = Rules(page)
    expect(log.rows).to_have_count(1)
    expect(log.row("T-LARGE")).to_contain_text("done")


def test_a_rule_is_written_by_keyboard_alone(sign_in, store, lead):
    """Each row is reached with Tab, and one goes on typing where a row came or went."""
    page = sign_in(lead)
    form = RuleBuilder(page).open()
    keys = page.keyboard

    def tab_to(selector):
        for _press in range(200):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            keys.press("Tab")
        pytest.fail(f"{selector} is not reached")

    def choose(selector, words):
        tab_to(selector)
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            keys.type(words, delay=10)
        expect(page.locator(selector)).to_be_focused()

    tab_to("#name")
    keys.type("By keyboard")
    choose("#event", "an order is pai")
    tab_to("button[value='add:c']")
    keys.press("Enter")
    expect(page.locator("#c-0-field")).to_be_focused()
    choose("#c-0-field", "Tot")
    tab_to("#c-0-value")
    keys.type("100")
    tab_to("button[value='add:c']")
    keys.press("Enter")
    expect(page.locator("#c-1-field")).to_be_focused()
    tab_to("button[value='remove:c-1']")
    keys.press("Enter")
    expect(page.locator("#c-0-field")).to_be_focused()
    choose("#a-0-action", "Tag")
    tab_to("#a-0-tag")
    keys.type("large")
    expect(form.sentence).to_contain_text("then tag it")
    keys.press("Enter")

    expect(page.get_by_role("heading", name="By keyboard", exact=True)).to_be_visible()
    assert Rule.objects.get().versions.get().actions == [{"action": "tag", "tag": "large"}]

"""Two people, through the real pages: one asks, the other agrees."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opsdesk.approvals.services.carrying import carry_out_waiting
from opsdesk.stores.roles import Role
from tests import factories
from tests.browser.looking import PHONE
from tests.browser.pages import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def finance(store):
    return factories.UserFactory(role=Role.FINANCE, store=store)


def test_a_correction_is_asked_for_by_one_and_agreed_to_by_another(sign_in, store, finance):
    """CAT-7"""
    level = factories.StockLevelFactory(sku=factories.SkuFactory(store=store), available=100)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    page = sign_in(clerk)
    page.goto(f"{page.url}catalog/stocklevel/adjust/?sku={level.sku.code}")
    page.get_by_label("Pieces more than on record").fill("-60")
    page.get_by_label("Reason").fill("the shelf is emptier than the books")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("Nobody decides on what they filed.")).to_be_visible()

    page = sign_in(finance)
    Desk(page).row("To decide").get_by_role("link").click()
    expect(page.get_by_role("cell", name="40", exact=True)).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. It is being carried out.")).to_be_visible()
    carry_out_waiting(at=timezone.now())

    page.reload()
    expect(page.locator(".od-timeline")).to_contain_text("Carried out")
    level.refresh_from_db()
    assert level.available == 40


@pytest.mark.parametrize("address", ["", "{pk}/change/"])
def test_a_request_fits_on_a_phone_in_the_dark(address, sign_in, store, finance):
    filed = timezone.now() - timedelta(hours=1)
    approval = factories.ApprovalFactory(store=store, filed_at=filed)
    page = sign_in(finance, size=PHONE, scheme="dark")

    page.goto(f"{page.url}approvals/approval/{address.format(pk=approval.pk)}")

    expect(page.get_by_text("-60 pieces").first).to_be_visible()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0

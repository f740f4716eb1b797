"""A day is looked at by people on their phones, then signed by the lead."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from opsdesk.inspection.models import InspectionSheet
from opsdesk.inspection.services.walking import walk
from opsdesk.stores.roles import Role
from tests import factories
from tests.browser.looking import PHONE
from tests.browser.pages import DaysSheet
from tests.browser.pages.desk import Inspections

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_day_is_inspected_answered_and_signed(sign_in, store):
    """INS: asked for, followed, answered on a phone, frozen under a name."""
    factories.ManualItemFactory(store=store, title="Shop window", owner_role=Role.WAREHOUSE)
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    clerk = factories.UserFactory(role=Role.WAREHOUSE, store=store)
    page = sign_in(lead)
    Inspections(page).open()
    page.get_by_role("link", name="Inspect now").click()
    page.get_by_role("button", name="Inspect").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    walk(int(page.url.rstrip("/").split("/")[-2]), at=timezone.now())
    expect(page.get_by_role("progressbar")).to_have_count(0)
    sheet = DaysSheet(page).open()
    sheet.expect_message("Not answered yet: Shop window.")

    phone = sign_in(clerk, size=PHONE)
    day = DaysSheet(phone).open()
    day.item("Shop window").get_by_role("button", name="In order").click()
    day.expect_message("Answered.")
    assert day.overflow <= 0

    sheet.open()
    page.get_by_label("Note").last.fill("All seen")
    page.get_by_role("button", name="Sign").click()
    sheet.expect_message("The day is signed.")
    signed = InspectionSheet.objects.get()
    expect(page.get_by_text(signed.sha256)).to_be_visible()

"""What a person did wrong is said where they did it; what they did is not lost in silence."""

import pytest
from playwright.sync_api import expect

from opsdesk.access import sessions
from opsdesk.stores.models import SettingOverride
from opsdesk.stores.roles import Role
from tests import factories
from tests.browser import looking
from tests.browser.pages import Adjust, ApiDescription, IssueToken, Number, SignIn, Upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator(store):
    return factories.UserFactory(store=store, role=Role.ADMINISTRATOR)


@pytest.fixture
def clerk(store):
    return factories.UserFactory(store=store, role=Role.WAREHOUSE)


def test_a_correction_that_says_nothing_is_complained_of_field_by_field(sign_in, clerk):
    screen = Adjust(sign_in(clerk, calm=True)).open()

    screen.do("Correct")

    for name in ("sku", "reason"):
        expect(screen.complaint(name)).to_be_visible()
    assert looking.barriers(screen.page) == []


def test_an_unknown_sku_is_complained_of_beside_the_field(sign_in, clerk, store):
    warehouse = factories.WarehouseFactory(store=store)
    screen = Adjust(sign_in(clerk)).open()

    screen.fill(sku="NO-SUCH", warehouse=str(warehouse), pieces="1", reason="counted")
    screen.do("Correct")

    expect(screen.complaint("sku")).to_be_visible()
    expect(screen.page.locator("[name=reason]")).to_have_value("counted")


def test_a_token_without_scopes_is_complained_of(sign_in, administrator):
    screen = IssueToken(sign_in(administrator)).open()

    screen.do("Issue")

    for name in ("name", "scopes"):
        expect(screen.complaint(name)).to_be_visible()


def test_an_upload_without_a_file_is_complained_of(sign_in, store):
    lead = factories.UserFactory(store=store, role=Role.OPERATIONS_LEAD)
    screen = Upload(sign_in(lead)).open()

    screen.do("Upload and check")

    expect(screen.complaint("file")).to_be_visible()


def test_a_number_beyond_its_limits_is_complained_of(sign_in, administrator, store):
    screen = Number(sign_in(administrator)).open()

    screen.set("0", "no time at all", where=str(store))

    expect(screen.complaint("value")).to_be_visible()
    expect(screen.page.locator("[name=reason]")).to_have_value("no time at all")
    assert not SettingOverride.objects.exists()


def test_a_post_of_an_ended_session_is_said_and_leads_back(
    sign_in, live_server, administrator, store
):
    screen = Number(sign_in(administrator)).open()
    sessions.end_all(administrator)

    screen.set("25", "agreed with the platform", where=str(store))

    screen.expect_message("You were logged out before this was saved.")
    assert not SettingOverride.objects.exists()
    SignIn(screen.page, live_server.url).enter(administrator.username, factories.PASSWORD)
    screen.page.wait_for_url(f"**{Number.path}")
    assert screen.is_ready()


def test_the_description_of_the_interface_opens_its_operations(sign_in, administrator):
    screen = ApiDescription(sign_in(administrator)).open()
    assert screen.is_ready()

    screen.expand("/orders/")

    expect(screen.page.locator(".opblock.is-open .opblock-body").first).to_be_visible()

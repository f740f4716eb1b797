"""The product's page in a browser: its tabs, by mouse and keyboard, on a phone."""

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import expect

from opsdesk.stores.roles import Role
from tests import factories
from tests.browser import looking
from tests.browser.pages import Screen
from tests.catalog.goods import complete_listing
from tests.catalog.pictures import drawing, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listing(store, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    listing = complete_listing(store)
    for picture in listing.product.pictures.all():
        for file in (picture.file, picture.small):
            file.save("picture", ContentFile(written(drawing(64))))
    factories.QualificationFactory(store=store, product=listing.product)
    factories.KnowledgeEntryFactory(store=store, product=listing.product)
    return listing


@pytest.fixture
def page(sign_in, store, listing):
    operator = factories.UserFactory(store=store, role=Role.CATALOG_OPERATOR)
    page = sign_in(operator, calm=True)
    Screen(page).open(f"/admin/catalog/product/{listing.product_id}/change/")
    return page


def test_every_tab_opens_in_place_and_is_open_to_everybody(page):
    """CAT-2, CAT-3, CAT-14, CAT-15"""
    page.evaluate("window.stayed = true")

    for name in ("Pictures", "Qualifications", "Knowledge", "Overview"):
        tab = page.locator("nav.od-tabs").get_by_role("link", name=name)
        tab.focus()
        page.keyboard.press("Enter")
        expect(tab).to_have_attribute("aria-current", "page")
        assert looking.too_wide(page) + looking.barriers(page) == []

    assert page.evaluate("window.stayed")


def test_a_picture_is_brought_judged_and_shown(page, store, tmp_path):
    """CAT-3: with a field for each thing that a person is asked."""
    product = factories.ProductFactory(store=store)
    file = tmp_path / "cup.png"
    file.write_bytes(written(drawing()))
    Screen(page).open(f"/admin/catalog/product/{product.pk}/change/?tab=pictures")

    page.set_input_files("#id_file", file)
    page.fill("#id_alt", "A cup")
    page.get_by_role("button", name="Upload").click()
    page.get_by_label("Clarity, of 5").fill("4.8")
    page.get_by_label("It shows the goods as they are").check()
    page.get_by_role("button", name="Put on record").click()

    expect(page.locator(".od-pictures .od-pill")).to_have_text("passes")
    shown = page.locator(".od-pictures img")
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 320

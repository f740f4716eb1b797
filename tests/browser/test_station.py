"""The packer's way from an order to its label, by scanner alone (FUL-1, FUL-3)."""

import pytest
from playwright.sync_api import expect

from fulfillment.models import Parcel, ParcelItem, StationScan
from opsdesk.invariants import all_invariants, violations
from tests import factories
from tests.browser.looking import PHONE
from tests.browser.pages.fulfilment import Station
from tests.fulfillment.shipping import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    return Shop()


def scan(page, text):
    """As a scanner does: wherever the cursor is."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [None, PHONE], ids=["desk", "phone"])
def test_an_order_is_packed_labelled_and_printed_without_a_mouse(sign_in, shop, size):
    factories.WarehouseFactory(store=shop.store, name="华南仓 South, Dongguan")
    order = shop.order(2, 1, external_number="2601100000020021850")
    first, second = (line.sku.code for line in order.lines.select_related("sku"))
    page = sign_in(shop.packer, **({"size": size} if size else {}))
    page.add_init_script("window.printed = 0; window.print = () => { top.printed += 1; };")
    station = Station(page).open()
    word, title = page.locator("#od-station-word"), page.locator("#od-station-title")

    scan(page, order.external_number)
    expect(title).to_have_text("Scan the items")
    expect(page.locator("#od-station-lines li")).to_have_count(2)
    scan(page, "6900000000000")
    expect(word).to_have_attribute("data-sound", "wrong")
    expect(word).to_contain_text("does not belong into this parcel")
    for code in (first, first, second):
        scan(page, code)
    expect(title).to_have_text("Weigh it, or scan CMD-CLOSE")
    scan(page, "750")
    expect(title).to_have_text("Scan the waybill")
    expect(page.locator("#od-station-field")).to_be_focused()
    assert station.overflow == 0
    scan(page, "SF1000000001")
    expect(title).to_have_text("Done. Scan the next order.")

    page.wait_for_function("window.printed === 1")
    label = page.frame_locator("#od-station-frame").locator(".label")
    expect(label).to_contain_text(order.contact.recipient)
    parcel = Parcel.objects.get()
    assert (parcel.state, parcel.weight_grams, parcel.waybill) == ("packed", 750, "SF1000000001")


def test_a_lost_connection_doubles_nothing_and_loses_nothing(live_server, sign_in, shop):
    """FUL-1: scans wait in the browser, through a reload, and work once each."""
    order = shop.order(5)
    code = order.lines.get().sku.code
    page = sign_in(shop.packer)
    Station(page).open()
    scan(page, order.external_number)
    expect(page.locator("#od-station-title")).to_have_text("Scan the items")
    scan(page, code)
    expect(page.locator("#od-station-progress strong")).to_have_text("1 / 5")

    # It arrives and works, and its answer is lost on the way back.
    lost = []

    def lose(route):
        lost.append(route.fetch())
        route.abort("aborted")

    page.route("**/station/scan/", lose, times=1)
    scan(page, code)
    expect(page.locator("#od-station-progress strong")).to_have_text("2 / 5")
    assert len(lost) == 1

    page.route("**/station/scan/", lambda route: route.abort("aborted"))
    for _ in range(2):
        scan(page, code)
    expect(page.locator("#od-station-waiting")).to_contain_text("Scans that wait: 2")
    page.reload()
    expect(page.locator("#od-station-waiting")).to_contain_text("Scans that wait: 2")
    scan(page, code)
    expect(page.locator("#od-station-waiting")).to_contain_text("Scans that wait: 3")
    page.unroute("**/station/scan/")

    expect(page.locator("#od-station-title")).to_have_text("Weigh it, or scan CMD-CLOSE")
    expect(page.locator("#od-station-waiting")).to_be_hidden()
    assert ParcelItem.objects.get().quantity == 5
    assert StationScan.objects.count() == 6
    assert [one for one in violations(all_invariants()) if one["violations"]] == []

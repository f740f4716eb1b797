"""The storefront is looked at as visitors get it (INS-1, INS-2, INS-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from catalog.models import PageVisit, StorefrontPage
from catalog.storefront import reading
from catalog.storefront.checks import BROKEN, PRICE_LIES, TEXT_LIES
from catalog.storefront.fetching import Forbidden, Visitor
from catalog.storefront.visiting import visit_pages
from opsdesk import http
from opsdesk.alerts.models import Alert
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog import shopfront
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop():
    with shopfront.shop() as open_shop:
        yield open_shop


@pytest.fixture
def store():
    store = factories.StoreFactory()
    factories.SettingOverrideFactory(key="catalog.page_pause", value=0, store=store)
    return store


@pytest.fixture
def channel(store):
    return factories.ChannelFactory(store=store)


@pytest.fixture
def listing(store, channel):
    """One SKU, that sells for 129."""
    product = factories.ProductFactory(store=store)
    factories.SkuFactory(product=product, list_price=Decimal("129.00"))
    return factories.ListingFactory(
        store=store,
        product=product,
        channel=channel,
        title="Tea pot",
        state="live",
        published_at=MOMENT,
    )


def inspected(store, at=MOMENT):
    codes = ["INS-1.page_prices", "INS-2.page_texts", "INS-4.pages"]
    run = ask_for_inspection(store=store, actor=None, at=at, codes=codes, waits_for_worker=False)
    walk(run.pk, at=at)
    return {result.code: result for result in run.results.all()}


def page(channel, url, **values):
    return factories.StorefrontPageFactory(channel=channel, url=url, **values)


def problems(store, at=MOMENT):
    visit_pages(store, at=at)
    return set(PageVisit.objects.last_of_each().get().problems)


def test_a_shop_that_is_as_it_should_be_passes(shop, store, channel, listing):
    """INS-4: and INS-1, INS-2."""
    page(channel, shop.at("/"), kind="home", says="Shop")
    page(channel, shop.at("/pot"), listing=listing)

    ended = inspected(store)

    assert {result.outcome for result in ended.values()} == {"passed"}
    assert ended["INS-4.pages"].figures == {"pages": 2, "closed": 0, "left": 0}
    assert shop.asked.count("/robots.txt") == 1


def test_a_price_that_lies_is_a_finding_until_it_is_mended(shop, store, channel, listing):
    """INS-1: the page's price against the one in force; mended, the finding clears itself."""
    page(channel, shop.at("/pot"), listing=listing)
    shop.pages["/pot"] = shopfront.product(price="99.00")
    assert inspected(store)["INS-1.page_prices"].outcome == "findings"
    alert = Alert.objects.open().get(check_code=PRICE_LIES.code)
    assert (alert.severity, alert.evidence["price"]) == ("critical", "99.00")

    shop.pages["/pot"] = shopfront.product()
    result = inspected(store, MOMENT + MINUTE)["INS-1.page_prices"]
    assert (result.outcome, result.cleared) == ("passed", 1)


def test_the_channel_s_own_price_is_the_one_to_show(shop, store, channel, listing):
    """INS-1: not the list price."""
    (sku,) = listing.product.skus.all()
    factories.PriceFactory(sku=sku, channel=channel, amount=Decimal("99.00"))
    page(channel, shop.at("/pot"), listing=listing)
    shop.pages["/pot"] = shopfront.product(price="99.00")
    assert problems(store) == set()


@pytest.mark.parametrize(
    ("values", "shown", "problem"),
    [
        ({"says": "Free delivery\nTea pot"}, {"text": "free"}, "text"),
        ({"never_says": "best in the world"}, {"text": "The BEST in-the-world!"}, "forbidden"),
        ({}, {"title": "Coffee pot"}, "title"),
        ({}, {"picture": "/gone.png"}, "pictures"),
    ],
)
def test_a_page_that_is_not_as_planned_is_a_finding(
    shop, store, channel, listing, values, shown, problem
):
    """INS-2: texts however they are written, titles and pictures."""
    page(channel, shop.at("/pot"), listing=listing, **values)
    shop.pages["/pot"] = shopfront.product(**shown)

    ended = inspected(store)

    assert ended["INS-2.page_texts"].outcome == "findings"
    assert problem in Alert.objects.open().get(check_code=TEXT_LIES.code).evidence
    assert ended["INS-4.pages"].outcome == "passed"


def test_dead_links_and_errors_are_findings(shop, store, channel, listing):
    """INS-4: a link to nothing, a page that is gone."""
    page(channel, shop.at("/pot"), listing=listing)
    page(channel, shop.at("/gone"), kind="activity")
    shop.pages["/pot"] = shopfront.product(link="/nowhere")

    result = inspected(store)["INS-4.pages"]

    found = {row.subject_label: row.evidence for row in result.rows.all()}
    assert found[shop.at("/pot")]["dead_links"] == shop.at("/nowhere")
    assert found[shop.at("/gone")]["status"] == "404"


def test_a_redirect_to_a_private_machine_is_not_followed(shop, store, channel, settings):
    """INS-4: 169.254.169.254 tells programs their passwords; nobody asks it anything (Y10)."""
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.1/32"]
    shop.pages["/deal"] = shopfront.moved("http://169.254.169.254/latest/meta-data/")
    page(channel, shop.at("/deal"))
    assert problems(store) == {"refused"}


def test_a_page_that_leads_elsewhere_is_told(shop, store, channel):
    """INS-4: beyond a slash or https."""
    shop.pages |= {"/deal": shopfront.moved("/about"), "/about/": shopfront.moved("/about")}
    page(channel, shop.at("/deal"))
    assert problems(store) == {"redirects"}
    assert Visitor(3).fetch(shop.at("/about/")).is_redirected_elsewhere is False


def test_redirects_in_a_circle_end(shop, store, channel):
    shop.pages |= {"/a": shopfront.moved("/b"), "/b": shopfront.moved("/a")}
    page(channel, shop.at("/a"))
    assert "status" in problems(store)


def test_a_byte_a_second_is_cut_off(store, channel):
    """INS-4: the whole answer has to come in its time, not each byte."""
    factories.SettingOverrideFactory(key="catalog.page_loads_within", value="0.2", store=store)
    with shopfront.byte_a_second() as address:
        page(channel, address)
        assert problems(store) == {"cut_off"}


def test_robots_that_stay_out_see_nothing(shop, store, channel):
    """INS-4: a page that is closed to machines could not be checked."""
    robots = b"User-agent: *\nDisallow: /pot$\n"
    shop.pages["/robots.txt"] = (200, {}, robots)
    page(channel, shop.at("/pot"))

    result = inspected(store)["INS-4.pages"]

    assert (result.outcome, "robots.txt" in result.reason) == ("unchecked", True)
    assert "/pot" not in shop.asked
    with pytest.raises(Forbidden):
        Visitor(3).fetch(shop.at("/pot"))


def test_a_store_without_pages_is_not_said_to_be_fine(store):
    """INS-4: unchecked, and what to do about it."""
    assert {result.outcome for result in inspected(store).values()} == {"unchecked"}


def test_the_pages_that_were_not_seen_for_longest_come_first(shop, store, channel):
    """INS-4: when the time is up the others wait for the next round."""
    for path in ("/", "/about"):
        page(channel, shop.at(path), kind="other")
    factories.SettingOverrideFactory(key="catalog.pages_visited_for", value=1, store=store)
    factories.SettingOverrideFactory(key="catalog.page_pause", value="1.1", store=store)

    left = visit_pages(store, at=MOMENT)

    assert left == 1
    assert visit_pages(store, at=MOMENT) == 0
    assert PageVisit.objects.count() == 2


def test_of_a_page_that_does_not_come_nobody_says_what_it_shows(shop, store, channel, listing):
    """INS-2: unchecked, while INS-4 tells why."""
    page(channel, shop.at("/gone"), listing=listing)
    ended = inspected(store)
    assert ended["INS-1.page_prices"].outcome == ended["INS-2.page_texts"].outcome == "unchecked"
    assert ended["INS-4.pages"].outcome == "findings"


def test_a_lie_stays_told_while_its_page_does_not_come(shop, store, channel, listing):
    """INS-1, INS-4: for a day; after that nobody knows any more what the page shows."""
    page(channel, shop.at("/pot"), listing=listing)
    page(channel, shop.at("/"), kind="home", says="Shop")
    shop.pages["/pot"] = shopfront.product(price="99.00")
    inspected(store)
    del shop.pages["/pot"]

    ended = inspected(store, MOMENT + MINUTE)
    assert (ended["INS-1.page_prices"].outcome, ended["INS-1.page_prices"].persisting) == (
        "findings",
        1,
    )
    assert ended["INS-4.pages"].outcome == "findings"
    ended = inspected(store, MOMENT + timedelta(days=1, minutes=1))
    assert ended["INS-1.page_prices"].outcome == "passed"


def test_pages_of_another_day_or_channel_are_not_visited(shop, store, channel):
    day = store.business_date(MOMENT)
    page(channel, shop.at("/a"), valid_until=day - timedelta(days=1))
    page(channel, shop.at("/b"), valid_from=day + timedelta(days=1))
    page(channel, shop.at("/c"), is_active=False)
    page(factories.ChannelFactory(), shop.at("/d"))
    visit_pages(store, at=MOMENT)
    assert shop.asked == []


def test_a_finding_names_its_page_and_belongs_to_the_store(shop, store, channel):
    found = page(channel, shop.at("/gone"))
    inspected(store)
    alert = Alert.objects.open().get(check_code=BROKEN.code)
    assert (alert.subject, alert.store) == (found, store)
    stranger = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=factories.StoreFactory())
    assert not StorefrontPage.objects.visible_to(stranger).exists()
    assert not PageVisit.objects.visible_to(stranger).exists()


def test_what_is_no_address_or_selector_is_refused(channel):
    for wrong in ({"url": "ftp://shop.example/"}, {"price_at": "..price"}):
        values = {"channel": channel, "url": "https://shop.example/", **wrong}
        with pytest.raises(ValidationError) as refusal:
            StorefrontPage(**values).full_clean()
        assert list(refusal.value.message_dict) == list(wrong)


@pytest.mark.parametrize(
    ("markup", "price_at", "prices"),
    [
        ('<meta property="product:price:amount" content="1299.5">', "", ["1299.50"]),
        ('<span itemprop="price" content="12.00">¥12</span>', "", ["12.00"]),
        ('<b class="now">¥1,299.00</b>', ".now", ["1299.00"]),
        ('<b class="now">1.299,00 €</b>', ".now", ["1299.00"]),
        ("<b>¥12</b>", "", []),
        (
            '<script type="application/ld+json">{"offers": [{"price": 5}, {"lowPrice": "4", '
            '"highPrice": "6"}]}</script>',
            "",
            ["4.00", "6.00", "5.00"],
        ),
        ('<script type="application/ld+json">{"offers": </script>', "", []),
    ],
)
def test_prices_are_read_as_shops_write_them(markup, price_at, prices):
    """INS-1: JSON-LD, microdata, Open Graph, or where a person said it stands."""
    contents = reading.read(markup.encode(), address="https://shop.example/", price_at=price_at)
    assert [str(price) for price in contents.prices] == prices


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<", b"<a href='http://[::1'>x</a>"])
def test_any_bytes_are_read(body):
    contents = reading.read(body, address="https://shop.example/")
    assert contents.prices == contents.links == ()


def test_what_has_no_name_is_a_dead_link():
    assert Visitor(3).is_dead("http://shop.invalid/")
    with pytest.raises(http.NotSent):
        Visitor(3).fetch("http://shop.invalid/")


def test_a_page_s_address_stands_over_it_as_it_is_written(client, channel):
    shown = page(channel, "https://shop.example/pot")
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=channel.store))

    answer = client.get(reverse("admin:catalog_storefrontpage_change", args=[shown.pk]))

    heading = answer.content.decode().partition("<h1")[2].partition("</h1>")[0]
    assert ">https://shop.example/pot<" in heading
    assert ">Storefront pages<" in heading

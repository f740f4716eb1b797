"""The screens of prices: asked for in the store's own time, cancelled, looked at, reckoned."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from catalog import price_chart, tabs
from catalog.models import PriceChange
from catalog.services.price_effect import apply_due
from opsdesk.stores.roles import Role
from tests import factories
from tests.catalog.pricing import BEGINS, DAY, HOUR, agree, asked, file
from tests.factories import MOMENT

LIST = "/admin/catalog/pricechange/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(MOMENT, tick=False):
        yield


@pytest.fixture
def sku():
    store = factories.StoreFactory(timezone="Europe/Berlin", currency="EUR")
    return factories.SkuFactory(store=store, cost=Decimal("34.00"), code="MUG-1")


@pytest.fixture
def operator(client, sku):
    person = factories.UserFactory(role=Role.CATALOG_OPERATOR, store=sku.store)
    client.force_login(person)
    return person


@pytest.fixture
def lead(sku):
    return factories.UserFactory(role=Role.MARKETING_LEAD, store=sku.store)


def posted(of, **fields):
    return {
        "store": of.store_id,
        "sku": of.code,
        "channel": "",
        "price": "95",
        "starts": "2026-03-04T00:00",
        "until": "",
        "reason": "cheaper",
    } | fields


def test_moments_are_those_of_the_clocks_in_the_store(client, sku, operator):
    """CAT-6: across the change of clocks the evening stays the evening."""
    until = {"starts": "2026-03-28T20:00", "until": "2026-03-30T20:00"}
    client.post(f"{LIST}ask/", posted(sku, **until))

    line = PriceChange.objects.get().lines.get()
    assert line.valid.lower == datetime(2026, 3, 28, 19, tzinfo=UTC)
    assert line.valid.upper == datetime(2026, 3, 30, 18, tzinfo=UTC)


def test_a_time_that_clocks_skip_is_refused(client, sku, operator):
    answer = client.post(f"{LIST}ask/", posted(sku, starts="2026-03-29T02:30"))

    assert "no such time on that day" in str(answer.context["form"].errors["starts"])
    assert not PriceChange.objects.exists()


@pytest.mark.parametrize(
    ("fields", "where", "says"),
    [
        ({"price": "35"}, "price", "cost 34.00 × 1.15 = 39.10 &gt; 35.00"),
        ({"starts": "2026-03-02T12:00"}, "starts", "1 d 0 h ahead"),
        ({"sku": "NONE"}, "sku", "no SKU with this code"),
    ],
)
def test_what_is_refused_is_said_beside_its_field(fields, where, says, client, sku, operator):
    answer = client.post(f"{LIST}ask/", posted(sku, **fields))

    assert says in str(answer.context["form"].errors[where])


def test_a_channel_of_another_store_is_no_choice(client, sku, operator):
    theirs = factories.ChannelFactory()

    answer = client.post(f"{LIST}ask/", posted(sku, channel=theirs.pk))

    assert "channel" in answer.context["form"].errors


def test_tabs_tell_waiting_planned_and_done_apart(client, sku, operator, lead):
    waiting = file(operator, asked(sku, "94", starts=BEGINS + 9 * DAY))
    planned = file(operator, asked(sku, "96", until=BEGINS + DAY))
    agree(planned, lead)
    done = factories.PriceChangeFactory(store=sku.store)
    factories.PriceChangeLineFactory(change=done, sku=sku)

    for tab, change in (("waiting", waiting), ("planned", planned), ("done", done)):
        shown = client.get(f"{LIST}?tab={tab}").content.decode()
        others = {waiting, planned, done} - {change}
        assert f'"{change.pk}/change/"' in shown
        assert not any(f'"{other.pk}/change/"' in shown for other in others)
    assert "MUG-1" in client.get(f"{LIST}?sku=mug").content.decode()


def test_who_filed_it_cancels_what_is_planned(client, sku, operator, lead):
    change = file(operator, asked(sku))
    agree(change, lead)
    assert "Cancel what is planned" in client.get(f"{LIST}{change.pk}/change/").content.decode()

    client.post(f"{LIST}{change.pk}/cancel/")

    shown = client.get(f"{LIST}{change.pk}/change/").content.decode()
    assert change.lines.get().state == "cancelled"
    assert "Cancel what is planned" not in shown


def test_only_who_filed_it_takes_back_what_nobody_decided_on(client, sku, operator, lead):
    change = file(operator, asked(sku))
    page, words = f"{LIST}{change.pk}/change/", "Withdraw the request"
    assert words in client.get(page).content.decode()

    client.force_login(lead)
    assert words not in client.get(page).content.decode()
    assert client.post(f"{LIST}{change.pk}/cancel/").status_code == 403


def test_the_price_on_the_page_of_a_sku_is_only_looked_at(client, sku, operator, lead):
    """CAT-6: one person alone changes none, and the history is a step line."""
    change = file(operator, asked(sku, until=BEGINS + DAY))
    agree(change, lead)
    apply_due(at=BEGINS)
    file(operator, asked(sku, "97", starts=BEGINS + 3 * DAY))
    page = f"/admin/catalog/sku/{sku.pk}/change/"

    client.post(page, {"product": sku.product_id, "cost": "34", "list_price": "1"})
    shown = client.get(page)

    sku.refresh_from_db()
    assert sku.list_price == 95
    history = shown.context["histories"][0]
    assert [row.amount for row in history.rows] == [95, 100]
    assert "<polyline" in shown.content.decode()


def test_the_tab_of_a_product_shows_each_of_its_skus(sku, lead, django_assert_num_queries):
    other = factories.SkuFactory(store=sku.store, product=sku.product)
    factories.PriceFactory(sku=sku)
    factories.PriceChangeLineFactory(sku=other, change__store=sku.store, state="planned")
    request = RequestFactory().get("/")
    request.user = lead

    tab = next(each for each in tabs.tabs_for(request, sku.product) if each.code == "prices")
    with django_assert_num_queries(3):
        histories = tab.context(request, sku.product)["histories"]

    drawn = {history.sku.code: history.drawing for history in histories}
    assert [stretch.css for stretch in drawn[sku.code].stretches] == ["line"]
    assert [stretch.css for stretch in drawn[other.code].stretches] == ["line planned"]


def test_a_step_joins_the_prices_that_follow_each_other(sku):
    ends = MOMENT + DAY
    row = price_chart.Row("", Decimal(100), MOMENT, ends, is_planned=False)
    then = price_chart.Row("", Decimal(90), ends, None, is_planned=True)

    drawing = price_chart._draw(sku, [then, row], MOMENT + HOUR)

    riser = drawing.stretches[0]
    (x1, _y1), (x2, _y2) = (point.split(",") for point in riser.points.split())
    assert (x1 == x2, riser.css) == (True, "line planned")


def test_the_page_of_launch_prices_takes_a_column_or_a_file(client, sku, operator):
    competitors = SimpleUploadedFile("others.csv", b"price,shop\n60,A\n", "text/csv")
    given = {"store": sku.store_id, "sku": "MUG-1", "competitors": "40\n50", "file": competitors}

    shown = client.post(f"{LIST}launch/", given)

    assert shown.context["steps"][-1].amount == 45
    assert "24.4 %" in shown.context["verdict"]
    assert shown.context["link"].endswith("&sku=MUG-1&price=45.00")
    asks = client.get(shown.context["link"])
    assert asks.context["form"].initial["price"] == "45.00"


def test_the_page_of_what_is_left_shows_its_steps(client, sku, operator):
    given = {"store": sku.store_id, "sku": "MUG-1", "price": "100", "pieces": 1, "commission": 5}

    shown = client.get(f"{LIST}margin/", given)

    assert shown.context["verdict"] == "Left of an order: €61.00 (61.0 %)"
    assert "100.00 × 5 %" in shown.content.decode()
    empty = client.get(f"{LIST}margin/", given | {"sku": ""})
    assert "cost" in empty.context["form"].errors


def test_the_list_asks_as_often_for_ten_as_for_one(
    client, sku, operator, django_assert_max_num_queries
):
    for _ in range(10):
        factories.PriceChangeLineFactory(change__store=sku.store)
    with django_assert_max_num_queries(20):
        client.get(LIST)

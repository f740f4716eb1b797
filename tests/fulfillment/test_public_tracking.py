"""The page on which customers see where their parcel is, without signing in (FUL-7)."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from fulfillment.models import ParcelCase
from fulfillment.public_tracking import link_for
from fulfillment.services.cases import look_for_cases
from fulfillment.told import without_people
from opsdesk.access import throttle
from opsdesk.access.throttle import Limit, Rate
from opsdesk.stores.roles import Role
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import LEFT, packed, seen, tell, under_way

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return Shop()


def get(parcel):
    return Client().get(urlsplit(link_for(parcel)).path)


def test_whoever_has_the_link_sees_the_way_and_no_person(shop):
    """FUL-7: no personal data, of the order's number its end."""
    parcel = under_way(shop)
    order = parcel.parcel_orders.get().order
    words = "派送中，快递员：王小明，电话 13812345678，网点 0571-88886666"
    tell(parcel, seen(1, "out_for_delivery", words, place="杭州"))

    answer = get(parcel)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "杭州" in page
    assert parcel.waybill in page
    assert f"…{order.external_number[-4:]}" in page
    contact = order.contact
    hidden = (order.external_number, "王小明", "13812345678", "88886666", parcel.number)
    for secret in (*hidden, contact.recipient, contact.phone, contact.address):
        assert not secret or secret not in page
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer["X-Robots-Tag"]
    assert not answer.cookies


def test_the_page_speaks_the_store_s_language(shop):
    parcel = under_way(shop)
    tell(parcel, seen(1, "out_for_delivery"))
    for language, words in (("zh-hans", "派送中"), ("en", "out for delivery")):
        shop.store.language = language
        shop.store.save()
        answer = get(parcel)
        assert words in answer.content.decode()
        assert answer["Content-Language"] == language


def test_without_news_it_says_so(shop):
    shop.store.language = "en"
    shop.store.save()
    assert "told nothing yet" in get(under_way(shop)).content.decode()


def test_a_link_that_was_guessed_or_changed_is_not_there_and_costs_time(shop, monkeypatch):
    """FUL-7: who goes on guessing has to wait."""
    monkeypatch.setattr(throttle, "OF_LINKS", Limit(free=2, longest=throttle.OF_LINKS.longest))
    parcel = under_way(shop)
    path = urlsplit(link_for(parcel)).path
    ours, sign = path.removeprefix("/t/").split(".")
    client = Client()
    guesses = [f"/t/{int(ours) + 1}.{sign}", f"/t/{ours}.{sign[:-1]}x", f"/t/{ours}", "/t/x.y"]
    answers = [client.get(guess).status_code for guess in guesses]
    assert answers == [404, 404, 404, 429]
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 405


def test_a_parcel_that_was_cancelled_has_no_page(shop):
    parcel = packed(shop)
    path = urlsplit(link_for(parcel)).path
    type(parcel).objects.filter(pk=parcel.pk).update(
        state="cancelled", cancelled_at=parcel.opened_at, cancelled_because="No"
    )
    parcel.refresh_from_db()
    assert link_for(parcel) == ""
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("已签收，签收人：张三丰。", "已签收，签收人：张*。"),
        ("(派件人:李四,电话:13812345678)", "(派件人:李*,电话:138****5678)"),
        ("Delivered, signed by: JOHN DOE", "Delivered, signed by: J*"),
        ("快件到达【杭州转运中心】", "快件到达【杭州转运中心】"),
    ],
)
def test_carriers_words_name_nobody_to_strangers(words, shown):
    assert without_people(words) == shown


def test_the_parcel_s_page_shows_the_way_the_link_and_takes_complaints(client, shop):
    parcel = under_way(shop)
    tell(parcel, seen(1, "delivered", "Signed, 13812345678"))
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))

    page = client.get(f"/admin/fulfillment/parcel/{parcel.pk}/change/").content.decode()

    assert link_for(parcel) in page
    assert "138****5678" in page
    opened = client.post(f"/admin/fulfillment/parcelcase/open/{parcel.pk}/", {"note": "Called"})
    assert opened.status_code == 302
    case = ParcelCase.objects.get()
    assert (case.kind, case.note) == ("not_received", "Called")
    page = client.get(f"/admin/fulfillment/parcel/{parcel.pk}/change/").content.decode()
    assert f"/admin/fulfillment/parcelcase/{case.pk}/change/" in page


def test_the_order_s_page_shows_the_latest_news(client, shop):
    parcel = under_way(shop)
    tell(parcel, seen(1, "customs"))
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))
    order = parcel.parcel_orders.get().order_id
    page = client.get(f"/admin/orders/order/{order}/change/").content.decode()
    assert "at customs" in page


def test_a_good_link_is_looked_at_as_people_look(shop, monkeypatch):
    """FUL-7: who opens it like a program waits; another link, from elsewhere, does not."""
    monkeypatch.setattr(throttle, "OF_PAGE", Rate(burst=2, every=timedelta(hours=1)))
    shop.store.language = "en"
    shop.store.save()
    parcel, other = under_way(shop), under_way(shop, "SF2000000002")

    answers = [get(parcel) for _look in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    last = answers[-1]
    assert 3590 < int(last["Retry-After"]) <= 3600
    assert "was opened very often just now" in last.content.decode()
    assert parcel.waybill not in last.content.decode()
    assert last["Cache-Control"] == "no-store"
    assert get(other).status_code == 200


def test_an_address_that_opens_many_links_waits_too(shop, monkeypatch):
    monkeypatch.setattr(throttle, "OF_PAGE_ADDRESS", Rate(burst=2, every=timedelta(hours=1)))
    parcels = [under_way(shop, f"SF200000000{number}") for number in range(3)]
    assert [get(parcel).status_code for parcel in parcels] == [200, 200, 429]
    path = urlsplit(link_for(parcels[2])).path
    assert Client(REMOTE_ADDR="203.0.113.9").get(path).status_code == 200


def test_a_rate_lets_one_more_through_after_each_span():
    rate = [("key", Rate(burst=3, every=timedelta(seconds=10)))]
    waits = [throttle.count(rate, at=LEFT + timedelta(seconds=after)) for after in (0, 0, 0, 0)]
    assert waits == [None, None, None, timedelta(seconds=10)]
    assert throttle.count(rate, at=LEFT + timedelta(seconds=9)) == timedelta(seconds=1)
    assert throttle.count(rate, at=LEFT + timedelta(seconds=10)) is None
    assert throttle.count(rate, at=LEFT + timedelta(seconds=11)) == timedelta(seconds=9)
    burst = [throttle.count(rate, at=LEFT + timedelta(hours=1)) for _look in range(4)]
    assert burst == [None, None, None, timedelta(seconds=10)]


@pytest.mark.parametrize(
    ("role", "is_shown"), [(Role.CUSTOMER_SERVICE, True), (Role.WAREHOUSE, False)]
)
def test_names_of_couriers_are_for_who_may_see_people(client, shop, role, is_shown):
    """FUL-7: as the contact of an order; telephone numbers are masked for everybody."""
    parcel = under_way(shop)
    tell(parcel, seen(1, "failed_attempt", "派送失败，快递员：王小明，电话 13812345678"))
    look_for_cases(shop.store, at=LEFT + timedelta(hours=2))
    case = ParcelCase.objects.get()
    client.force_login(shop.person(role))
    for page in (f"parcel/{parcel.pk}", f"parcelcase/{case.pk}"):
        shown = client.get(f"/admin/fulfillment/{page}/change/").content.decode()
        assert ("王小明" in shown) is is_shown
        assert "13812345678" not in shown

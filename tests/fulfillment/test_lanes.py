"""How long lanes take, what is expected by that, and how long a silence is usual (FUL-7)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fulfillment.expected import expected_of
from fulfillment.models import LaneTime, ParcelCase, ParcelEta, ParcelPromise
from fulfillment.public_tracking import link_for
from fulfillment.services.cases import look_for_cases
from fulfillment.services.expecting import expect_new
from fulfillment.services.lanes import expect_parcels, expect_under_way, rebuild
from opsdesk.stores.roles import Role
from tests import factories
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import LEFT, seen, tell, under_way
from tests.tokens.programs import ROOT, program

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = LEFT + 10 * DAY


@pytest.fixture
def shop(db):
    return Shop()


def arrived(shop, hours: int, *pauses: int, region: str = "330106", waybill: str = ""):
    """A parcel that took so long, with news after these hours in between."""
    parcel = factories.ParcelFactory(
        warehouse=shop.warehouse,
        carrier=shop.carrier,
        service=shop.service,
        state="delivered",
        waybill=waybill or f"SF{ParcelEta.objects.count()}{id(pauses)}{hours}{region}",
        packed_at=LEFT,
        handed_over_at=LEFT,
        ended_at=LEFT + hours * HOUR,
    )
    factories.ParcelPromiseFactory(parcel=parcel, region=region)
    factories.ParcelProgressFactory(
        parcel=parcel,
        state="delivered",
        event_at=LEFT + hours * HOUR,
        news_at=LEFT + hours * HOUR,
        delivered_at=LEFT + hours * HOUR,
    )
    for after in (*pauses, hours):
        factories.TrackingEventFactory(parcel=parcel, at=LEFT + after * HOUR)
    return parcel


def many(shop, *hours: int, **more) -> None:
    for number, each in enumerate(hours):
        arrived(shop, each, waybill=f"YT{more.get('region', '')}{number:08d}", **more)


def lanes(**filters) -> list[tuple]:
    rows = LaneTime.objects.filter(**filters).order_by("region")
    return list(rows.values_list("region", "parcels", "median_hours", "p90_hours", "silence_hours"))


def needs(shop, key: str, value: int) -> None:
    factories.SettingOverrideFactory(key=f"fulfillment.{key}", store=shop.store, value=value)


def test_a_lane_takes_what_its_parcels_took(shop):
    """FUL-7: median and ninth tenth of the hours from hand-over to delivery, per province."""
    many(shop, 20, 30, 40, 50, 120, region="330106")
    many(shop, 60, region="44")
    many(shop, 90, region="")

    assert rebuild(shop.store, at=AT) == 3

    assert lanes(warehouse=shop.warehouse) == [
        ("33", 5, Decimal("40.0"), Decimal("92.0"), Decimal("92.0")),
        ("44", 1, Decimal("60.0"), Decimal("60.0"), Decimal("60.0")),
    ]
    assert [(row[0], row[1]) for row in lanes(warehouse=None)] == [("", 7)]


def test_the_longest_silence_of_a_parcel_is_that_between_two_of_its_events(shop):
    arrived(shop, 72, 10, 20, 60)
    rebuild(shop.store, at=AT)
    assert lanes(region="33")[0][-1] == Decimal("40.0")


def test_a_re_run_writes_the_same_and_what_is_no_lane_any_more_is_gone(shop):
    many(shop, 20, 30)
    rebuild(shop.store, at=AT)
    before = lanes()
    rebuild(shop.store, at=AT + HOUR)
    assert lanes() == before
    assert rebuild(shop.store, at=AT + 200 * DAY) == 0
    assert not LaneTime.objects.exists()


def test_another_store_s_lanes_are_left_alone(shop):
    other = factories.LaneTimeFactory()
    many(shop, 20)
    rebuild(shop.store, at=AT)
    assert LaneTime.objects.filter(pk=other.pk).exists()


def test_it_takes_the_same_statements_however_many_parcels(shop):
    many(shop, 20)
    rebuild(shop.store, at=AT)
    many(shop, *range(21, 30), region="44")
    with CaptureQueriesContext(connection) as queries:
        rebuild(shop.store, at=AT + HOUR)
    assert len(queries) <= 6


def lane(shop, **more):
    return factories.LaneTimeFactory(warehouse=shop.warehouse, service=shop.service, **more)


def service_wide(shop, **more):
    return factories.LaneTimeFactory(warehouse=None, region="", service=shop.service, **more)


def leaves(shop, waybill: str = "SF1000000001"):
    parcel = under_way(shop, waybill, shop.order(1, region="浙江省 杭州市 西湖区"))
    assert expect_new(shop.store, at=LEFT) == 1
    return parcel


def test_a_parcel_is_expected_by_its_lane_soon_after_it_left(shop):
    """FUL-7: from the median to what nine of ten took."""
    lane(shop)
    service_wide(shop, parcels=400, median_hours=Decimal(60))

    parcel = leaves(shop)

    eta = ParcelEta.objects.get(parcel=parcel)
    assert (eta.earliest, eta.latest) == (LEFT + 48 * HOUR, LEFT + 72 * HOUR)
    assert (eta.basis, eta.sample) == ("lane", 40)


def test_a_lane_of_few_parcels_does_not_count(shop):
    """FUL-7: then the service's parcels do; else what was promised."""
    lane(shop, parcels=29)
    service_wide(shop, median_hours=Decimal(60))
    assert ParcelEta.objects.get(parcel=leaves(shop)).basis == "service"

    LaneTime.objects.all().delete()
    promised = leaves(shop, "SF1000000002")
    eta = ParcelEta.objects.get(parcel=promised)
    expected_by = ParcelPromise.objects.get(parcel=promised).expected_by
    assert eta.basis == "promise"
    assert eta.latest == expected_by - timedelta(seconds=1)


def test_a_minute_s_parcels_take_as_many_statements_as_one(shop):
    """FUL-7: and those that have their day are left alone."""
    lane(shop)
    counts = []
    for waybills in (["SF1000000001"], ["SF1000000002", "SF1000000003", "SF1000000004"]):
        for waybill in waybills:
            under_way(shop, waybill, shop.order(1, region="浙江省 杭州市 西湖区"))
        with CaptureQueriesContext(connection) as queries:
            assert expect_new(shop.store, at=LEFT) == len(waybills)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert expect_new(shop.store, at=LEFT) == 0
    assert ParcelEta.objects.count() == 4


def test_what_arrived_before_its_minute_was_over_has_its_promise_all_the_same(shop):
    """FUL-8: a courier of the town is quicker than the job."""
    parcel = under_way(shop, order=shop.order(1, region="浙江省 杭州市 西湖区"))
    tell(parcel, seen(0.005, "delivered"))

    assert expect_new(shop.store, at=LEFT) == 1

    assert ParcelPromise.objects.filter(parcel=parcel).exists()


def test_nothing_is_expected_where_nothing_says_anything(shop):
    under_way(shop, order=shop.order(1, region=""))
    expect_new(shop.store, at=LEFT)
    assert not ParcelEta.objects.exists()


def test_what_is_under_way_is_expected_anew_when_lanes_change(shop):
    parcel = leaves(shop)
    lane(shop)
    assert expect_under_way(shop.store, at=AT) == 1
    assert expect_parcels([parcel.pk], store=shop.store, at=AT) == 0
    assert ParcelEta.objects.get().basis == "lane"


def test_the_customer_s_page_tells_the_days_and_no_more(shop):
    """FUL-7: the date only; who is late hears that it takes longer."""
    shop.store.language = "en"
    shop.store.save()
    lane(shop, median_hours=Decimal(24 * 10_000), p90_hours=Decimal(24 * 10_001))
    parcel = leaves(shop)

    page = Client().get(urlsplit(link_for(parcel)).path).content.decode()

    assert "Expected between" in page
    assert "lane" not in page
    ParcelEta.objects.update(earliest=LEFT, latest=LEFT)
    page = Client().get(urlsplit(link_for(parcel)).path).content.decode()
    assert "It takes longer than usual." in page


@pytest.mark.parametrize(
    ("state", "is_told"), [("in_transit", True), ("out_for_delivery", False), ("to_collect", False)]
)
def test_where_the_state_says_more_nothing_is_expected(shop, state, is_told):
    lane(shop)
    parcel = leaves(shop)
    tell(parcel, seen(1, state))
    parcel.refresh_from_db()
    told = expected_of(parcel, parcel.progress, at=LEFT + 2 * HOUR)
    assert bool(told) is is_told


def test_the_parcel_s_page_says_what_it_is_based_on(client, shop):
    lane(shop)
    parcel = leaves(shop)
    client.force_login(shop.person(Role.CUSTOMER_SERVICE))
    page = client.get(f"/admin/fulfillment/parcel/{parcel.pk}/change/").content.decode()
    assert "By 40 parcels on this lane." in page


def stalled(shop, at) -> bool:
    look_for_cases(shop.store, at=at)
    return ParcelCase.objects.open().filter(kind="stalled").exists()


def test_on_a_lane_that_is_usually_silent_for_longer_a_day_is_no_stall(shop):
    """FUL-7: a day is the least; beyond it, the silence of nine in ten parcels of the lane."""
    lane(shop, silence_hours=Decimal(36))
    leaves(shop)
    assert not stalled(shop, LEFT + 25 * HOUR)
    assert not stalled(shop, LEFT + 36 * HOUR)
    assert stalled(shop, LEFT + 37 * HOUR)


def test_a_fast_lane_makes_nobody_look_sooner_than_after_a_day(shop):
    lane(shop, silence_hours=Decimal(6))
    leaves(shop)
    assert not stalled(shop, LEFT + 23 * HOUR)
    assert stalled(shop, LEFT + 25 * HOUR)


def test_however_slow_a_lane_is_a_silence_of_five_days_is_a_stall(shop):
    lane(shop, silence_hours=Decimal(900))
    leaves(shop)
    assert not stalled(shop, LEFT + 119 * HOUR)
    assert stalled(shop, LEFT + 121 * HOUR)


def test_what_is_known_of_few_parcels_makes_nobody_wait(shop):
    lane(shop, silence_hours=Decimal(36), parcels=29)
    leaves(shop)
    assert stalled(shop, LEFT + 25 * HOUR)


def test_where_the_lane_is_not_known_the_service_s_silence_counts(shop):
    service_wide(shop, silence_hours=Decimal(36))
    under_way(shop, order=shop.order(1, region=""))
    assert not stalled(shop, LEFT + 35 * HOUR)
    assert stalled(shop, LEFT + 37 * HOUR)


def test_public_holidays_are_no_silence_on_slow_lanes_either(shop):
    """FUL-7: seven days of National Day, then the lane's own time."""
    factories.WorkCalendarFactory(store=shop.store, country="CN")
    lane(shop, silence_hours=Decimal(48))
    parcel = leaves(shop)
    zone = shop.store.zone
    tell(parcel, seen(0, "in_transit"))
    news = datetime(2026, 9, 30, 4, tzinfo=UTC)
    parcel.progress.__class__.objects.update(news_at=news, event_at=news)
    assert not stalled(shop, datetime(2026, 10, 7, 12, tzinfo=zone))
    assert stalled(shop, datetime(2026, 10, 12, 12, tzinfo=zone))


def test_the_list_shows_lanes_with_filters_and_marks_small_ones(client, shop):
    shop.store.language = "en"
    shop.store.save()
    lane(shop, parcels=29)
    lane(shop, region="44", median_hours=Decimal(72), p90_hours=Decimal(96))
    client.force_login(shop.person(Role.OPERATIONS_LEAD))
    url = "/admin/fulfillment/lanetime/"

    page = client.get(url).content.decode()
    found = client.get(url, {"region": "广东"}).content.decode()

    assert "浙江" in page
    assert "48 h" in page
    assert "浙江" not in found
    assert "3.0 d" in found
    assert "48 h" not in client.get(url, {"carrier": "nobody"}).content.decode()


def test_the_list_asks_the_same_number_of_questions_of_many(client, shop):
    client.force_login(shop.person(Role.OPERATIONS_LEAD))
    client.get("/admin/fulfillment/lanetime/")  # What is asked once per sign-in is known by now.
    counts = []
    for regions in (["33", "44"], ["11", "12", "13", "31", "32"]):
        for region in regions:
            lane(shop, region=region)
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/fulfillment/lanetime/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_is_bound_to_a_warehouse_sees_its_lanes_only(shop):
    mine, other = lane(shop), factories.WarehouseFactory(store=shop.store)
    theirs = lane(shop, region="44")
    LaneTime.objects.filter(pk=theirs.pk).update(warehouse=other)
    person = shop.person(Role.WAREHOUSE)
    factories.WarehouseAssignmentFactory(
        membership=person.memberships.get(), warehouse=shop.warehouse
    )
    assert list(LaneTime.objects.visible_to(person)) == [mine]


def test_shipments_say_when_they_are_expected(shop):
    lane(shop)
    parcel = leaves(shop)
    client = program(shop.store, "fulfilment:read", role=Role.WAREHOUSE)

    shown = client.get(f"{ROOT}shipments/{parcel.pk}/").json()
    (listed,) = client.get(f"{ROOT}shipments/").json()["results"]

    assert shown == listed
    assert shown["expected_from"].startswith(f"{LEFT + 48 * HOUR:%Y-%m-%dT%H:%M}")
    assert shown["expected_until"].startswith(f"{LEFT + 72 * HOUR:%Y-%m-%dT%H:%M}")

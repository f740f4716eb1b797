"""Tracking events: stored once, in any order, and parcels are where they say (FUL-7)."""

from datetime import timedelta
from functools import partial
from itertools import permutations

import pytest
from django.db import connection
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext

from catalog.models import StockLevel
from fulfillment.models import ParcelProgress, TrackingEvent, WaitingEvent
from fulfillment.services import tracking
from fulfillment.services.packing import Label, close_parcel, label_parcel, open_parcel, pack_item
from fulfillment.services.tracking import follow_ripe, store_events
from fulfillment.services.tracking_intake import News, take_in_waiting, take_news
from opsdesk.invariants import all_invariants, violations
from orders.models import Order
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop
from tests.fulfillment.tracked import (
    LEFT,
    NOW,
    hand_over,
    packed,
    seen,
    standing,
    tell,
    under_way,
)

JOURNEY = (
    seen(1, "picked_up"),
    seen(20, "arrived"),
    seen(30, "out_for_delivery"),
    seen(31, "failed_attempt"),
    seen(50, "delivered"),
)


@pytest.fixture
def shop(db):
    return Shop()


def holds():
    broken = [one for one in violations(all_invariants()) if one["violations"]]
    assert broken == []


def test_a_parcel_arrives_and_its_order_with_it(shop):
    """FUL-7: parcel, order and stock follow the carrier's own time."""
    parcel = under_way(shop)
    arrived = LEFT + timedelta(hours=50)

    stored = tell(parcel, *JOURNEY)

    assert (stored.news, stored.parcel_ids) == (5, (parcel.pk,))
    assert standing(parcel) == {
        "state": "delivered",
        "event_at": arrived,
        "text": "delivered 50",
        "place": "",
        "news_at": arrived,
        "moved_at": LEFT + timedelta(hours=1),
        "delivered_at": arrived,
        "damaged_at": None,
        "failures": 1,
        "parcel": ("delivered", arrived),
        "order": ("delivered", arrived),
        "events": 5,
    }
    level = StockLevel.objects.get(warehouse=shop.warehouse)
    assert (level.shipped, level.sold) == (0, 1)
    holds()


@pytest.mark.parametrize(
    "events",
    [
        JOURNEY,
        (*JOURNEY[:3], seen(40, "returning"), seen(90, "returned")),
        (*JOURNEY[:2], seen(9, "delivered"), seen(9, "in_transit"), seen(12, "arrived")),
        (
            *JOURNEY[:1],
            seen(2, "delivered"),
            seen(3, "returning"),
            seen(4, "in_transit"),
            JOURNEY[3],
        ),
        (seen(1, "lost"), seen(2, "in_transit"), seen(3, "lost"), seen(3, "exception"), JOURNEY[0]),
    ],
    ids=["delivered", "returned", "late scans", "sent back", "lost twice"],
)
def test_whatever_the_order_in_which_events_come_all_ends_alike(shop, events):
    """FUL-7: events enter in any order. All permutations, each told to a parcel of its own."""
    ways = [(on_the_road(shop, number), way) for number, way in enumerate(permutations(events))]

    for turn in range(len(events)):
        told = [(parcel.pk, way[turn]) for parcel, way in ways]
        store_events(told, store=shop.store, source="tracking", at=NOW)

    ends = {tuple(standing(parcel).items()) for parcel, _way in ways}
    assert len(ways) == 120
    assert len(ends) == 1


def on_the_road(shop, number):
    """A parcel under way, made faster than by packing it."""
    order = factories.OrderFactory(
        store=shop.store, fulfilment_state="shipped", shipped_at=LEFT, confirmed_at=MOMENT
    )
    parcel = factories.ParcelFactory(
        warehouse=shop.warehouse,
        state="handed_over",
        carrier=shop.carrier,
        waybill=f"SF{number:08d}",
        packed_at=MOMENT,
        handed_over_at=LEFT,
    )
    factories.ParcelOrderFactory(parcel=parcel, order=order)
    return parcel


def test_the_same_word_is_stored_once_whoever_passes_it_on(shop):
    """FUL-7: each once."""
    parcel = under_way(shop)
    tell(parcel, JOURNEY[0], JOURNEY[0])
    assert tell(parcel, JOURNEY[0], source="kuaidi100").news == 0
    assert tell(parcel, JOURNEY[0], JOURNEY[1]).news == 1
    assert TrackingEvent.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_equal_tellings_one_counts(monkeypatch):
    """FUL-7: a hundred equal pushes at once are one set of events."""
    shop = Shop()
    parcel = under_way(shop)
    monkeypatch.setattr(tracking, "follow", slowly(tracking.follow, 0.005))

    results = run_together([partial(tell, parcel, *JOURNEY)] * 20)
    for _round in range(4):
        results += run_together([partial(tell, parcel, *JOURNEY)] * 20)

    assert sorted({result.news for result in results}) == [0, 5]
    assert sum(result.news for result in results) == TrackingEvent.objects.count() == 5
    assert Order.objects.get().fulfilment_state == "delivered"
    assert Order.objects.get().events.filter(kind="delivered").count() == 1


@pytest.mark.django_db(transaction=True)
def test_news_and_arrival_told_at_once_are_both_seen(monkeypatch):
    """Without the parcel's lock each would follow from what it alone had stored."""
    shop = Shop()
    parcel = under_way(shop)
    monkeypatch.setattr(tracking, "follow", slowly(tracking.follow))

    run_together(
        [partial(tell, parcel, JOURNEY[-1]), partial(tell, parcel, JOURNEY[0], JOURNEY[3])]
    )

    progress = ParcelProgress.objects.get()
    assert (progress.state, progress.failures) == ("delivered", 1)
    assert progress.moved_at == JOURNEY[0].at


def test_locks_are_taken_orders_first_and_in_order(shop):
    parcel = under_way(shop)
    with CaptureQueriesContext(connection) as queries:
        tell(parcel, JOURNEY[0])
    locking = [one["sql"] for one in queries if "FOR UPDATE" in one["sql"]]
    assert "orders_order" in locking[0].partition("WHERE")[0]
    assert "fulfillment_parcel" in locking[1].partition("WHERE")[0]
    assert all("ORDER BY" in sql for sql in locking[:2])


def test_what_is_dated_ahead_counts_when_its_time_comes(shop):
    """FUL-7: events of the future are stored, and change nothing yet."""
    parcel = under_way(shop)
    early = seen(0, "delivered")
    tell(parcel, JOURNEY[0])
    now = early.at - timedelta(minutes=11)

    tell(parcel, early, at=now)

    assert TrackingEvent.objects.get(state="delivered").mark == "early"
    assert ParcelProgress.objects.get().state == "picked_up"
    assert follow_ripe(at=now + timedelta(minutes=10)) == 0
    assert follow_ripe(at=early.at) == 0  # JOURNEY[0] is newer news: nothing is waiting.


def test_an_arrival_dated_ahead_is_an_arrival_later(shop):
    parcel = under_way(shop)
    arrival = seen(5, "delivered")
    tell(parcel, arrival, at=LEFT)
    assert not ParcelProgress.objects.exists()

    assert follow_ripe(at=arrival.at) == 1
    assert follow_ripe(at=arrival.at) == 0

    assert standing(parcel)["order"] == ("delivered", arrival.at)


def test_a_clock_that_is_a_little_ahead_is_believed(shop):
    parcel = under_way(shop)
    tell(parcel, seen(5, "delivered"), at=LEFT + timedelta(hours=5, minutes=-9))
    assert standing(parcel)["state"] == "delivered"


def test_what_a_waybill_did_before_it_was_ours_does_not_count(shop):
    """FUL-7: carriers give their numbers out again."""
    parcel = under_way(shop)
    tell(parcel, seen(-24 * 90, "delivered"))
    assert TrackingEvent.objects.get().mark == "before"
    assert not ParcelProgress.objects.exists()
    assert standing(parcel)["parcel"] == ("handed_over", None)


def test_a_parcel_that_was_not_handed_over_is_not_moved_until_it_is(shop):
    """FUL-3, FUL-7: the carrier may be faster than the manifest."""
    parcel = packed(shop)
    tell(parcel, *JOURNEY)
    assert standing(parcel)["parcel"] == ("packed", None)

    hand_over(shop, parcel)

    assert standing(parcel)["parcel"] == ("delivered", JOURNEY[-1].at)
    assert standing(parcel)["order"] == ("delivered", JOURNEY[-1].at)
    holds()


def test_an_order_arrives_with_the_last_of_its_parcels(shop):
    """FUL-3: an order may take several parcels."""
    order = shop.order(1, 1)
    first, second = order.lines.all()
    parcels = []
    for line, waybill in ((first, "SF10000001"), (second, "SF10000002")):
        known = {"actor": shop.packer, "at": LEFT}
        parcel = open_parcel(order_id=order.pk, warehouse_id=shop.warehouse.pk, **known)
        pack_item(parcel_id=parcel.pk, code=line.sku.code, **known)
        close_parcel(parcel_id=parcel.pk, weight_grams=1, **known)
        label_parcel(parcel_id=parcel.pk, label=Label(shop.service.pk, waybill), **known)
        parcels.append(parcel)
    hand_over(shop, *parcels)

    tell(parcels[0], seen(5, "delivered"))
    assert standing(parcels[0])["order"] == ("shipped", None)
    tell(parcels[1], seen(3, "delivered"))

    assert standing(parcels[0])["order"] == ("delivered", LEFT + timedelta(hours=5))


def test_events_of_another_store_s_parcel_are_not_stored(shop):
    parcel = under_way(shop)
    stored = store_events([(parcel.pk, JOURNEY[0])], store=Shop().store, source="tracking", at=NOW)
    assert stored.news == 0


def test_events_are_never_changed(shop):
    parcel = under_way(shop)
    tell(parcel, JOURNEY[0])
    with pytest.raises(InternalError):
        TrackingEvent.objects.update(text="Otherwise")


def news(waybill="SF1000000001", carrier="shunfeng", events=JOURNEY):
    return News(carrier, waybill, events)


def test_news_of_unknown_waybills_wait_for_their_parcel(shop):
    """FUL-7: the carrier may be faster than the label."""
    shop.carrier.kuaidi100_code = "ShunFeng"
    shop.carrier.save()
    known = {"store": shop.store, "source": "kuaidi100", "at": NOW}
    assert take_news([news(), news("SF2000000002")], **known).news == 0
    take_news([news()], **known)
    assert WaitingEvent.objects.count() == 10

    parcel = packed(shop)
    assert take_in_waiting(store=shop.store, at=NOW) == 5
    assert standing(parcel)["state"] == "delivered"
    assert WaitingEvent.objects.filter(waybill="SF2000000002").count() == 5

    second = under_way(shop, "SF2000000002")
    assert standing(second)["parcel"][0] == "delivered"
    assert not WaitingEvent.objects.exists()


def test_a_waybill_is_known_with_its_carrier_only(shop):
    """FUL-3: two carriers may use the same number."""
    shop.carrier.kuaidi100_code = "shunfeng"
    shop.carrier.save()
    parcel = under_way(shop)
    known = {"store": shop.store, "source": "kuaidi100", "at": NOW}
    take_news([news(carrier="zhongtong")], **known)
    assert "state" not in standing(parcel)
    take_news([news(" sf10 0000 0001", carrier="SHUNFENG")], **known)
    assert standing(parcel)["state"] == "delivered"


def test_many_parcels_take_a_fixed_number_of_statements(shop):
    parcels = [under_way(shop, f"SF{number:08d}") for number in range(1, 4)]
    counts = []
    for some in (parcels[:1], parcels[1:]):
        told = [(parcel.pk, event) for parcel in some for event in JOURNEY[:4]]
        with CaptureQueriesContext(connection) as queries:
            store_events(told, store=shop.store, source="tracking", at=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]

"""Carriers are scored by what became of their parcels (FUL-5)."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import orjson
import pytest
from django.core.management import call_command

from fulfillment.models import CarrierScore, ParcelProgress
from fulfillment.services import scoring
from tests import factories
from tests.concurrency import run_together
from tests.factories import MOMENT
from tests.fulfillment.carriers import Carriers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = MOMENT + 20 * DAY
MARCH = date(2026, 3, 1)
CLOSED = {"closed_at": MOMENT, "ended": "person", "result": "Settled"}


@pytest.fixture
def shop(db):
    return Carriers()


@pytest.fixture
def service(shop):
    return shop.service()


def parcel(shop, service, state="delivered", *, picked=HOUR, took=DAY, promised=2 * DAY, **more):
    """Handed over at MOMENT (packed `picked` before), and over after `took`."""
    told = {
        "warehouse": shop.warehouse,
        "carrier": service.carrier,
        "service": service,
        "state": state,
        "waybill": f"W{more.pop('number', parcel.count)}X{parcel.count}",
        "packed_at": MOMENT - picked,
        "handed_over_at": MOMENT,
        "ended_at": None if state == "handed_over" else MOMENT + took,
    }
    parcel.count += 1
    made = factories.ParcelFactory(**(told | more))
    if promised is not None:
        factories.ParcelPromiseFactory(parcel=made, deliver_by=MOMENT + promised)
    return made


parcel.count = 1_000


def score(shop, at=LATER):
    scoring.rebuild(shop.store, month=MARCH, at=at)
    return CarrierScore.objects.filter(service__carrier__store=shop.store).first()


def test_delivered_by_the_promise_is_on_time(shop, service):
    """FUL-5: the on-time rate from real parcels."""
    parcel(shop, service, took=DAY)
    parcel(shop, service, took=2 * DAY)
    parcel(shop, service, took=3 * DAY)
    parcel(shop, service, took=3 * DAY, promised=None)

    found = score(shop)

    assert (found.parcels, found.judged, found.on_time) == (4, 3, 2)


def test_without_a_promise_the_service_s_own_days_count(shop, service):
    made = parcel(shop, service, took=DAY, promised=None)
    factories.ParcelPromiseFactory(parcel=made, expected_by=MOMENT + 2 * DAY)

    assert score(shop).on_time == 1


def test_a_parcel_under_way_is_judged_once_it_is_late(shop, service):
    parcel(shop, service, "handed_over")

    assert score(shop, at=MOMENT + DAY).judged == 0
    late = score(shop, at=MOMENT + 3 * DAY)
    assert (late.judged, late.on_time) == (1, 0)


def test_lost_and_returned_parcels_are_not_on_time(shop, service):
    parcel(shop, service, "lost")
    parcel(shop, service, "returned")

    found = score(shop)

    assert (found.parcels, found.judged, found.on_time, found.lost) == (2, 2, 0, 1)


def test_picked_up_in_time_is_by_the_carrier_s_scan_or_the_manifest(shop, service):
    """FUL-5: the pick-up rate, within 24 hours."""
    parcel(shop, service, picked=23 * HOUR)
    parcel(shop, service, picked=25 * HOUR)
    scanned = parcel(shop, service, picked=HOUR)
    ParcelProgress.objects.create(
        parcel=scanned,
        state="picked_up",
        event_at=MOMENT + 30 * HOUR,
        news_at=MOMENT + 30 * HOUR,
        moved_at=MOMENT + 30 * HOUR,
    )

    found = score(shop)

    assert (found.picked_up, found.picked_up_in_time) == (3, 1)


def test_damage_and_complaints_are_cases_of_parcels(shop, service):
    """FUL-5: complaint and damage rate; each parcel counts once."""
    broken, missed, _fine = (parcel(shop, service) for _number in range(3))
    for moment in (MOMENT, MOMENT + HOUR):
        factories.ParcelCaseFactory(parcel=broken, kind="damaged", cause_at=moment, **CLOSED)
    factories.ParcelCaseFactory(parcel=missed, kind="not_received", **CLOSED)
    factories.ParcelCaseFactory(parcel=missed, kind="stalled", **CLOSED)

    found = score(shop)

    assert (found.parcels, found.damaged, found.complained) == (3, 1, 1)


def test_the_damage_rate_is_of_parcels_of_which_it_is_known(shop, service):
    """FUL-5: what is under way may still come to harm; trouble on the way is no damage."""
    parcel(shop, service)
    troubled = parcel(shop, service)
    factories.ParcelCaseFactory(parcel=troubled, kind="trouble", **CLOSED)
    broken = parcel(shop, service, "handed_over", ended_at=None)
    factories.ParcelCaseFactory(parcel=broken, kind="damaged")
    parcel(shop, service, "handed_over", ended_at=None)

    found = score(shop)

    assert (found.parcels, found.settled, found.damaged) == (4, 3, 1)
    share = scoring.scores_of([service.pk], since=found.month)[service.pk].damage
    assert (share.hits, share.of) == (1, 3)


def test_parcels_that_never_left_or_left_in_another_month_don_t_count(shop, service):
    parcel(shop, service)
    before = MOMENT - 3 * DAY
    parcel(shop, service, handed_over_at=before, packed_at=before, promised=None)
    parcel(
        shop,
        service,
        "cancelled",
        handed_over_at=None,
        ended_at=None,
        cancelled_at=MOMENT,
        cancelled_because="torn",
        promised=None,
    )

    assert score(shop).parcels == 1


def test_a_month_is_the_store_s_own(shop, service):
    """The first of March begins in Shanghai eight hours before it does in UTC."""
    moment = datetime(2026, 2, 28, 17, tzinfo=UTC)
    parcel(shop, service, handed_over_at=moment, packed_at=moment, promised=None)

    assert shop.store.timezone == "Asia/Shanghai"
    assert score(shop).parcels == 1


def test_scores_can_be_worked_out_anew(shop, service):
    """FUL-5: twice gives the same; what is gone goes."""
    made = parcel(shop, service)
    first = score(shop)
    again = score(shop, at=LATER + HOUR)
    assert (again.pk, again.parcels) == (first.pk, 1)

    type(made).objects.filter(pk=made.pk).update(service=None)

    assert score(shop, at=LATER + 2 * HOUR) is None


def test_a_command_works_months_out_anew(shop, service, capsys):
    parcel(shop, service)

    call_command(
        "score_carriers",
        "--store",
        shop.store.code,
        "--from=2025-12-31",
        "--to=2026-03-02",
        "--at=2026-03-22T10:00:00+08:00",
        "--json",
    )

    assert orjson.loads(capsys.readouterr().out) == {
        "store": shop.store.code,
        "months": 4,
        "scores": 1,
    }
    assert CarrierScore.objects.get().month == MARCH


def test_other_stores_parcels_are_theirs(shop, service):
    other = Carriers()
    parcel(other, other.service())
    parcel(shop, service)

    assert score(shop).parcels == 1
    assert not CarrierScore.objects.exclude(service=service).exists()


def test_the_nightly_run_reaches_back_to_parcels_that_may_be_under_way(shop, service):
    parcel(shop, service)

    assert scoring.refresh(shop.store, at=MOMENT + 60 * DAY) == 1
    assert scoring.refresh(shop.store, at=MOMENT + 120 * DAY) == 0
    assert CarrierScore.objects.get().month == MARCH


def test_months_are_added_up(shop, service):
    factories.CarrierScoreFactory(service=service, month=date(2026, 1, 1))
    factories.CarrierScoreFactory(service=service, month=date(2026, 2, 1))
    factories.CarrierScoreFactory(service=service, month=date(2026, 3, 1))

    found = scoring.scores_of([service.pk], since=date(2026, 2, 14))[service.pk]

    assert (found.parcels, found.on_time) == (200, 192)
    assert found.punctual.rate == 0.96


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_leave_one_score():
    shop = Carriers()
    parcel(shop, shop.service())

    results = run_together(
        [partial(scoring.rebuild, shop.store, month=MARCH, at=LATER) for _run in range(3)]
    )

    assert results == [1, 1, 1]
    assert CarrierScore.objects.get().parcels == 1

"""What the daily inspection finds of orders and parcels that stand still (INS-6)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment.checks import ANSWERING, LATE, MISSED, SHORT, STALLED
from fulfillment.services.misses import follow_up
from opsdesk.alerts.models import Alert
from opsdesk.inspection import checks
from opsdesk.inspection.services.walking import ask_for_inspection, walk
from orders.services.lifecycle import cancel_orders, ship_orders
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop
from tests.fulfillment.test_late_risks import promised, waiting
from tests.fulfillment.test_short_picks import Missing
from tests.fulfillment.tracked import LEFT, seen, tell, under_way
from tests.inspection.walked import found, inspected

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The business day of `MOMENT` is over.
AFTER = MOMENT + 15 * HOUR


@pytest.fixture
def shop():
    return Shop()


def due(shop, hours):
    return promised(shop.order(1), MOMENT + hours * HOUR)


def kinds(result):
    return {alert.check_code for alert in found(result)}


def test_an_order_that_yesterday_should_have_left_is_found(shop):
    """INS-6: missed; the alert of the daily watch, also where that has not run."""
    due(shop, 2)

    result = inspected(shop.store, MISSED, at=AFTER)

    assert (result.outcome, result.new) == ("findings", 1)
    assert result.figures == {"found": 1, "missed": 1, "short": 0, "followed_up": 0}
    assert kinds(result) == {"fulfillment.missed_shipments"}
    assert found(result)[0].deadline_at is not None
    again = inspected(shop.store, MISSED, at=AFTER + HOUR)
    assert (again.new, again.persisting, again.figures["found"]) == (0, 1, 0)


def test_missed_orders_that_left_or_have_an_owner_are_found_no_more(shop):
    """INS-6: clear again."""
    left, owned = due(shop, 2), due(shop, 2)
    inspected(shop.store, MISSED, at=AFTER)
    ship_orders(order_ids=[left.pk], actor=None, at=AFTER + HOUR)
    miss = owned.shipment_misses.get()
    follow_up([miss.pk], shop.packer, AFTER + HOUR, "The van comes at noon")

    result = inspected(shop.store, MISSED, at=AFTER + 2 * HOUR)

    assert (result.outcome, result.cleared) == ("passed", 1)
    assert result.figures["followed_up"] == 1


def test_an_order_that_lacks_goods_is_found_until_it_needs_none(shop):
    """INS-6: unshipped for lack of goods."""
    order = waiting(shop)

    result = inspected(shop.store, SHORT)

    assert (result.outcome, kinds(result)) == ("findings", {"fulfillment.late_shortage"})
    assert result.figures["shortage"] == 1
    assert inspected(shop.store, LATE, at=MOMENT + HOUR).outcome == "passed"
    cancel_orders(order_ids=[order.pk], reason="changed mind", actor=None, at=MOMENT + HOUR)
    clear = inspected(shop.store, SHORT, at=MOMENT + 2 * HOUR)
    assert (clear.outcome, clear.cleared) == ("passed", 1)


def test_goods_that_were_not_in_their_bin_are_found():
    """INS-6: the pick list was wrong, the order stays."""
    missing = Missing()

    result = inspected(missing.store, SHORT, at=MOMENT + 3 * HOUR)

    assert "fulfillment.short_picks" in kinds(result)
    assert result.figures["short_picks"] == 1


def test_what_is_not_packed_shortly_before_its_ship_by_is_found(shop):
    """INS-6: about to be missed."""
    order = due(shop, 2)

    result = inspected(shop.store, LATE)

    assert (result.outcome, kinds(result)) == ("findings", {"fulfillment.late_not_ready"})
    assert found(result)[0].deadline_at == MOMENT + 2 * HOUR
    ship_orders(order_ids=[order.pk], actor=None, at=MOMENT + HOUR)
    assert inspected(shop.store, LATE, at=MOMENT + HOUR).outcome == "passed"


def test_a_parcel_without_news_is_found_until_there_is_some(shop):
    """INS-6: parcels stalled."""
    parcel = under_way(shop)
    silent = LEFT + DAY + HOUR

    result = inspected(shop.store, STALLED, at=silent)

    assert (result.outcome, kinds(result)) == ("findings", {"fulfillment.parcels_stalled"})
    assert (result.figures["away"], result.figures["stalled"]) == (1, 1)
    tell(parcel, seen(26, "in_transit"), at=silent + HOUR)
    clear = inspected(shop.store, STALLED, at=silent + HOUR)
    assert (clear.outcome, clear.cleared) == ("passed", 1)


@pytest.mark.parametrize("state", ["lost", "failed_attempt", "returning", "damaged"])
def test_what_the_carrier_says_went_wrong_is_found(shop, state):
    tell(under_way(shop), seen(2, state))

    assert inspected(shop.store, STALLED, at=LEFT + 3 * HOUR).new == 1


def test_other_stores_orders_and_parcels_count_for_nothing(shop):
    """INS-6: each store its own."""
    elsewhere = Shop()
    due(elsewhere, 2)
    waiting(elsewhere)
    under_way(elsewhere)
    at = LEFT + 2 * DAY

    for check in (MISSED, SHORT, LATE, STALLED):
        assert inspected(shop.store, check, at=at).outcome == "passed"
    assert not Alert.objects.filter(store=elsewhere.store).exists()


def test_the_checks_are_registered():
    assert [check.code for check in checks.named("INS-6")] == [
        "INS-6.late",
        "INS-6.missed",
        "INS-6.short",
        "INS-6.stalled",
    ]


def test_late_orders_are_looked_for_once_a_walk(shop):
    """INS-6: for both checks, those that lack goods and those that are not packed."""
    due(shop, 2)
    run = ask_for_inspection(
        store=shop.store,
        actor=None,
        at=MOMENT,
        codes=[LATE.code, SHORT.code],
        waits_for_worker=False,
    )

    with CaptureQueriesContext(connection) as asked:
        walk(run.pk, at=MOMENT)

    looks = [one for one in asked if "INTO fulfillment_laterisk" in one["sql"]]
    assert len(looks) == 1
    late, short = run.results.order_by("code")
    assert (late.figures["not_ready"], late.new) == (1, 1)
    assert (short.figures["shortage"], short.outcome) == (0, "passed")


def test_a_source_that_can_t_answer_for_parcels_is_found(shop):
    """INS-8: feeds that did not arrive; the watch's own alert."""
    poll = factories.ParcelPollFactory(
        parcel=under_way(shop),
        target__store=shop.store,
        next_at=None,
        parked_at=LEFT,
        error="no such key",
    )

    result = inspected(shop.store, ANSWERING, at=LEFT + HOUR)

    assert (result.outcome, kinds(result)) == ("findings", {"fulfillment.polls_given_up"})
    type(poll).objects.filter(pk=poll.pk).update(parked_at=None, next_at=LEFT)
    assert inspected(shop.store, ANSWERING, at=LEFT + 2 * HOUR).figures["asked"] == 1

"""Feeds that did not arrive, and deliveries that were not taken in (INS-8)."""

from datetime import timedelta

import pytest

from opsdesk.alerts.checks import word_for
from opsdesk.alerts.models import Alert
from opsdesk.exchange import feeds
from opsdesk.exchange.checks import ARRIVED, REFUSED_FROM, TAKEN_IN
from opsdesk.exchange.models import InboundDelivery, WebhookRefusal, WebhookSource
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.inspection.walked import found, inspected

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KNOWN = int(feeds.LEAST_DAYS.default)


@pytest.fixture
def source():
    return factories.WebhookSourceFactory(changed_at=MOMENT - 90 * DAY)


@pytest.fixture
def store(source):
    return source.store


def delivered(store, *moments, source="generic"):
    for moment in moments:
        factories.InboundDeliveryFactory(
            store=store, source=source, received_at=moment, state="done", finished_at=moment
        )


def daily(days, until=MOMENT, hours=(9, 10, 11, 22)):
    """Moments on so many days up to that moment: a night is the longest pause of each."""
    begins = until.replace(hour=0)
    moments = [
        begins - number * DAY + hour * HOUR for number in range(days + 1) for hour in sorted(hours)
    ]
    return sorted(moment for moment in moments if moment <= until)


def silent(result):
    return [(alert.evidence["feed"], alert.subject_label) for alert in found(result)]


def test_a_night_and_a_weekend_are_usual_and_more_is_not(store):
    """INS-8: data feeds that did not arrive, by their own history."""
    workdays = [moment for moment in daily(40) if moment.weekday() < 5]
    delivered(store, *workdays)
    last = max(workdays)

    assert inspected(store, ARRIVED, at=last + 2 * DAY).outcome == "passed"
    result = inspected(store, ARRIVED, at=last + 5 * DAY)

    assert (result.outcome, silent(result)) == ("findings", [("webhooks", "generic")])
    assert result.figures == {"feeds": 1, "known": 1, "silent": 1}


def test_a_finding_tells_when_it_came_last_and_where_to_look(store, source):
    delivered(store, *daily(20))

    alert = found(inspected(store, ARRIVED, at=MOMENT + 2 * DAY))[0]

    assert (alert.subject, alert.owner_role) == (source, Role.ADMINISTRATOR)
    assert (alert.severity, alert.evidence["usual_hours"]) == ("critical", 11.0)
    assert alert.evidence["silent_hours"] > 40
    assert str(word_for(alert, "feed", "webhooks")) == "Deliveries by webhook"


def test_it_is_found_no_more_with_the_next_arrival(store):
    """INS-8: clear again."""
    delivered(store, *daily(20))
    inspected(store, ARRIVED, at=MOMENT + 2 * DAY)
    delivered(store, MOMENT + 2 * DAY)

    result = inspected(store, ARRIVED, at=MOMENT + 2 * DAY + HOUR)

    assert (result.outcome, result.cleared) == ("passed", 1)


def test_a_feed_that_came_on_few_days_can_t_be_checked(store):
    """INS-8: unchecked, with its reason."""
    delivered(store, *daily(KNOWN - 2))

    result = inspected(store, ARRIVED, at=MOMENT + 10 * DAY)

    assert (result.outcome, "on enough days" in result.reason) == ("unchecked", True)


def test_a_webhook_that_was_set_up_and_never_came_is_found(source, store):
    result = inspected(store, ARRIVED)

    assert silent(result) == [("webhooks", "generic")]
    WebhookSource.objects.filter(pk=source.pk).update(is_active=False)
    assert inspected(store, ARRIVED, at=MOMENT + HOUR).outcome == "passed"


def test_one_that_was_set_up_just_now_has_time(source, store):
    WebhookSource.objects.update(changed_at=MOMENT - DAY)

    assert inspected(store, ARRIVED).outcome == "passed"


def test_a_store_without_feeds_misses_none(store):
    delivered(store, *daily(20))

    result = inspected(factories.StoreFactory(), ARRIVED, at=MOMENT + 9 * DAY)

    assert (result.outcome, result.figures["feeds"]) == ("passed", 0)


def test_files_that_came_every_week_are_missed_after_a_week_and_a_half():
    """INS-8: statements, products, stock: whatever is brought in as a file, by format."""
    store = factories.StoreFactory()
    for week in range(8):
        factories.ImportSessionFactory(
            store=store, importer="alipay", state="done", created_at=MOMENT - 7 * week * DAY
        )

    assert inspected(store, ARRIVED, at=MOMENT + 10 * DAY).outcome == "passed"
    result = inspected(store, ARRIVED, at=MOMENT + 11 * DAY)

    alert = found(result)[0]
    assert (alert.evidence["feed"], alert.severity) == ("imports", "warning")
    assert alert.subject_label.startswith("alipay")


def test_orders_of_a_channel_are_missed_where_no_webhook_is_heard_of():
    """INS-8: per channel; where a webhook brings them, its silence is told once."""
    store = factories.StoreFactory()
    quiet, loud = factories.ChannelFactory(store=store), factories.ChannelFactory(store=store)
    for moment in daily(10):
        factories.OrderFactory(store=store, channel=quiet, placed_at=moment)
        factories.OrderFactory(store=store, channel=loud, placed_at=moment)
    factories.OrderFactory(store=store, channel=loud, placed_at=MOMENT + 2 * DAY)
    at = MOMENT + 2 * DAY + HOUR

    result = inspected(store, ARRIVED, at=at)

    assert silent(result) == [("orders", quiet.name)]
    assert found(result)[0].subject == quiet
    factories.WebhookSourceFactory(store=store, channel=quiet, changed_at=at)
    assert inspected(store, ARRIVED, at=at + HOUR).outcome == "passed"


def test_the_statements_do_not_grow_with_what_came(store, django_assert_num_queries):
    for days in (6, 20):
        delivered(store, *daily(days, until=MOMENT - days * DAY))
        with django_assert_num_queries(7):
            feeds.look_for_silent(store, at=MOMENT)


def refused(store, count, **values):
    return factories.WebhookRefusalFactory(
        store=store, count=count, day=store.business_date(MOMENT), **values
    )


def test_refused_deliveries_of_a_source_that_is_set_up_are_found(source, store):
    """INS-8: what came and was not let in, with the reason of most."""
    least = int(REFUSED_FROM.default)
    refused(store, least - 1)
    assert inspected(store, TAKEN_IN).outcome == "passed"
    refused(store, 1, reason=WebhookRefusal.Reason.LATE)

    result = inspected(store, TAKEN_IN, at=MOMENT + HOUR)

    alert = found(result)[0]
    assert (alert.subject, alert.evidence["reason"]) == (source, "forged")
    assert alert.evidence["count"] == least
    assert inspected(store, TAKEN_IN, at=MOMENT + 3 * DAY).cleared == 1


def test_what_strangers_send_to_no_source_is_not_found(store):
    refused(store, 500, source="nobody")

    assert inspected(store, TAKEN_IN).outcome == "passed"


def test_parked_deliveries_are_found_as_the_alert_they_have(store):
    """INS-8: also where somebody had resolved it and they are parked still."""
    parked = factories.InboundDeliveryFactory(store=store, state="parked", error="broken")
    first = found(inspected(store, TAKEN_IN))[0]
    Alert.objects.update(state="resolved", resolution="person", resolved_at=MOMENT)

    result = inspected(store, TAKEN_IN, at=MOMENT + HOUR)

    assert (found(result), result.figures["parked"]) == ([first], 1)
    InboundDelivery.objects.filter(pk=parked.pk).update(state="discarded")
    other = factories.StoreFactory()
    assert inspected(other, TAKEN_IN, at=MOMENT + HOUR).outcome == "passed"

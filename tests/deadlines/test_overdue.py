"""Clocks that have run out are found by the daily inspection (INS-9)."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.contenttypes.models import ContentType

from analytics.checks import TRAINING
from catalog.checks import MEASURES, REVIEWS
from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert
from opsdesk.deadlines import overdue, services
from opsdesk.deadlines.sweeping import sweep
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.procedure import ORDER_REVIEWS
from tests import factories
from tests.concurrency import run_while_uncommitted
from tests.factories import MOMENT
from tests.inspection.walked import found, inspected

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def order():
    return factories.OrderFactory(reviewed_at=None)


def review_due(order, at=MOMENT):
    return factories.DeadlineFactory(
        subject=order,
        rule="orders.review",
        started_at=at - HOUR,
        due_at=at,
        next_at=at,
    )


def test_an_overdue_review_is_found_as_the_breach_s_own_alert(order):
    """INS-9: reviews overdue; told once, by the sweep or by the inspection."""
    review_due(order)
    sweep(at=MOMENT + HOUR)
    assert Alert.objects.count() == 1

    result = inspected(order.store, ORDER_REVIEWS, at=MOMENT + HOUR)

    assert (result.outcome, result.figures["orders.review"]) == ("findings", 1)
    alert = found(result)[0]
    assert (alert.subject, alert.deadline_at) == (order, MOMENT)
    assert Alert.objects.get() == alert


def test_it_is_found_where_no_sweep_has_run_and_the_sweep_finds_the_same_alert(order):
    review_due(order)

    first = found(inspected(order.store, ORDER_REVIEWS, at=MOMENT + HOUR))[0]
    before = first.evidence
    sweep(at=MOMENT + HOUR)

    alert = Alert.objects.get()
    assert alert.evidence.keys() == before.keys()
    assert alert.evidence["allowed_minutes"] == before["allowed_minutes"]


def test_what_somebody_resolved_and_is_still_owed_comes_back(order):
    """INS-9: closed by itself only when a later run no longer sees it."""
    review_due(order)
    alert = found(inspected(order.store, ORDER_REVIEWS, at=MOMENT + HOUR))[0]
    lead = factories.UserFactory(role=Role.ORDER_REVIEWER, store=order.store)
    alerts.resolve(alert_ids=[alert.pk], actor=lead, at=MOMENT + 2 * HOUR)

    again = inspected(order.store, ORDER_REVIEWS, at=MOMENT + DAY)

    assert (again.outcome, found(again)[0].times_reopened) == ("findings", 1)


def test_a_clock_that_was_met_or_has_time_left_is_not_found(order):
    """INS-9: clear again."""
    review_due(order)
    inspected(order.store, ORDER_REVIEWS, at=MOMENT + HOUR)
    services.reach(Order, [order.pk], reached="reviewed_at", at=MOMENT + 2 * HOUR)
    review_due(factories.OrderFactory(store=order.store), at=MOMENT + DAY)

    result = inspected(order.store, ORDER_REVIEWS, at=MOMENT + 3 * HOUR)

    assert (result.outcome, result.cleared) == ("passed", 1)


def test_another_store_s_clocks_count_for_nothing(order):
    review_due(order)

    assert inspected(factories.StoreFactory(), ORDER_REVIEWS, at=MOMENT + HOUR).outcome == "passed"


@pytest.mark.parametrize(
    ("check", "rule", "factory", "path"),
    [
        (REVIEWS, "catalog.trial_judgement", factories.TrialFactory, "candidate__store"),
        (REVIEWS, "catalog.sample_answered", factories.ListingSampleFactory, "store"),
        (MEASURES, "catalog.clearance", factories.ClearancePlanFactory, "row__store"),
    ],
)
def test_trials_samples_and_measures_are_found(check, rule, factory, path):
    """INS-9: reviews and improvement measures overdue."""
    store = factories.StoreFactory()
    subject = factory(**{path: store})
    factories.DeadlineFactory(
        subject=subject,
        store=store,
        rule=rule,
        started_at=MOMENT - HOUR,
        due_at=MOMENT,
        next_at=MOMENT,
    )

    result = inspected(store, check, at=MOMENT + HOUR)

    assert result.outcome == "findings"
    assert found(result)[0].subject_type == ContentType.objects.get_for_model(subject)


def test_training_is_said_to_be_unchecked():
    """INS-9: nobody records it, and that is said."""
    result = inspected(factories.StoreFactory(), TRAINING)

    assert result.outcome == "unchecked"
    assert "not recorded" in result.reason


def test_the_number_of_statements_does_not_grow(order, django_assert_num_queries):
    for number in (1, 9):
        for _clock in range(number):
            review_due(factories.OrderFactory(store=order.store))
        with django_assert_num_queries(9):
            assert inspect_now(order.store)["orders.review"] > 0


def inspect_now(store, at=MOMENT + HOUR):
    return ORDER_REVIEWS.look(store, at).figures


def test_clocks_that_the_sweep_leaves_behind_can_t_be_checked(order, monkeypatch):
    """INS-9: unchecked, with the reason."""
    review_due(order)
    monkeypatch.setattr(overdue, "sweep", lambda **_more: None)

    result = inspected(order.store, ORDER_REVIEWS, at=MOMENT + HOUR)

    assert (result.outcome, "the sweep is behind" in result.reason) == ("unchecked", True)


@pytest.mark.django_db(transaction=True)
def test_who_meets_a_clock_waits_for_who_tells_of_it_again():
    """INS-9: so that no alert is opened again over a clock that was met meanwhile."""
    order = factories.OrderFactory(reviewed_at=None)
    review_due(order)
    sweep(at=MOMENT + HOUR)
    reviewer = factories.UserFactory(role=Role.ORDER_REVIEWER, store=order.store)
    alerts.resolve(alert_ids=[Alert.objects.get().pk], actor=reviewer, at=MOMENT + HOUR)
    again = partial(inspect_now, order.store, MOMENT + 2 * HOUR)
    meet = partial(services.reach, Order, [order.pk], reached="reviewed_at", at=MOMENT + 3 * HOUR)

    met = run_while_uncommitted(again, meet)

    assert met == 1
    assert Alert.objects.get().times_reopened == 1
    assert not Alert.objects.open().exists()

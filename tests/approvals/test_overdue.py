"""Requests that are overdue are found by the daily inspection (INS-9)."""

from datetime import timedelta

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.approvals.checks import CARRIED_OUT_WITHIN, DECIDED, UNDECIDED_TOLD_FOR
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.approvals.services.emergency import break_glass, review_emergency
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.approvals.refunds import ask
from tests.factories import MOMENT
from tests.inspection.walked import found, inspected

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Beyond the two days for which a request waits.
LATE = MOMENT + 2 * DAY + HOUR


@pytest.mark.parametrize("has_expired", [True, False])
def test_a_request_that_nobody_decided_on_in_time_is_found(order, clerk, store, has_expired):
    """INS-9: approvals overdue, whether the minute's job has seen it or not."""
    approval = ask(order, clerk)
    assert inspected(store, DECIDED, at=MOMENT + DAY).outcome == "passed"
    if has_expired:
        carrying.expire_approvals(at=LATE)

    result = inspected(store, DECIDED, at=LATE)

    assert (result.outcome, result.figures["undecided"]) == ("findings", 1)
    alert = found(result)[0]
    assert (alert.subject, alert.owner_role) == (approval, approval.roles[0])
    assert alert.evidence["stands"] == "expired"
    assert alert.deadline_at is not None


def test_it_is_found_no_more_once_it_was_filed_anew(order, clerk, store):
    ask(order, clerk)
    carrying.expire_approvals(at=LATE)
    inspected(store, DECIDED, at=LATE)
    ask(order, clerk, at=LATE)

    result = inspected(store, DECIDED, at=LATE + HOUR)

    assert (result.outcome, result.cleared) == ("passed", 1)


def test_it_is_told_of_for_so_many_days(order, clerk, store):
    ask(order, clerk)
    carrying.expire_approvals(at=LATE)

    told_for = timedelta(days=int(UNDECIDED_TOLD_FOR.default))
    assert inspected(store, DECIDED, at=LATE + told_for).outcome == "findings"
    assert inspected(store, DECIDED, at=LATE + told_for + HOUR).outcome == "passed"


def test_what_was_agreed_to_and_is_not_carried_out_is_found(order, clerk, lead, store):
    """INS-9: agreed to is not done."""
    approval = ask(order, clerk)
    decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)
    within = timedelta(minutes=int(CARRIED_OUT_WITHIN.default))
    assert inspected(store, DECIDED, at=MOMENT + within / 2).outcome == "passed"

    result = inspected(store, DECIDED, at=MOMENT + within)

    alert = found(result)[0]
    assert (alert.owner_role, alert.severity) == (Role.ADMINISTRATOR, "critical")
    carrying.carry_out(approval_id=approval.pk, at=MOMENT + HOUR)
    assert inspected(store, DECIDED, at=MOMENT + 2 * HOUR).cleared == 1


def test_a_failed_request_is_found_until_it_is_filed_anew(order, clerk, lead, store):
    """INS-9: the same alert as when it failed."""
    Order.objects.filter(pk=order.pk).update(region="refuses")
    approval = ask(order, clerk)
    decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)
    carrying.carry_out(approval_id=approval.pk, at=MOMENT)

    result = inspected(store, DECIDED, at=MOMENT + HOUR)

    assert [alert.check_code for alert in found(result)] == ["approvals.not_carried_out"]
    ask(order, clerk, at=MOMENT + HOUR)
    assert inspected(store, DECIDED, at=MOMENT + 2 * HOUR).outcome == "passed"


def test_an_emergency_is_found_until_it_is_reviewed(order, clerk, store):
    chief, finance = (
        factories.UserFactory(role=role, store=store)
        for role in (Role.OPERATIONS_LEAD, Role.FINANCE)
    )
    approval = ask(order, clerk)
    break_glass(approval_id=approval.pk, reason="The van leaves", actor=chief, at=MOMENT)
    carrying.carry_out(approval_id=approval.pk, at=MOMENT)

    result = inspected(store, DECIDED, at=MOMENT + 30 * DAY)

    assert (result.outcome, result.figures["reviews_late"]) == ("findings", 1)
    review_emergency(
        approval_id=approval.pk, finding="was right", actor=finance, at=MOMENT + 30 * DAY
    )
    assert inspected(store, DECIDED, at=MOMENT + 30 * DAY + HOUR).outcome == "passed"


def test_another_store_s_requests_count_for_nothing(order, clerk):
    ask(order, clerk)

    assert inspected(factories.StoreFactory(), DECIDED, at=LATE).outcome == "passed"
    assert not Alert.objects.exists()


def test_what_concerns_every_store_is_found_in_each(store):
    factories.ApprovalFactory(store=None, state=Approval.State.PENDING)

    assert inspected(store, DECIDED, at=MOMENT + 30 * DAY).new == 1

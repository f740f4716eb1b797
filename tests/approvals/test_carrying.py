"""Carrying out: once, on the ground that was signed, with the rights that hold now."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from opsdesk.alerts.models import Alert
from opsdesk.approvals import procedure, tasks
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.schedule.services import make_due_slots, run_waiting_slots
from opsdesk.stores.models import Membership, User
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.approvals.refunds import ask
from tests.factories import MOMENT

LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def approved(order, clerk, lead):
    approval = ask(order, clerk)
    return decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)


def carry_out(approval, at=LATER):
    state = carrying.carry_out(approval_id=approval.pk, at=at)
    approval.refresh_from_db()
    return state


def refunds(order):
    return Order.objects.get(pk=order.pk).region


def test_what_is_approved_takes_effect_once(approved, order):
    assert carry_out(approved) == "carried_out"
    assert carry_out(approved) is None

    assert refunds(order) == f"refunded {approved.pk};"
    assert (approved.ended_at, approved.outcome) == (LATER, {"order": order.pk})


def test_what_waits_is_not_carried_out(order, clerk):
    assert carry_out(ask(order, clerk)) is None
    assert refunds(order) == ""


def test_the_decision_tells_the_worker(
    order, clerk, lead, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(
        tasks.carry_out_approval, "apply_async", lambda args, **_options: told.append(args)
    )
    approval = ask(order, clerk)

    with django_capture_on_commit_callbacks(execute=True):
        decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)

    assert told == [(approval.pk,)]


def test_the_job_finds_what_a_lost_hint_left_and_what_ran_out(approved, order, clerk):
    waiting = ask(order, clerk)
    at = waiting.expires_at

    figures = procedure.LOOK_AFTER.run(factories.SlotFactory(), at)

    assert figures == {"expired": 1, "carried_out": 1, "to_review": 0}
    waiting.refresh_from_db()
    assert (waiting.state, waiting.ended_at) == ("expired", at)
    assert procedure.LOOK_AFTER.run(factories.SlotFactory(), at)["expired"] == 0


def test_the_job_is_on_the_schedule(approved, order):
    make_due_slots(at=LATER)
    run_waiting_slots(at=LATER)

    assert refunds(order) == f"refunded {approved.pk};"


def test_ground_that_has_changed_voids_the_request(approved, order):
    Order.objects.filter(pk=order.pk).update(paid_amount=10)

    assert carry_out(approved) == "voided"

    assert approved.why == "changed"
    assert refunds(order) == ""
    assert Alert.objects.get().check_code == "approvals.not_carried_out"


def test_a_subject_that_is_gone_voids_the_request(order, clerk, lead):
    approval = ask(order, clerk)
    order.delete()
    decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)

    assert carry_out(approval) == "voided"


@pytest.mark.parametrize("who", ["clerk", "lead"])
@pytest.mark.parametrize("loses", ["role", "account"])
def test_a_lost_right_voids_the_request(who, loses, approved, order, request):
    """E21: the approver, or the filer, loses the role between decision and effect."""
    person = request.getfixturevalue(who)
    if loses == "role":
        Membership.objects.filter(user=person).delete()
    else:
        User.objects.filter(pk=person.pk).update(is_active=False)

    assert carry_out(approved) == "voided"

    assert approved.why == "rights"
    assert refunds(order) == ""


def test_a_refusal_is_recorded_with_its_reason_and_an_alert(approved, order):
    Order.objects.filter(pk=order.pk).update(region="refuses")

    assert carry_out(approved) == "failed"

    assert (approved.why, approved.note) == ("refused", "The gateway said no to 138****5678.")
    alert = Alert.objects.get()
    assert (alert.severity, alert.owner_role) == ("critical", Role.OPERATIONS_LEAD)
    assert alert.evidence["note"] == approved.note
    assert alert.subject == approved


def test_a_bug_is_recorded_and_stands_in_nobodys_way(approved, order, clerk, lead, store):
    Order.objects.filter(pk=order.pk).update(region="breaks")
    other = factories.OrderFactory(store=store, region="")
    second = ask(other, clerk)
    decide(approval_id=second.pk, verdict="approve", actor=lead, at=MOMENT)

    assert carrying.carry_out_waiting(at=LATER) == 1

    approved.refresh_from_db()
    assert (approved.state, approved.note) == ("failed", "ZeroDivisionError: a bug")
    assert refunds(other) == f"refunded {second.pk};"


def test_a_failure_of_what_concerns_every_store_is_an_alert_in_each(store):
    factories.StoreFactory()
    approval = factories.EmergencyFactory(
        approval=factories.ApprovalFactory(store=None, filer=factories.UserFactory()),
        declared_by=factories.UserFactory(),
    ).approval
    Approval.objects.update(state="approved", decided_at=MOMENT)

    assert carry_out(approval) == "voided"
    assert Alert.objects.filter(check_code="approvals.not_carried_out").count() == 2


def test_a_database_that_goes_away_leaves_the_request_for_the_next_run(approved, order):
    Order.objects.filter(pk=order.pk).update(region="is cut off")

    with pytest.raises(OperationalError):
        carry_out(approved)

    approved.refresh_from_db()
    assert approved.state == "approved"
    Order.objects.filter(pk=order.pk).update(region="")
    assert carry_out(approved) == "carried_out"

"""Two people at once: one decision wins, sums add up, nothing takes effect twice."""

from datetime import timedelta
from functools import partial

import pytest

from opsdesk.alerts.models import Alert
from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.approvals.services import carrying, deciding, ending, filing
from opsdesk.approvals.services.deciding import decide
from opsdesk.approvals.services.emergency import break_glass, review_emergency
from opsdesk.errors import Conflict
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.approvals.refunds import REFUND, ask, request
from tests.concurrency import run_together, run_while_uncommitted, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db(transaction=True)
LATER = MOMENT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _invariants():
    yield
    assert_invariants_hold("approvals.")


def saying(approval, actor, verdict):
    return partial(
        decide, approval_id=approval.pk, verdict=verdict, actor=actor, at=MOMENT, reason="read"
    )


def types(results):
    return sorted(type(result).__name__ for result in results)


def test_of_approve_and_reject_at_once_one_wins_and_the_other_is_told(
    monkeypatch, order, clerk, lead, store
):
    """E21"""
    monkeypatch.setattr(deciding, "voice_of", slowly(deciding.voice_of))
    other = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    approval = ask(order, clerk)

    results = run_together([saying(approval, lead, "approve"), saying(approval, other, "reject")])

    assert types(results) == ["Approval", "Conflict"]
    (late,) = [result for result in results if isinstance(result, Conflict)]
    decision = approval.decisions.get()
    assert late.facts["winner_id"] == decision.decider_id
    assert str(decision.decider) in late.message
    approval.refresh_from_db()
    assert approval.state == {"approve": "approved", "reject": "rejected"}[decision.verdict]


def test_two_voices_given_at_once_are_both_counted(order, clerk, lead, finance):
    """Without the lock each counts only its own, and the request waits for ever."""
    approval = ask(order, clerk, 20_000)

    run_while_uncommitted(saying(approval, lead, "approve"), saying(approval, finance, "approve"))

    approval.refresh_from_db()
    assert approval.state == "approved"


def test_an_edit_while_somebody_approves_leaves_nothing_approved(monkeypatch, order, clerk, lead):
    """E21: whichever comes first, the old words never take effect beside the new ones."""
    monkeypatch.setattr(deciding, "voice_of", slowly(deciding.voice_of))
    monkeypatch.setattr(filing, "end", slowly(filing.end))
    old = ask(order, clerk, 80)
    edit = partial(
        filing.edit_request,
        approval_id=old.pk,
        request=request(order, 90),
        actor=clerk,
        at=MOMENT,
    )

    results = run_together([edit, saying(old, lead, "approve")])

    assert set(types(results)) <= {"Approval", "Conflict"}
    assert carrying.carry_out_waiting(at=LATER) == 0
    old.refresh_from_db()
    assert old.state == "voided"
    assert old.replaced_by.state == "pending"


def test_five_requests_at_once_just_under_a_limit_still_meet_the_next_band(
    monkeypatch, order, clerk
):
    """E21: filings that count together take turns."""
    monkeypatch.setattr(filing, "snapshot_of", slowly(filing.snapshot_of))

    run_together([partial(ask, order, clerk, 450) for _ in range(5)])

    counted = Approval.objects.order_by("counted_amount").values_list("counted_amount", flat=True)
    assert list(counted) == [450, 900, 1350, 1800, 2250]


def test_two_workers_carry_out_once(monkeypatch, order, clerk, lead):
    slow = slowly(REFUND.carry_out, 0.2)
    monkeypatch.setitem(kinds._kinds, REFUND.code, _with(REFUND, carry_out=slow))
    approval = ask(order, clerk)
    decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)
    carry = partial(carrying.carry_out, approval_id=approval.pk, at=LATER)

    results = run_together([carry, carry, carry])

    assert sorted(results, key=str) == [None, None, "carried_out"]
    assert Order.objects.get(pk=order.pk).region == f"refunded {approval.pk};"


def test_a_decision_and_an_emergency_at_once_count_as_one(monkeypatch, order, clerk, lead, store):
    monkeypatch.setattr(ending, "move", slowly(ending.move))
    chief = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    approval = ask(order, clerk)
    emergency = partial(break_glass, approval_id=approval.pk, reason="fire", actor=chief, at=MOMENT)

    results = run_together([emergency, saying(approval, lead, "approve")])

    assert types(results) == ["Approval", "Conflict"]
    assert Emergency.objects.count() + approval.decisions.count() == 1


def test_two_reviews_at_once_count_as_one(order, clerk, store):
    chief = factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    reviewers = [factories.UserFactory(role=Role.FINANCE, store=store) for _ in range(2)]
    approval = ask(order, clerk)
    break_glass(approval_id=approval.pk, reason="fire", actor=chief, at=MOMENT)
    review = partial(review_emergency, approval_id=approval.pk, finding="fine", at=LATER)

    results = run_together([partial(review, actor=person) for person in reviewers])

    assert types(results) == ["Conflict", "Emergency"]
    assert not Alert.objects.open().exists()


def _with(kind, **changes):
    return kinds.Kind(**{**vars(kind), **changes})

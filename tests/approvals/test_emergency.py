"""Breaking the glass: at once, loud, and looked at by somebody else."""

from datetime import timedelta

import pytest

from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert
from opsdesk.approvals import checks
from opsdesk.approvals.services import carrying
from opsdesk.approvals.services.deciding import decide
from opsdesk.approvals.services.emergency import break_glass, review_emergency
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.models import Membership
from opsdesk.stores.roles import Role
from orders.models import Order
from tests import factories
from tests.approvals.refunds import ask
from tests.factories import MOMENT

LATER = MOMENT + timedelta(hours=1)


@pytest.fixture
def chief(store):
    return factories.UserFactory(role=Role.OPERATIONS_LEAD, store=store)


def declare(approval, actor, reason="the carrier leaves in ten minutes"):
    return break_glass(approval_id=approval.pk, reason=reason, actor=actor, at=MOMENT)


def review(approval, actor, finding="was right"):
    return review_emergency(approval_id=approval.pk, finding=finding, actor=actor, at=LATER)


def test_it_takes_effect_before_anybody_agreed_and_raises_the_alarm(order, clerk, chief):
    approval = declare(ask(order, clerk, 50_000), chief)

    assert carrying.carry_out(approval_id=approval.pk, at=LATER) == "carried_out"

    assert Order.objects.get(pk=order.pk).region == f"refunded {approval.pk};"
    alert = Alert.objects.get()
    assert (alert.check_code, alert.severity) == ("approvals.emergency", "critical")
    assert alert.evidence["declared_by"] == str(chief)
    assert alert.deadline_at == approval.emergency.review_due_at


def test_who_filed_may_declare_it_too(order, chief):
    assert declare(ask(order, chief), chief).state == "approved"


def test_it_needs_its_own_right_and_a_reason(order, clerk, lead, chief):
    approval = ask(order, clerk)

    with pytest.raises(NotAllowed):
        declare(approval, lead)
    with pytest.raises(DomainError, match="what the emergency is"):
        declare(approval, chief, reason=" ")
    assert not Alert.objects.exists()


def test_what_has_been_decided_is_no_emergency(order, clerk, lead, chief):
    approval = ask(order, clerk)
    decide(approval_id=approval.pk, verdict="reject", actor=lead, at=MOMENT, reason="no receipt")

    with pytest.raises(Conflict, match=str(lead)):
        declare(approval, chief)


def test_who_decides_after_it_is_told_of_it(order, clerk, lead, chief):
    approval = declare(ask(order, clerk), chief)

    with pytest.raises(Conflict, match=f"{chief} was first and has decided: emergency"):
        decide(approval_id=approval.pk, verdict="approve", actor=lead, at=MOMENT)


def test_it_is_void_when_the_right_is_lost_before_it_takes_effect(order, clerk, chief):
    approval = declare(ask(order, clerk), chief)
    Membership.objects.filter(user=chief).delete()

    assert carrying.carry_out(approval_id=approval.pk, at=LATER) == "voided"


def test_it_is_reviewed_by_the_end_of_the_next_working_day(order, clerk, chief, store):
    """Friday's emergency is reviewed on Monday by six."""
    calendar = factories.WorkCalendarFactory(store=store)
    for weekday in range(5):
        factories.WorkHoursFactory(calendar=calendar, weekday=weekday)
    friday = MOMENT + timedelta(days=4)

    approval = break_glass(
        approval_id=ask(order, clerk, at=friday).pk, reason="fire", actor=chief, at=friday
    )

    due = approval.emergency.review_due_at.astimezone(store.zone)
    assert f"{due:%a %H:%M}" == "Mon 18:00"
    assert due.date() == friday.date() + timedelta(days=3)


def test_the_alert_comes_back_until_somebody_has_reviewed_it(order, clerk, chief, finance):
    approval = declare(ask(order, clerk), chief)
    (alert,) = Alert.objects.all()
    alerts.resolve(alert_ids=[alert.pk], actor=chief, at=MOMENT, note="nothing to see here")

    checks.report_emergencies(at=LATER)
    alert.refresh_from_db()
    assert alert.state == "open"

    reviewed = review(approval, finance)
    assert (reviewed.reviewed_by, reviewed.finding) == (finance, "was right")
    checks.report_emergencies(at=LATER)
    alert.refresh_from_db()
    assert (alert.state, alert.resolution) == ("resolved", "self")


@pytest.mark.parametrize("part", ["filed", "declared"])
def test_nobody_reviews_what_they_had_a_part_in(part, order, clerk, chief, store):
    involved = clerk if part == "filed" else chief
    factories.MembershipFactory(user=involved, store=store, role=Role.ADMINISTRATOR)
    approval = declare(ask(order, clerk), chief)

    with pytest.raises(NotAllowed, match="no part"):
        review(approval, type(involved).objects.get(pk=involved.pk))


def test_it_is_reviewed_once_and_in_words(order, clerk, chief, finance):
    approval = declare(ask(order, clerk), chief)

    with pytest.raises(DomainError, match="what you found"):
        review(approval, finance, " ")
    review(approval, finance)
    with pytest.raises(Conflict):
        review(approval, finance)

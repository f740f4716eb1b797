"""Breaking the glass: at once and by one person, with an alarm, and a review by somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.approvals import checks, tasks
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.approvals.services.ending import conflict, move
from opsdesk.approvals.services.finding import stores_concerned
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.schedule.hints import hint
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.calendars import work_time
from opsdesk.stores.models import Store
from opsdesk.stores.worktime import NoWorkingTime

if TYPE_CHECKING:
    from opsdesk.stores.models import User

BREAK, REVIEW = "approvals.break_glass", "approvals.review_break_glass"


def break_glass(*, approval_id: int, reason: str, actor: User, at: datetime) -> Approval:
    """The request is carried out before anybody agreed; everybody who must know is alarmed.

    Whoever filed it may do this too: it is for when nobody else is there. Somebody else reviews it
    by the end of the next working day. Raises NotAllowed, Conflict. Locks the request.
    """
    reason = privacy.mask_mobiles(reason.strip())[:500]
    if not reason:
        raise DomainError(_("Say what the emergency is."))
    with transaction.atomic():
        approval = Approval.objects.visible_to(actor).locked().get(pk=approval_id)
        if not is_allowed_in(actor, BREAK, approval.store):
            raise NotAllowed(_("You may not declare an emergency here."))
        if approval.state != Approval.State.PENDING or approval.expires_at <= at:
            raise conflict(approval)
        Emergency.objects.create(
            approval=approval,
            declared_by=actor,
            reason=reason,
            at=at,
            review_due_at=_next_working_day_ends(approval, at),
        )
        move(approval, to=Approval.State.APPROVED, decided_at=at)
        checks.report_emergencies(at=at)
        hint(tasks.carry_out_approval, approval.pk)
    return approval


def may_review(emergency: Emergency, actor: User) -> bool:
    """Somebody with the right who neither asked for it nor declared it."""
    approval = emergency.approval
    involved = approval.concerned | {emergency.declared_by_id}
    return actor.pk not in involved and is_allowed_in(actor, REVIEW, approval.store)


def review_emergency(*, approval_id: int, finding: str, actor: User, at: datetime) -> Emergency:
    """What somebody else found is on record, and the alert closes. Raises NotAllowed, Conflict."""
    finding = privacy.mask_mobiles(finding.strip())[:500]
    if not finding:
        raise DomainError(_("Write down what you found."))
    visible = Emergency.objects.visible_to(actor).select_related("approval__store")
    emergency = visible.get(approval=approval_id)
    if not may_review(emergency, actor):
        raise NotAllowed(_("An emergency is reviewed by somebody who had no part in it."))
    with transaction.atomic():
        reviewed = Emergency.objects.to_review().filter(pk=emergency.pk)
        if not reviewed.update(reviewed_by=actor, reviewed_at=at, finding=finding):
            raise Conflict(_("Somebody else has reviewed it already."), approval_id=approval_id)
        checks.report_emergencies(at=at)
    emergency.refresh_from_db()
    return emergency


def _next_working_day_ends(approval: Approval, at: datetime) -> datetime:
    """By the calendar of its store; of the first one if it concerns all."""
    store = approval.store or Store.objects.get(pk=min(stores_concerned(approval)))
    times = work_time(store)
    try:
        return times.end_of(times.add_working_days(store.business_date(at), 1))
    except NoWorkingTime:
        return at + timedelta(days=1)

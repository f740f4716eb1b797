"""Approved requests are carried out, once; those nobody decided on expire."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, transaction

from opsdesk import privacy
from opsdesk.approvals import checks, kinds
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.approvals.services.ending import end
from opsdesk.approvals.services.filing import digest_of, snapshot_of
from opsdesk.approvals.voices import still_counts
from opsdesk.db import lock_name, retrying
from opsdesk.errors import DomainError
from opsdesk.stores.auth import is_allowed_in

if TYPE_CHECKING:
    from opsdesk.approvals.kinds import Kind
    from opsdesk.stores.models import User

logger = logging.getLogger(__name__)
States, Why = Approval.State, Approval.Why


def expire_approvals(*, at: datetime) -> int:
    """Requests whose time is up have expired. Returns how many. Safe to repeat."""
    waiting = Approval.objects.filter(state=States.PENDING, expires_at__lte=at)
    return waiting.update(state=States.EXPIRED, ended_at=at)


def carry_out_waiting(*, at: datetime) -> int:
    """Every approved request is carried out, or ended with its reason. Returns how many were."""
    ids = list(Approval.objects.to_carry_out().order_by("pk").values_list("pk", flat=True))
    return sum(carry_out(approval_id=pk, at=at) == States.CARRIED_OUT for pk in ids)


def carry_out(*, approval_id: int, at: datetime) -> str | None:
    """The request has taken effect, or it says why not and raises an alert.

    Returns its state; None: it does not wait to be carried out (any more), so a second call does
    no harm. Trouble that passes (the database restarts) leaves it for the next run.
    """
    try:
        return retrying(partial(_carry_out, approval_id, at=at))
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("Approval %s failed", approval_id)
        return retrying(partial(_give_up, approval_id, privacy.error_summary(error), at=at))


def _carry_out(approval_id: int, *, at: datetime) -> str | None:
    with transaction.atomic():
        approval = _locked(approval_id)
        if approval is None:
            return None
        kind = kinds.get(approval.kind)
        # Two requests about one thing: the second looks at what the first left.
        lock_name(f"approvals:{kind.code}:{approval.subject_key}")
        why = _why_not(approval, kind, at)
        if why:
            _end_with_alert(approval, States.VOIDED, why, at=at)
            return approval.state
        try:
            with transaction.atomic():
                outcome = kind.carry_out(approval, at)
        except DomainError as refusal:
            note = privacy.mask_mobiles(refusal.message)
            _end_with_alert(approval, States.FAILED, Why.REFUSED, at=at, note=note)
        else:
            end(approval, States.CARRIED_OUT, at=at, outcome=outcome)
    return approval.state


def _give_up(approval_id: int, note: str, *, at: datetime) -> str | None:
    with transaction.atomic():
        approval = _locked(approval_id)
        if approval is None:
            return None
        _end_with_alert(approval, States.FAILED, Why.REFUSED, at=at, note=note)
    return approval.state


def _locked(approval_id: int) -> Approval | None:
    waiting = Approval.objects.to_carry_out().filter(pk=approval_id).select_related("store")
    return waiting.select_related("filer").locked().first()


def _why_not(approval: Approval, kind: Kind, at: datetime) -> str:
    """Rights and ground are looked at again: what was true when it was signed may not be now."""
    if not _rights_hold(approval, kind):
        return Why.RIGHTS
    try:
        now = snapshot_of(kind, approval.asked, at)
    except ObjectDoesNotExist:
        return Why.CHANGED
    return "" if digest_of(now) == approval.digest else Why.CHANGED


def _rights_hold(approval: Approval, kind: Kind) -> bool:
    people = [approval.filer, approval.last_editor] if approval.last_editor else [approval.filer]
    if not all(_may(person, kind.files, approval) for person in people):
        return False
    emergency = Emergency.objects.filter(approval=approval).select_related("declared_by").first()
    if emergency is not None:
        return _may(emergency.declared_by, "approvals.break_glass", approval)
    decisions = approval.decisions.select_related("decider")
    return all(still_counts(decision, approval) for decision in decisions)


def _may(person: User, permission: str, approval: Approval) -> bool:
    return person.is_active and is_allowed_in(person, permission, approval.store)


def _end_with_alert(
    approval: Approval, state: str, why: str, *, at: datetime, note: str = ""
) -> None:
    end(approval, state, at=at, why=why, note=note)
    checks.report_failure(approval, at=at)

"""Deciding: one decision wins, and who comes second is told who was first."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.approvals import tasks
from opsdesk.approvals.models import Approval, ApprovalDecision
from opsdesk.approvals.services.ending import conflict, end, move
from opsdesk.approvals.voices import voice_of
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.schedule.hints import hint

if TYPE_CHECKING:
    from opsdesk.stores.models import User

States, Verdict = Approval.State, ApprovalDecision.Verdict


def decide(
    *, approval_id: int, verdict: str, actor: User, at: datetime, reason: str = ""
) -> Approval:
    """The person's word is on record; with the last voice it needs, the request is approved.

    One rejection rejects it, and needs a reason. An approved request is carried out by the worker.
    Raises NotAllowed, and Conflict when somebody else has decided. Locks the request.
    """
    reason = privacy.mask_mobiles(reason.strip())[:500]
    if verdict == Verdict.REJECT and not reason:
        raise DomainError(_("Say why, so that whoever filed it can do better."))
    return retrying(partial(_decide, approval_id, verdict, actor, reason, at=at))


def _decide(approval_id: int, verdict: str, actor: User, reason: str, *, at: datetime) -> Approval:
    with transaction.atomic():
        approval = Approval.objects.visible_to(actor).locked().get(pk=approval_id)
        if approval.state != States.PENDING or approval.expires_at <= at:
            raise conflict(approval)
        voice = voice_of(actor, approval, at)
        ApprovalDecision.objects.create(
            approval=approval,
            decider=actor,
            on_behalf_of_id=voice.on_behalf_of,
            role=voice.role,
            verdict=verdict,
            reason=reason,
            at=at,
            filer_id=approval.filer_id,
            last_editor_id=approval.last_editor_id,
            beneficiary_id=approval.beneficiary_id,
        )
        if verdict == Verdict.REJECT:
            end(approval, States.REJECTED, at=at, by=actor, decided_at=at)
        elif approval.decisions.count() >= approval.voices:
            move(approval, to=States.APPROVED, decided_at=at)
            hint(tasks.carry_out_approval, approval.pk)
    return approval

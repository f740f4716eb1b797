"""What is to be told to others: written with its cause, and what people decide about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.exchange import tasks
from opsdesk.exchange.models import (
    OutboundAttempt,
    OutboundMessage,
    OutboundMessageQuerySet,
    Target,
)
from opsdesk.schedule.hints import hint
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = OutboundMessage.State
SETTLE = "exchange.settle_outboundmessage"

PARKED = AlertKind(
    code="exchange.messages_parked",
    title=_("Messages can't be delivered"),
    runbook=_(
        "Look at what the target answered, mend its address or key, then send the parked "
        "messages again or cancel them. The alert closes when none is left."
    ),
    evidence={"target": _("target"), "parked": _("parked messages"), "error": _("last error")},
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be: `key` names its cause, and the same cause never sends twice.

    `payload` has `subject` and `text` for targets that tell people. `not_before` holds it back.
    """

    target: Target
    kind: str
    key: str
    payload: dict[str, Any] = field(default_factory=dict)
    recipient: str = ""
    not_before: datetime | None = None


def enqueue_message(draft: Draft, *, at: datetime) -> None:
    """The message leaves once the caller's transaction is committed, and not if it isn't."""
    enqueue_messages([draft], at=at)


def enqueue_messages(drafts: Sequence[Draft], *, at: datetime) -> None:
    """All of them leave once the transaction is committed. One statement, one hint.

    A message whose target and key are known is left as it is, whatever became of it.
    """
    if not drafts:
        return
    with transaction.atomic():
        OutboundMessage.objects.bulk_create(
            [
                OutboundMessage(
                    store_id=draft.target.store_id,
                    target=draft.target,
                    kind=draft.kind,
                    key=draft.key,
                    recipient=draft.recipient,
                    payload=draft.payload,
                    created_at=at,
                    next_at=max(at, draft.not_before or at),
                )
                for draft in drafts
            ],
            ignore_conflicts=True,
        )
        hint(tasks.deliver_messages)


def replay_messages(*, message_ids: Iterable[int], actor: User, at: datetime) -> int:
    """Parked and cancelled messages wait to be sent again, with as many attempts as a new one.

    Returns how many; those in another state, or in stores where the actor may not, are left alone.
    One whose content was removed by now can't come back. Locks the messages, then their targets.
    """
    return _settle(
        message_ids,
        actor=actor,
        at=at,
        rows=OutboundMessage.objects.filter(
            state__in=[State.PARKED, State.CANCELLED], emptied_at=None
        ),
        values={
            "state": State.WAITING,
            "forgiven": F("attempts"),
            "next_at": at,
            "finished_at": None,
            "error": "",
        },
        outcome=OutboundAttempt.Outcome.REPLAYED,
    )


def cancel_messages(*, message_ids: Iterable[int], actor: User, at: datetime) -> int:
    """Messages that wait, or were parked, are not sent any more. Returns how many.

    One that is being sent at this moment is left alone: it may already be there.
    """
    return _settle(
        message_ids,
        actor=actor,
        at=at,
        rows=OutboundMessage.objects.filter(state__in=[State.WAITING, State.UNKNOWN, State.PARKED]),
        values={"state": State.CANCELLED, "finished_at": at},
        outcome=OutboundAttempt.Outcome.CANCELLED,
    )


def _settle(
    message_ids: Iterable[int],
    *,
    actor: User,
    at: datetime,
    rows: OutboundMessageQuerySet,
    values: dict[str, Any],
    outcome: str,
) -> int:
    with transaction.atomic():
        messages = list(
            rows.visible_to(actor)
            .in_stores(actor.stores_allowing(SETTLE))
            .filter(pk__in=list(message_ids))
            .locked()
        )
        OutboundMessage.objects.filter(pk__in=[each.pk for each in messages]).update(**values)
        OutboundAttempt.objects.bulk_create(
            [
                OutboundAttempt(
                    message=each, number=each.attempts, outcome=outcome, at=at, actor=actor
                )
                for each in messages
            ]
        )
        for target_id in sorted({each.target_id for each in messages}):
            review_parked(target_id, at=at)
        if outcome == OutboundAttempt.Outcome.REPLAYED and messages:
            hint(tasks.deliver_messages)
    return len(messages)


def review_parked(target_id: int, *, at: datetime) -> None:
    """The target's alert is open while a message of it is parked, and closed otherwise.

    Called in the transaction that parks or settles, after the messages are written; locks the
    target, so that of two such transactions the second counts what the first has done.
    """
    target = Target.objects.select_for_update(of=("self",)).get(pk=target_id)
    parked = target.messages.filter(state=State.PARKED)
    count = parked.count()
    if not count:
        alerts.close_themselves(
            store_id=target.store_id, check_code=PARKED.code, keys=[str(target.pk)], at=at
        )
        return
    error = parked.order_by("-finished_at", "-pk").values_list("error", flat=True).first()
    alerts.raise_findings(
        store_id=target.store_id,
        check_code=PARKED.code,
        findings=[
            alerts.Finding(
                key=str(target.pk),
                subject_label=str(target)[:120],
                subject_type_id=ContentType.objects.get_for_model(Target).pk,
                subject_id=target.pk,
                owner_role=Role.ADMINISTRATOR,
                severity=Severity.CRITICAL,
                evidence={"target": target.code, "parked": count, "error": error},
            )
        ],
        at=at,
    )

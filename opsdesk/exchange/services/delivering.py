"""Sending what waits: claimed, sent outside every transaction, and recorded."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from opsdesk import http, privacy
from opsdesk.errors import DomainError
from opsdesk.exchange import tasks
from opsdesk.exchange.adapters import registry
from opsdesk.exchange.adapters.registry import Failed, Outgoing
from opsdesk.exchange.models import OutboundAttempt, OutboundMessage, Target
from opsdesk.exchange.numbers import ATTEMPTS
from opsdesk.exchange.services.outbox import review_parked
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure

logger = logging.getLogger(__name__)

State = OutboundMessage.State
Outcome = OutboundAttempt.Outcome

BATCH = 5
# Longer than a batch can take, each message with its time limit: what is still being sent then was
# left by a dead worker.
LEASE = timedelta(minutes=5)
# A worker's stretch, below a task's time limit: then it puts itself at the end of the queue.
STRETCH_SECONDS = 200

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)

BREAKS_AFTER = 5
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=30)

Jitter = Callable[[], float]


@dataclass(frozen=True)
class Tried:
    """How an attempt ended, and how long it took."""

    outcome: str
    milliseconds: int
    status: int | None = None
    detail: str = ""
    retry_after: timedelta | None = None


def pause_after(attempt: int, jitter: float) -> timedelta:
    """How long to wait after that many attempts: doubling, of it a random half (0 ≤ jitter < 1).

    Without chance all that failed together would come back together.
    """
    whole = min(FIRST_PAUSE * 2 ** min(attempt - 1, 16), LONGEST_PAUSE)
    return whole * (0.5 + jitter / 2)


def rest_after(failures: int) -> timedelta:
    """How long a target is left alone that failed so often in a row."""
    return min(FIRST_REST * 2 ** min(failures - BREAKS_AFTER, 16), LONGEST_REST)


def deliver_due(*, at: datetime, jitter: Jitter = random.random) -> dict[str, int]:
    """Every message that is due has been tried once. Returns counts by outcome.

    Two at once share the work: each message is claimed under a row lock that the other skips, and
    sent after the claim is committed. What a dead worker held is sent again when its lease has run
    out, under the same id. A stretch ends before a task must, and asks for the next one.
    """
    started = time.monotonic()
    counts: dict[str, int] = {}
    while True:
        passed = time.monotonic() - started
        if passed > STRETCH_SECONDS:
            hint(tasks.deliver_messages)
            return counts
        moment = at + timedelta(seconds=passed)
        claimed = _claim(at=moment)
        if claimed is None:
            return counts
        for message in claimed:
            outcome = _deliver(message, at=moment, jitter=jitter)
            counts[outcome] = counts.get(outcome, 0) + 1


def resume_delivery(*, at: datetime) -> bool:
    """Whether something is due; then a worker is told.

    For a job every minute: it finds what a lost hint or a killed worker left. The tick sends
    nothing itself, since a slow receiver would hold up the clocks.
    """
    is_due = OutboundMessage.objects.due(at).exists()
    if is_due:
        hint(tasks.deliver_messages)
    return is_due


def _claim(*, at: datetime) -> list[OutboundMessage] | None:
    """Messages for this worker alone; None where nothing is due.

    Committed before anything is sent, so that an attempt that kills its worker counts.
    """
    with transaction.atomic():
        found = list(
            OutboundMessage.objects.due(at)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("target", "store")
            .order_by("next_at", "pk")[:BATCH]
        )
        if not found:
            return None
        mine = _living(_that_may_go(found, at=at), at=at)
        OutboundMessage.objects.filter(pk__in=[each.pk for each in mine]).update(
            state=State.SENDING, lease_until=at + LEASE, attempts=F("attempts") + 1
        )
    for each in mine:
        each.attempts += 1
    return mine


def _living(claimed: list[OutboundMessage], *, at: datetime) -> list[OutboundMessage]:
    """All but those whose workers died each time: they are parked like what fails each time."""
    left = [each for each in claimed if each.state == State.SENDING]
    OutboundAttempt.objects.bulk_create(
        [
            OutboundAttempt(message=each, number=each.attempts, outcome=Outcome.LOST, at=at)
            for each in left
        ]
    )
    poison = [each for each in left if _is_exhausted(each, at=at)]
    OutboundMessage.objects.filter(pk__in=[each.pk for each in poison]).update(
        state=State.PARKED,
        lease_until=None,
        finished_at=at,
        error=Outcome.LOST.value,
    )
    for target_id in sorted({each.target_id for each in poison}):
        review_parked(target_id, at=at)
    return [each for each in claimed if each not in poison]


def _is_exhausted(message: OutboundMessage, *, at: datetime) -> bool:
    most = procedure.value_of(ATTEMPTS.key, store=message.store, at=at)
    return message.attempts - message.forgiven >= most


def _that_may_go(found: list[OutboundMessage], *, at: datetime) -> list[OutboundMessage]:
    """All but those of a target that is being tried: there one message goes ahead.

    It is the one whose guarded update moves the rest on: the next finds it moved.
    """

    def may_go(target: Target) -> bool:
        if target.failures_in_row < BREAKS_AFTER:
            return True
        unmoved = Target.objects.filter(pk=target.pk, open_until=target.open_until)
        rest = max(rest_after(target.failures_in_row), LEASE)
        return bool(unmoved.update(open_until=at + rest))

    return [message for message in found if may_go(message.target)]


def _deliver(message: OutboundMessage, *, at: datetime, jitter: Jitter) -> str:
    tried = _try(message, at=at)
    logger.info("Message %s, attempt %s: %s", message.pk, message.attempts, tried.outcome)
    _record(message, tried, at=at, jitter=jitter)
    return tried.outcome


def _try(message: OutboundMessage, *, at: datetime) -> Tried:
    """Send it, outside every transaction: a slow receiver holds no lock and no snapshot."""
    started = time.monotonic()

    def tried(outcome: str, detail: str = "", status: int | None = None) -> Tried:
        milliseconds = int((time.monotonic() - started) * 1000)
        return Tried(outcome, milliseconds, status, privacy.mask_mobiles(detail)[:500])

    try:
        adapter = registry.get(message.target.adapter)
        receipt = adapter.send(_outgoing(message, adapter, at=at))
    except http.OutcomeUnknown as error:
        return tried(Outcome.UNKNOWN, str(error))
    except Failed as error:
        failed = tried(Outcome.FAILED, str(error), error.status)
        return Tried(
            failed.outcome, failed.milliseconds, failed.status, failed.detail, error.retry_after
        )
    except (http.NotSent, DomainError, registry.UnknownAdapter) as error:
        return tried(Outcome.FAILED, str(error))
    except Exception as error:
        # A defect of an adapter says nothing about what the receiver has.
        logger.exception("Message %s", message.pk)
        return tried(Outcome.UNKNOWN, privacy.error_summary(error))
    return tried(Outcome.SENT, receipt.detail, receipt.status)


def _outgoing(message: OutboundMessage, adapter: registry.Adapter, *, at: datetime) -> Outgoing:
    target = message.target
    return Outgoing(
        address=target.address or adapter.base,
        token=target.token,
        secret=target.secret,
        recipient=message.recipient,
        payload=message.payload,
        public_id=message.public_id,
        at=at,
    )


def _record(message: OutboundMessage, tried: Tried, *, at: datetime, jitter: Jitter) -> None:
    """What became of the attempt, unless the lease ran out and another worker has it by now."""
    ended = at + timedelta(milliseconds=tried.milliseconds)
    after = _next_state(message, tried, at=ended, jitter=jitter)
    error = "" if tried.outcome == Outcome.SENT else tried.detail
    with transaction.atomic():
        held = OutboundMessage.objects.filter(
            pk=message.pk, state=State.SENDING, attempts=message.attempts
        )
        if not held.update(lease_until=None, error=error, **after):
            return
        OutboundAttempt.objects.create(
            message=message,
            number=message.attempts,
            outcome=tried.outcome,
            at=ended,
            milliseconds=tried.milliseconds,
            status=tried.status,
            detail=tried.detail,
        )
        judge_target(message.target_id, tried.outcome == Outcome.SENT, at=ended)
        if after["state"] == State.PARKED:
            review_parked(message.target_id, at=ended)


def _next_state(
    message: OutboundMessage, tried: Tried, *, at: datetime, jitter: Jitter
) -> dict[str, object]:
    if tried.outcome == Outcome.SENT:
        return {"state": State.SENT, "finished_at": at}
    if _is_exhausted(message, at=at):
        return {"state": State.PARKED, "finished_at": at}
    made = message.attempts - message.forgiven
    pause = max(pause_after(made, jitter()), tried.retry_after or timedelta(0))
    state = State.UNKNOWN if tried.outcome == Outcome.UNKNOWN else State.WAITING
    return {"state": state, "next_at": at + pause}


def judge_target(target_id: int, works: bool, *, at: datetime) -> None:
    """A target that works is trusted again at once; one that keeps failing is left alone."""
    row = Target.objects.filter(pk=target_id)
    if works:
        row.exclude(failures_in_row=0, open_until=None).update(failures_in_row=0, open_until=None)
        return
    target = row.select_for_update(of=("self",)).get()
    target.failures_in_row += 1
    if target.failures_in_row >= BREAKS_AFTER:
        target.open_until = at + rest_after(target.failures_in_row)
    target.save(update_fields=["failures_in_row", "open_until"])

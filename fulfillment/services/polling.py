"""Sources that don't push are asked what became of parcels, fairly and not too often (FUL-7).

An answer is stored as it came and worked on like a push, so what both tell is kept once.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from fulfillment import tasks
from fulfillment.models import Parcel, ParcelPoll
from fulfillment.tracking.asking import CODES
from opsdesk import http, privacy
from opsdesk.errors import DomainError
from opsdesk.exchange.adapters import registry
from opsdesk.exchange.adapters.registry import Failed, Heard, Outgoing, Refusal
from opsdesk.exchange.problems import BadValue
from opsdesk.exchange.services import inbox
from opsdesk.exchange.services.delivering import judge_target, pause_after
from opsdesk.schedule.hints import hint
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

logger = logging.getLogger(__name__)

Jitter = Callable[[], float]

# Of each store's carriers so many in a round, and so many rounds as fit into a stretch.
EACH, BATCH = 2, 10
# Longer than a batch can take, each question with its time limits.
LEASE = timedelta(minutes=6)
STRETCH_SECONDS = 200
# A parcel without news is asked for after this part of the time that it has been silent.
PATIENCE = 4

EVERY = Setting(
    key="fulfillment.poll_every",
    clause="FUL-7",
    title=_("A source is asked of the same parcel at most every"),
    default=Decimal(2 * 60),
    unit=Unit.MINUTES,
    # Kuaidi100 locks numbers that are asked for more often.
    minimum=Decimal(30),
    maximum=Decimal(7 * 24 * 60),
)
AT_LEAST = Setting(
    key="fulfillment.poll_at_least",
    clause="FUL-7",
    title=_("A source is asked of a parcel at least every"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(30),
    maximum=Decimal(30 * 24 * 60),
)
QUIET = Setting(
    key="fulfillment.poll_after_push",
    clause="FUL-7",
    title=_("After pushed news a parcel is not asked for during"),
    default=Decimal(12 * 60),
    unit=Unit.MINUTES,
    maximum=Decimal(30 * 24 * 60),
)
ATTEMPTS = Setting(
    key="fulfillment.poll_attempts",
    clause="FUL-7",
    title=_("A parcel is given up by a source that failed so often in a row"),
    default=Decimal(8),
    unit=Unit.TIMES,
    minimum=Decimal(1),
    maximum=Decimal(100),
)
LONGEST = Setting(
    key="fulfillment.poll_days",
    clause="FUL-7",
    title=_("Sources are asked of a parcel for"),
    default=Decimal(60),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
)
SETTINGS = (EVERY, AT_LEAST, QUIET, ATTEMPTS, LONGEST)


@dataclass(frozen=True)
class Pace:
    """How often a store's sources are asked."""

    every: timedelta
    at_least: timedelta
    quiet: timedelta
    attempts: int
    longest: timedelta

    @classmethod
    def of(cls, store: Store, at: datetime) -> Pace:
        numbers = procedure.numbers_of(
            [setting.key for setting in SETTINGS], store=store, channel=None, at=at
        )
        every, at_least, quiet, attempts, days = (
            float(numbers[setting.key].value) for setting in SETTINGS
        )
        return cls(
            timedelta(minutes=every),
            timedelta(minutes=max(every, at_least)),
            timedelta(minutes=quiet),
            int(attempts),
            timedelta(days=days),
        )

    def pause(self, silent: timedelta) -> timedelta:
        """Until the next question about a parcel that has been silent for so long."""
        return min(max(self.every, silent / PATIENCE), self.at_least)


_ENROL = """
INSERT INTO fulfillment_parcelpoll AS known (
    parcel_id, target_id, carrier_id, next_at, attempts, error, reference
)
SELECT p.id, t.id, p.carrier_id, greatest(p.handed_over_at + %(every)s, %(at)s), 0, '', ''
FROM exchange_target t
JOIN fulfillment_parcel p ON p.store_id = t.store_id AND p.state = 'handed_over'
JOIN fulfillment_carrier c ON c.id = p.carrier_id
    AND CASE t.adapter WHEN 'kuaidi100-query' THEN c.kuaidi100_code
             WHEN 'easypost-query' THEN c.easypost_code ELSE '' END <> ''
WHERE t.store_id = %(store)s AND t.is_active AND t.adapter = ANY(%(adapters)s)
  AND p.handed_over_at > %(since)s
  AND NOT EXISTS (
      SELECT FROM fulfillment_parcelpoll o
      WHERE o.parcel_id = p.id AND o.target_id = t.id
        AND (o.next_at IS NOT NULL OR o.parked_at IS NOT NULL)
  )
ORDER BY p.id, t.id
ON CONFLICT (parcel_id, target_id) DO UPDATE SET next_at = excluded.next_at, attempts = 0
WHERE known.next_at IS NULL AND known.parked_at IS NULL
"""


def enrol(store: Store, *, at: datetime) -> int:
    """Each parcel under way is asked for where the store has such a source. Returns how many new.

    One statement; a re-run writes nothing. A parcel that is under way again is asked for again.
    """
    pace = Pace.of(store, at)
    values: dict[str, Any] = {
        "store": store.pk,
        "at": at,
        "every": pace.every,
        "since": at - pace.longest,
        "adapters": list(CODES),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENROL, values)
        return cursor.rowcount


# Each store's carriers have their turn, whoever has many parcels; what another worker claims at
# this moment is left to it.
_CLAIM = """
UPDATE fulfillment_parcelpoll poll
SET lease_until = %(lease)s, attempts = poll.attempts + 1
FROM (
    SELECT o.id FROM exchange_target t
    JOIN fulfillment_carrier c ON c.store_id = t.store_id
    CROSS JOIN LATERAL (
        SELECT id, next_at FROM fulfillment_parcelpoll
        WHERE target_id = t.id AND carrier_id = c.id AND next_at <= %(at)s
          AND (lease_until IS NULL OR lease_until <= %(at)s)
        ORDER BY next_at, id LIMIT %(each)s
        FOR UPDATE SKIP LOCKED
    ) o
    WHERE t.is_active AND t.adapter = ANY(%(adapters)s)
      AND (t.open_until IS NULL OR t.open_until <= %(at)s)
    ORDER BY row_number() OVER (PARTITION BY t.store_id ORDER BY o.next_at, o.id), o.next_at, o.id
    LIMIT %(batch)s
) mine
WHERE poll.id = mine.id
RETURNING poll.id
"""


def poll_due(*, at: datetime, jitter: Jitter = random.random) -> dict[str, int]:
    """Every parcel that is due was asked for once. Returns counts by outcome.

    Two at once share the work. A question is asked outside every transaction, after its claim is
    committed; what a dead worker held is asked again when its lease has run out. A stretch ends
    before a task must, and asks for the next one.
    """
    started = time.monotonic()
    counts: dict[str, int] = {}
    while True:
        passed = time.monotonic() - started
        if passed > STRETCH_SECONDS:
            hint(tasks.poll_parcels)
            return counts
        moment = at + timedelta(seconds=passed)
        claimed = claim(at=moment)
        if not claimed:
            return counts
        for poll in claimed:
            outcome = _poll(poll, at=moment, jitter=jitter)
            counts[outcome] = counts.get(outcome, 0) + 1


def claim(*, at: datetime) -> list[ParcelPoll]:
    """Questions that are this worker's alone until their lease runs out."""
    values: dict[str, Any] = {
        "at": at,
        "lease": at + LEASE,
        "each": EACH,
        "batch": BATCH,
        "adapters": list(CODES),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = ParcelPoll.objects.filter(pk__in=ids).order_by("next_at", "pk")
    return list(rows.select_related("parcel__store", "parcel__progress", "target", "carrier"))


def _poll(poll: ParcelPoll, *, at: datetime, jitter: Jitter) -> str:
    """`heard`, `nothing`, `refused`, `failed`, or `over` where there is nothing to ask any more."""
    pace = Pace.of(poll.parcel.store, at)
    if not _is_to_be_asked(poll, at - pace.longest):
        _settle(poll, next_at=None, attempts=0)
        return "over"
    try:
        heard = _ask(poll, at=at)
    except Failed as error:
        outcome = "refused" if isinstance(error, Refusal) else "failed"
        _fail(poll, outcome, str(error), pace, at=at, jitter=jitter, asked=error.retry_after)
        return outcome
    except (
        http.NotSent,
        http.OutcomeUnknown,
        DomainError,
        BadValue,
        registry.UnknownAdapter,
    ) as error:
        _fail(poll, "failed", str(error), pace, at=at, jitter=jitter)
        return "failed"
    except Exception as error:
        # A defect of an adapter must not stop the others' questions.
        logger.exception("Question %s", poll.pk)
        _fail(poll, "failed", privacy.error_summary(error), pace, at=at, jitter=jitter)
        return "failed"
    return _take(poll, heard, pace, at=at, jitter=jitter)


def _is_to_be_asked(poll: ParcelPoll, since: datetime) -> bool:
    """Under way, not for ages, and the source still has a name for its carrier."""
    left = poll.parcel.handed_over_at
    is_under_way = poll.parcel.state == Parcel.State.HANDED_OVER and left and left > since
    return bool(is_under_way and getattr(poll.carrier, CODES[poll.target.adapter]))


def _ask(poll: ParcelPoll, *, at: datetime) -> Heard:
    """What the source says, outside every transaction."""
    target = poll.target
    adapter = registry.get(target.adapter)
    assert adapter.ask is not None
    payload = {
        "carrier": getattr(poll.carrier, CODES[target.adapter]),
        "waybill": poll.parcel.waybill,
        "reference": poll.reference,
    }
    return adapter.ask(
        Outgoing(
            address=target.address or adapter.base,
            token=target.token,
            secret=target.secret,
            recipient="",
            payload=payload,
            public_id=uuid4(),
            at=at,
        )
    )


@transaction.atomic
def _take(poll: ParcelPoll, heard: Heard, pace: Pace, *, at: datetime, jitter: Jitter) -> str:
    """The answer is in the inbox, once however often it is given, and the next question set."""
    silent = at - _heard_at(poll.parcel)
    spread = 1 + jitter() / 10
    values: dict[str, Any] = {"next_at": at + pace.pause(silent) * spread, "attempts": 0}
    if heard.reference:
        values["reference"] = heard.reference
    if not _settle(poll, asked_at=at, error="", **values):
        return "lost"
    judge_target(poll.target_id, works=True, at=at)
    if not heard.body:
        return "nothing"
    inbox.receive_delivery(
        store=poll.parcel.store,
        source=poll.target.adapter,
        delivery_id=_delivery_id(poll, heard.body),
        headers={"content-type": "application/json"},
        body=heard.body,
        at=at,
    )
    return "heard"


def _delivery_id(poll: ParcelPoll, body: bytes) -> str:
    """The same answer about the same parcel is the same delivery."""
    told = f"{poll.parcel_id}\0".encode() + body
    return f"poll:{hashlib.sha256(told).hexdigest()}"


def _heard_at(parcel: Parcel) -> datetime:
    assert parcel.handed_over_at is not None
    progress = getattr(parcel, "progress", None)
    return max(progress.news_at, parcel.handed_over_at) if progress else parcel.handed_over_at


@transaction.atomic
def _fail(
    poll: ParcelPoll,
    outcome: str,
    error: str,
    pace: Pace,
    *,
    at: datetime,
    jitter: Jitter,
    asked: timedelta | None = None,
) -> None:
    """Later again; given up after so many times. Another parcel's question waits for none of it."""
    words = privacy.mask_mobiles(error)[:300]
    if poll.attempts >= pace.attempts:
        kept = _settle(poll, asked_at=at, error=words, next_at=None, parked_at=at)
    else:
        pause = max(pause_after(poll.attempts, jitter()), asked or timedelta(0))
        kept = _settle(poll, asked_at=at, error=words, next_at=at + pause)
    if kept:
        judge_target(poll.target_id, works=outcome == "refused", at=at)


def _settle(poll: ParcelPoll, **values: Any) -> bool:
    """Only who holds the lease says how it went. False: another worker has it by now."""
    mine = ParcelPoll.objects.filter(pk=poll.pk, lease_until=poll.lease_until)
    return bool(mine.update(lease_until=None, **values))


def put_off(parcel_ids: Collection[int], *, store: Store, at: datetime) -> None:
    """Of these parcels news were pushed just now: nobody needs to be asked of them for a while."""
    open_ones = ParcelPoll.objects.open().filter(parcel__in=list(parcel_ids))
    if not parcel_ids or not open_ones.exists():
        return
    until = at + Pace.of(store, at).quiet
    open_ones.filter(next_at__lt=until).update(next_at=until)


def ask_soon(
    parcel_ids: Sequence[int], *, store: Store, at: datetime, also_given_up: bool = True
) -> int:
    """Sources are asked of these parcels at the next opportunity, also those that gave up.

    Never sooner after the last question than the number says: sources lock who asks more often.
    Returns how many questions that are.
    """
    rows = ParcelPoll.objects.filter(
        parcel__in=list(parcel_ids), parcel__state=Parcel.State.HANDED_OVER
    )
    if not also_given_up:
        rows = rows.open()
    asked = Coalesce(F("asked_at") + Value(Pace.of(store, at).every), Value(at))
    return rows.update(
        next_at=Greatest(asked, Value(at)),
        attempts=0,
        parked_at=None,
        error="",
        lease_until=None,
    )

"""Deliveries: stored as they come, worked on by a handler, parked when that keeps failing."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk import privacy
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Severity
from opsdesk.exchange import tasks
from opsdesk.exchange.models import InboundDelivery, InboundDeliveryQuerySet
from opsdesk.schedule.hints import hint
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.stores.models import User

logger = logging.getLogger(__name__)

State = InboundDelivery.State
SETTLE = "exchange.settle_inbounddelivery"

MOST_ATTEMPTS = 3
# As long as a task may run: what is still being worked on then was left by a dead worker.
LEASE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
# A worker's stretch, below a task's time limit.
STRETCH_SECONDS = 240
# What a handler may want of a request's headers; cookies and keys are none of it.
KEPT_HEADERS = ("content-type", "user-agent")

PARKED = AlertKind(
    code="exchange.deliveries_parked",
    title=_("Deliveries can't be worked on"),
    runbook=_(
        "Read the error of the parked deliveries and mend its cause, then work them again, or "
        "discard what nobody needs. The alert closes when none is left."
    ),
    evidence={
        "source": pgettext_lazy("of data", "source"),
        "parked": _("parked deliveries"),
        "error": _("last error"),
    },
)


@dataclass(frozen=True)
class Handler:
    """What is done with deliveries of a source.

    `run` is called in a transaction that also settles the delivery: both happen, or neither. It
    must not send anything itself; messages are enqueued. It answers `IGNORED` for what concerns
    nobody here. `headers` names what else it reads, in lower case.
    """

    source: str
    run: Callable[[InboundDelivery, datetime], State | None]
    headers: tuple[str, ...] = ()


class UnknownSource(LookupError):
    """No app registers a handler for this source."""


_handlers: dict[str, Handler] = {}


def register(*handlers: Handler) -> None:
    for handler in handlers:
        known = _handlers.setdefault(handler.source, handler)
        if known != handler:
            raise ValueError(f"Two handlers are registered for {handler.source}.")


def handler_of(source: str) -> Handler:
    try:
        return _handlers[source]
    except KeyError as error:
        raise UnknownSource(f"Nobody handles deliveries of {source}.") from error


def all_sources() -> list[str]:
    return sorted(_handlers)


@dataclass(frozen=True, slots=True)
class Received:
    """`is_new` is False for a copy of what is there: its sender is told that all is well."""

    delivery_id: int
    is_new: bool


# The losing one of two copies waits for the other's commit and then inserts nothing; what is there
# is never touched, so that a copy can't set a settled delivery back.
_STORE = """
INSERT INTO exchange_inbounddelivery (
    store_id, source, delivery_id, headers, body, size, sha256, received_at, state, attempts,
    next_at, lease_until, error, finished_at, decided_by_id
) VALUES (
    %(store)s, %(source)s, %(delivery_id)s, %(headers)s, %(body)s, %(size)s, %(sha256)s, %(at)s,
    'waiting', 0, %(at)s, NULL, '', NULL, NULL
)
ON CONFLICT (store_id, source, delivery_id) DO NOTHING
RETURNING id
"""


def receive_delivery(
    *,
    store: Store,
    source: str,
    delivery_id: str,
    headers: Mapping[str, str],
    body: bytes,
    at: datetime,
) -> Received:
    """The delivery is stored as it came, once, and the worker is told after the commit.

    Nothing in it is looked at yet, so nothing in it can fail. Raises UnknownSource.
    """
    kept = {*KEPT_HEADERS, *handler_of(source).headers}
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _STORE,
                {
                    "store": store.pk,
                    "source": source,
                    "delivery_id": delivery_id,
                    "headers": orjson.dumps(
                        {n.lower(): v for n, v in headers.items() if n.lower() in kept}
                    ).decode(),
                    "body": body,
                    "size": len(body),
                    "sha256": hashlib.sha256(body).hexdigest(),
                    "at": at,
                },
            )
            made = cursor.fetchone()
        if made:
            hint(tasks.process_delivery, made[0])
            return Received(made[0], is_new=True)
    known = InboundDelivery.objects.get(store=store, source=source, delivery_id=delivery_id)
    return Received(known.pk, is_new=False)


def resume_processing(*, at: datetime) -> bool:
    """Whether a delivery is due; then a worker is told. For a job every minute."""
    is_due = InboundDelivery.objects.due(at).exists()
    if is_due:
        hint(tasks.process_deliveries)
    return is_due


def process_waiting(*, at: datetime) -> dict[str, int]:
    """Every delivery that is due has been worked on. Returns counts by state.

    A stretch ends before a task must, and asks for the next one.
    """
    counts: dict[str, int] = {}
    until = time.monotonic() + STRETCH_SECONDS
    due = InboundDelivery.objects.due(at).order_by("next_at", "pk").values_list("pk", flat=True)
    for pk in list(due):
        if time.monotonic() > until:
            hint(tasks.process_deliveries)
            break
        state = process_delivery(pk, at=at)
        if state:
            counts[state] = counts.get(state, 0) + 1
    return counts


def process_delivery(delivery_id: int, *, at: datetime) -> str | None:
    """The delivery's handler has run, once, whoever else tries. None: nothing was to do.

    A handler that raises is tried again by later runs, three times in all; then the delivery is
    parked with an alert, and the others go on.
    """
    claimed = (
        InboundDelivery.objects.due(at)
        .filter(pk=delivery_id)
        .update(state=State.WORKING, lease_until=at + LEASE, attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    delivery = InboundDelivery.objects.select_related("store").get(pk=delivery_id)
    if delivery.attempts > MOST_ATTEMPTS:
        return _fail(delivery, str(_("Its worker died each time.")), at=at)
    try:
        return _work(delivery, at=at)
    except SoftTimeLimitExceeded as error:
        _fail(delivery, privacy.error_summary(error), at=at)
        raise
    except Exception as error:
        logger.exception("Delivery %s failed", delivery.pk)
        return _fail(delivery, privacy.error_summary(error), at=at)


def _work(delivery: InboundDelivery, *, at: datetime) -> str | None:
    with transaction.atomic():
        if not _leave(delivery, State.DONE, finished_at=at, error=""):
            return None
        ended = handler_of(delivery.source).run(delivery, at) or State.DONE
        if ended != State.DONE:
            InboundDelivery.objects.filter(pk=delivery.pk).update(state=ended)
    return ended


def _leave(delivery: InboundDelivery, state: str, **fields: Any) -> bool:
    """Only the holder of the lease may say how it ended. False: another worker has it by now."""
    mine = InboundDelivery.objects.filter(
        pk=delivery.pk, state=State.WORKING, attempts=delivery.attempts
    )
    return bool(mine.update(state=state, lease_until=None, **fields))


def _fail(delivery: InboundDelivery, error: str, *, at: datetime) -> str:
    text = error[:500]
    if delivery.attempts < MOST_ATTEMPTS:
        _leave(delivery, State.WAITING, error=text, next_at=at + PAUSE * delivery.attempts)
        return State.WAITING
    with transaction.atomic():
        if _leave(delivery, State.PARKED, finished_at=at, error=text):
            review_parked(delivery.store_id, delivery.source, at=at)
    return State.PARKED


def replay_deliveries(*, delivery_ids: Iterable[int], actor: User, at: datetime) -> int:
    """Parked, discarded and ignored deliveries wait to be worked on again. Returns how many.

    What was done is not done again; one whose body was removed by now can't be. Those in stores
    where the actor may not are left alone.
    """
    return _settle(
        delivery_ids,
        actor=actor,
        at=at,
        rows=InboundDelivery.objects.filter(
            state__in=[State.PARKED, State.DISCARDED, State.IGNORED], body__isnull=False
        ),
        values={"state": State.WAITING, "attempts": 0, "next_at": at, "finished_at": None},
    )


def discard_deliveries(*, delivery_ids: Iterable[int], actor: User, at: datetime) -> int:
    """Parked deliveries are not worked on any more. Returns how many."""
    return _settle(
        delivery_ids,
        actor=actor,
        at=at,
        rows=InboundDelivery.objects.filter(state=State.PARKED),
        values={"state": State.DISCARDED, "finished_at": at},
    )


def _settle(
    delivery_ids: Iterable[int],
    *,
    actor: User,
    at: datetime,
    rows: InboundDeliveryQuerySet,
    values: dict[str, Any],
) -> int:
    with transaction.atomic():
        deliveries = list(
            rows.visible_to(actor)
            .in_stores(actor.stores_allowing(SETTLE))
            .filter(pk__in=list(delivery_ids))
            .select_for_update(of=("self",))
            .order_by("pk")
            .only("store_id", "source")
        )
        ids = [each.pk for each in deliveries]
        InboundDelivery.objects.filter(pk__in=ids).update(decided_by=actor, **values)
        for store_id, source in sorted({(each.store_id, each.source) for each in deliveries}):
            review_parked(store_id, source, at=at)
        if values["state"] == State.WAITING:
            for pk in ids:
                hint(tasks.process_delivery, pk)
    return len(ids)


def review_parked(store_id: int, source: str, *, at: datetime) -> None:
    """The alert of this source is open while a delivery of it is parked, and closed otherwise.

    In the transaction that parks or settles; the store is locked against a second such one.
    """
    Store.objects.select_for_update(of=("self",), no_key=True).get(pk=store_id)
    parked = InboundDelivery.objects.filter(store=store_id, source=source, state=State.PARKED)
    count = parked.count()
    if not count:
        alerts.close_themselves(store_id=store_id, check_code=PARKED.code, keys=[source], at=at)
        return
    error = parked.order_by("-finished_at", "-pk").values_list("error", flat=True).first()
    alerts.raise_findings(
        store_id=store_id,
        check_code=PARKED.code,
        findings=[
            alerts.Finding(
                key=source,
                subject_label=source,
                owner_role=Role.ADMINISTRATOR,
                severity=Severity.CRITICAL,
                evidence={"source": source, "parked": count, "error": error},
            )
        ],
        at=at,
    )

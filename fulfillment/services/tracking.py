"""Tracking events are stored once, and parcels are where they say (FUL-7).

Where a parcel is follows from the set of its events, never from the order in which they came.
Locks are taken in this order: orders by id, parcels by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.services.handling import require_right
from fulfillment.models import Parcel, ParcelOrder, TrackingEvent
from fulfillment.models.tracking import DECISIVE, MOVING, ORDER
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit
from orders.models import Order
from orders.services import lifecycle

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

BATCH = 5_000
TELL = "fulfillment.tell_trackingevent"

AHEAD = Setting(
    key="fulfillment.tracking_ahead",
    clause="FUL-7",
    title=gettext_lazy("A carrier's clock may be ahead of ours by"),
    default=Decimal(10),
    unit=Unit.MINUTES,
    maximum=Decimal(24 * 60),
)
BEFORE = Setting(
    key="fulfillment.tracking_before",
    clause="FUL-7",
    title=gettext_lazy("Events count from so long before the parcel was packed"),
    default=Decimal(3),
    unit=Unit.DAYS,
    maximum=Decimal(60),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A carrier's word on a parcel: its own time, our state, its own words and code.

    `received_at` is when we were told, where that was not just now.
    """

    at: datetime
    state: str
    text: str = ""
    place: str = ""
    code: str = ""
    received_at: datetime | None = None

    @property
    def digest(self) -> UUID:
        """The same for the same word, whoever passes it on."""
        told = "\0".join((self.state, self.text, self.place, self.code))
        return UUID(bytes=blake2b(told.encode(), digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class Stored:
    """How many events were news, and the parcels that have any."""

    news: int
    parcel_ids: tuple[int, ...]


def store_events(
    events: Iterable[tuple[int, Seen]], *, store: Store, source: str, at: datetime
) -> Stored:
    """Each event is stored once, and parcels and orders are where their events say (FUL-7).

    `events` are (parcel id, event) of one store. What is dated ahead of its time, or from before
    the parcel was, is stored with a mark. Each five thousand commit on their own, where no
    transaction of the caller's is open; a repeat does no harm. Locks orders, then parcels.
    """
    news, parcels = 0, set[int]()
    # By parcel, so that batches of two callers lock in the same order.
    told = sorted(events, key=lambda one: one[0])
    for first in range(0, len(told), BATCH):
        batch = told[first : first + BATCH]
        stored = retrying(partial(_store, batch, store, source=source, at=at))
        news += stored.news
        parcels.update(stored.parcel_ids)
    return Stored(news, tuple(sorted(parcels)))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one event: `stored` or `known`, and the mark it bears."""

    outcome: str
    mark: str


@dataclass(frozen=True, slots=True)
class Told:
    """What became of events of a parcel, in their order, and the parcel's state afterwards."""

    state: str
    taken: list[Taken]


@transaction.atomic
def tell_events(
    *, parcel_id: int, events: Sequence[Seen], source: str, actor: User | None, at: datetime
) -> Told:
    """As `store_events`, of one parcel, for somebody who may tell it of parcels of its warehouse.

    Raises NotAllowed, DomainError for moments that can't be. Locks the orders, then the parcel.
    """
    events = [replace(seen, at=_believable(seen.at)) for seen in events]
    parcel = Parcel.objects.select_related("warehouse", "store").get(pk=parcel_id)
    require_right(TELL, parcel.warehouse, actor)
    hold([parcel_id])
    known = set(TrackingEvent.objects.filter(parcel=parcel_id).values_list("at", "digest"))
    told = [(parcel_id, seen) for seen in events]
    store_events(told, store=parcel.store, source=source, at=at)
    stored = TrackingEvent.objects.filter(parcel=parcel_id)
    marks = {(row.at, row.digest): row.mark for row in stored.only("at", "digest", "mark")}
    taken = []
    for seen in events:
        key = (seen.at, seen.digest)
        taken.append(Taken("known" if key in known else "stored", marks[key]))
        known.add(key)
    parcel.refresh_from_db(fields=["state"])
    return Told(parcel.state, taken)


def _believable(moment: datetime) -> datetime:
    """In UTC: offsets may be written that no place on earth has. Raises DomainError."""
    if not 1990 <= moment.year <= 9000:
        raise DomainError(_("“%(value)s” can't be right.") % {"value": moment.isoformat()})
    return moment.astimezone(UTC)


_INSERT = """
WITH told AS (
    SELECT * FROM json_to_recordset(%(events)s) AS e (
        parcel_id bigint, at timestamptz, state text, text text, place text, code text,
        received_at timestamptz, digest uuid
    )
), stored AS (
    INSERT INTO fulfillment_trackingevent (
        parcel_id, at, state, text, place, code, source, mark, received_at, digest
    )
    SELECT t.parcel_id, t.at, t.state, t.text, t.place, t.code, %(source)s,
        CASE WHEN t.at > t.received_at + %(ahead)s THEN 'early'
             WHEN t.at < p.opened_at - %(before)s THEN 'before' ELSE '' END,
        t.received_at, t.digest
    FROM told t JOIN fulfillment_parcel p ON p.id = t.parcel_id AND p.store_id = %(store)s
    ORDER BY t.parcel_id, t.at, t.digest
    ON CONFLICT (parcel_id, at, digest) DO NOTHING
    RETURNING parcel_id
)
SELECT parcel_id, count(*) FROM stored GROUP BY parcel_id
"""


@transaction.atomic
def _store(batch: Sequence[tuple[int, Seen]], store: Store, *, source: str, at: datetime) -> Stored:
    held = hold(sorted({parcel_id for parcel_id, _seen in batch}))
    numbers = procedure.numbers_of([AHEAD.key, BEFORE.key], store=store, channel=None, at=at)
    rows = [
        {
            "parcel_id": parcel_id,
            "at": seen.at,
            "state": str(seen.state),
            "text": seen.text,
            "place": seen.place,
            "code": seen.code,
            "received_at": seen.received_at or at,
            "digest": seen.digest,
        }
        for parcel_id, seen in batch
        if parcel_id in held
    ]
    parameters: dict[str, Any] = {
        "events": orjson.dumps(rows).decode(),
        "store": store.pk,
        "source": source,
        "ahead": timedelta(minutes=float(numbers[AHEAD.key].value)),
        "before": timedelta(days=float(numbers[BEFORE.key].value)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
        counts = dict(cursor.fetchall())
    follow(sorted(counts), at=at)
    return Stored(sum(counts.values()), tuple(sorted(counts)))


def hold(parcel_ids: Sequence[int]) -> set[int]:
    """The parcels that are there, locked after their orders, until the transaction ends."""
    orders = ParcelOrder.objects.filter(parcel__in=list(parcel_ids)).values("order")
    list(Order.objects.filter(pk__in=orders).locked().values_list("pk", flat=True))
    parcels = Parcel.objects.filter(pk__in=list(parcel_ids))
    return set(parcels.locked().values_list("pk", flat=True))


# A failed attempt that two sources tell is one attempt.
_FOLLOW = """
WITH counting AS (
    SELECT e.parcel_id, e.at, e.state, e.text, e.place, e.digest
    FROM fulfillment_trackingevent e
    WHERE e.parcel_id = ANY(%(parcels)s)
      AND e.mark <> 'before' AND (e.mark <> 'early' OR e.at <= %(at)s)
), deciding AS (
    SELECT DISTINCT ON (parcel_id) parcel_id, state, at, text, place
    FROM counting
    ORDER BY parcel_id, state = ANY(%(decisive)s) DESC, at DESC,
        array_position(%(order)s, state::text) DESC, digest DESC
), sums AS (
    SELECT parcel_id, max(at) AS news_at,
        min(at) FILTER (WHERE state = ANY(%(moving)s)) AS moved_at,
        min(at) FILTER (WHERE state = 'delivered') AS delivered_at,
        min(at) FILTER (WHERE state = 'damaged') AS damaged_at,
        count(DISTINCT at) FILTER (WHERE state = 'failed_attempt') AS failures
    FROM counting GROUP BY parcel_id
)
INSERT INTO fulfillment_parcelprogress AS known (
    parcel_id, state, event_at, text, place, news_at, moved_at, delivered_at,
    damaged_at, failures
)
SELECT parcel_id, d.state, d.at, d.text, d.place, s.news_at, s.moved_at, s.delivered_at,
    s.damaged_at, s.failures
FROM deciding d JOIN sums s USING (parcel_id)
ORDER BY parcel_id
ON CONFLICT (parcel_id) DO UPDATE
SET state = excluded.state, event_at = excluded.event_at, text = excluded.text,
    place = excluded.place, news_at = excluded.news_at, moved_at = excluded.moved_at,
    delivered_at = excluded.delivered_at, damaged_at = excluded.damaged_at,
    failures = excluded.failures
"""

# A parcel that is still here is not moved: its carrier's word counts once it was handed over.
_MOVE = """
UPDATE fulfillment_parcel p
SET state = now.state, ended_at = now.ended_at, version = p.version + 1
FROM (
    SELECT parcel_id,
        CASE WHEN state IN ('delivered', 'returned', 'lost') THEN state
             ELSE 'handed_over' END AS state,
        CASE WHEN state = 'delivered' THEN delivered_at
             WHEN state IN ('returned', 'lost') THEN event_at END AS ended_at
    FROM fulfillment_parcelprogress WHERE parcel_id = ANY(%(parcels)s)
) now
WHERE p.id = now.parcel_id AND p.state = ANY(%(gone)s)
  AND (p.state, p.ended_at) IS DISTINCT FROM (now.state, now.ended_at)
"""

# An order has arrived with the last of its parcels.
_ARRIVED = """
SELECT po.order_id, max(greatest(g.delivered_at, o.shipped_at))
FROM fulfillment_parcelorder po
JOIN orders_order o ON o.id = po.order_id AND o.fulfilment_state = 'shipped'
JOIN fulfillment_parcel p ON p.id = po.parcel_id AND p.state <> 'cancelled'
LEFT JOIN fulfillment_parcelprogress g ON g.parcel_id = p.id
WHERE po.order_id IN (
    SELECT order_id FROM fulfillment_parcelorder WHERE parcel_id = ANY(%(parcels)s)
)
GROUP BY po.order_id
HAVING bool_and(g.delivered_at IS NOT NULL AND p.handed_over_at IS NOT NULL)
"""


def follow(parcel_ids: Sequence[int], *, at: datetime) -> None:
    """The parcels and their orders are where the events say. The caller holds their locks."""
    if not parcel_ids:
        return
    parameters: dict[str, Any] = {
        "parcels": list(parcel_ids),
        "at": at,
        "decisive": [str(state) for state in DECISIVE],
        "order": list(ORDER),
        "moving": list(MOVING),
        "gone": [str(state) for state in Parcel.GONE],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, parameters)
        cursor.execute(_MOVE, parameters)
        cursor.execute(_ARRIVED, parameters)
        arrived = dict(cursor.fetchall())
    lifecycle.deliver_orders(order_ids=sorted(arrived), actor=None, at=at, arrived=arrived)


def early_parcels(at: datetime) -> Iterator[int]:
    """Parcels with an event that was dated ahead, and whose time has come since the last look."""
    with connection.cursor() as cursor:
        cursor.execute(_RIPE, {"at": at})
        yield from (pk for (pk,) in cursor.fetchall())


_RIPE = """
SELECT DISTINCT e.parcel_id
FROM fulfillment_trackingevent e
LEFT JOIN fulfillment_parcelprogress g ON g.parcel_id = e.parcel_id
WHERE e.mark = 'early' AND e.at <= %(at)s AND (g.news_at IS NULL OR g.news_at < e.at)
ORDER BY e.parcel_id
"""


def follow_ripe(*, at: datetime) -> int:
    """What was dated ahead of its time counts once that has come. Returns how many parcels."""
    ripe = list(early_parcels(at))
    for first in range(0, len(ripe), BATCH):
        retrying(partial(_follow_held, ripe[first : first + BATCH], at=at))
    return len(ripe)


@transaction.atomic
def _follow_held(parcel_ids: Sequence[int], *, at: datetime) -> None:
    follow(sorted(hold(parcel_ids)), at=at)

"""News of waybills reach the parcels that bear them, whichever of the two was first (FUL-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import orjson
from django.db import connection, transaction

from fulfillment.models import Parcel, Source, TrackingEvent, WaitingEvent
from fulfillment.services import tracking
from fulfillment.services.tracking import Seen, Stored
from fulfillment.waybills import folded
from opsdesk.db import retrying
from opsdesk.stores.models import Store

# What a source calls the carrier `c`; where nobody entered that, our own code for it will do.
_CALLED = """
CASE %(source)s
    WHEN 'kuaidi100' THEN coalesce(nullif(lower(c.kuaidi100_code), ''), c.code)
    WHEN 'easypost' THEN coalesce(nullif(lower(c.easypost_code), ''), c.code)
    ELSE c.code END
"""


@dataclass(frozen=True, slots=True)
class News:
    """All that a source says of one waybill; `carrier` is what the source calls the carrier.

    `asked_as` is the carrier under which it was asked for, where the source found another one to
    be right: our parcel may still bear that one.
    """

    carrier: str
    waybill: str
    events: tuple[Seen, ...]
    asked_as: str = ""

    @property
    def names(self) -> list[tuple[str, str]]:
        """(carrier, waybill) as our parcel may be known, the likelier first."""
        carriers = dict.fromkeys(
            [self.carrier.lower(), self.asked_as.lower() or self.carrier.lower()]
        )
        return [(carrier, folded(self.waybill)) for carrier in carriers]


def take_news(news: Sequence[News], *, store: Store, source: str, at: datetime) -> Stored:
    """Events of known parcels are stored; those of unknown waybills wait for their parcel."""
    parcels = _parcels_of(news, store=store, source=source)
    known, unknown = [], []
    for each in news:
        parcel_id = next((parcels[name] for name in each.names if name in parcels), None)
        if parcel_id is None:
            unknown.append(each)
        else:
            known += [(parcel_id, seen) for seen in each.events]
    keep_waiting(unknown, store=store, source=source, at=at)
    return tracking.store_events(known, store=store, source=source, at=at)


_FIND = f"""
SELECT w.carrier, w.waybill, p.id
FROM json_to_recordset(%(waybills)s) AS w (carrier text, waybill text)
JOIN fulfillment_parcel p ON p.waybill = w.waybill AND p.state <> 'cancelled'
JOIN fulfillment_carrier c ON c.id = p.carrier_id AND {_CALLED} = w.carrier
WHERE p.store_id = %(store)s
"""


def _parcels_of(news: Sequence[News], *, store: Store, source: str) -> dict[tuple[str, str], int]:
    """(carrier as the source calls it, waybill) → parcel."""
    waybills = {name for each in news for name in each.names}
    told = [{"carrier": carrier, "waybill": waybill} for carrier, waybill in sorted(waybills)]
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            {"waybills": orjson.dumps(told).decode(), "store": store.pk, "source": source},
        )
        return {(carrier, waybill): pk for carrier, waybill, pk in cursor.fetchall()}


def keep_waiting(news: Sequence[News], *, store: Store, source: str, at: datetime) -> None:
    """Events of waybills that no parcel bears are kept, each once, until one does."""
    WaitingEvent.objects.bulk_create(
        [
            WaitingEvent(
                store=store,
                source=source,
                carrier=each.carrier.lower()[:60],
                waybill=folded(each.waybill)[:60],
                at=seen.at,
                state=seen.state,
                text=seen.text,
                place=seen.place,
                code=seen.code,
                received_at=at,
                digest=seen.digest,
            )
            for each in news
            for seen in each.events
        ],
        ignore_conflicts=True,
        batch_size=tracking.BATCH,
    )


_MATCH = f"""
SELECT w.id, p.id, w.at, w.state, w.text, w.place, w.code, w.received_at
FROM fulfillment_waitingevent w
JOIN fulfillment_parcel p
    ON p.waybill = w.waybill AND p.store_id = w.store_id AND p.state <> 'cancelled'
JOIN fulfillment_carrier c ON c.id = p.carrier_id AND {_CALLED} = w.carrier
WHERE w.store_id = %(store)s AND w.source = %(source)s
  AND (%(parcels)s::bigint[] IS NULL OR p.id = ANY(%(parcels)s::bigint[]))
ORDER BY w.id LIMIT %(most)s
"""


def take_in_waiting(*, store: Store, at: datetime, parcel_ids: Sequence[int] | None = None) -> int:
    """What waited for parcels that are there by now is theirs. Returns how many events moved.

    Locks orders, then parcels. Each batch commits on its own, unless the caller has a transaction.
    """
    moved = 0
    for source in Source.values:
        work = partial(_take_in, store, source, parcel_ids, at=at)
        while count := retrying(work):
            moved += count
    return moved


@transaction.atomic
def _take_in(store: Store, source: str, parcel_ids: Sequence[int] | None, *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _MATCH,
            {
                "store": store.pk,
                "source": source,
                "parcels": list(parcel_ids) if parcel_ids is not None else None,
                "most": tracking.BATCH,
            },
        )
        rows = cursor.fetchall()
    events = [(parcel_id, Seen(*seen)) for _pk, parcel_id, *seen in rows]
    tracking.store_events(events, store=store, source=source, at=at)
    WaitingEvent.objects.filter(pk__in=[row[0] for row in rows]).delete()
    return len(rows)


IS_KNOWN = "leaving_was_tracked(%(ids)s::bigint[])"


def take_in_departed(parcel_ids: Sequence[int], at: datetime) -> None:
    """Parcels that leave are at once where their carriers say. The caller holds the locks."""
    ids = list(parcel_ids)
    leaving = Parcel.objects.filter(pk__in=ids)
    told = WaitingEvent.objects.filter(waybill__in=leaving.values("waybill"))
    for store in Store.objects.filter(pk__in=told.values("store")):
        take_in_waiting(store=store, at=at, parcel_ids=ids)
    known = TrackingEvent.objects.filter(parcel__in=ids).values_list("parcel", flat=True)
    tracking.follow(sorted(set(known)), at=at)


def stores_waiting() -> list[int]:
    """Stores with events that wait for a parcel."""
    return list(WaitingEvent.objects.order_by("store").values_list("store", flat=True).distinct())

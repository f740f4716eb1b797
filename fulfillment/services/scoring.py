"""How reliable carriers are, by what became of their parcels (FUL-5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from fulfillment.intervals import Share
from fulfillment.models import CarrierScore
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot
    from opsdesk.stores.models import Store

PICK_UP_WITHIN = Setting(
    key="fulfillment.pick_up_within",
    clause="FUL-5",
    title=_("Carriers take packed parcels over within"),
    default=Decimal(24 * 60),
    unit=Unit.MINUTES,
    minimum=Decimal(1),
)
LOOKS_BACK = Setting(
    key="fulfillment.carrier_score_days",
    clause="FUL-5",
    title=_("A carrier is judged by its parcels of the last"),
    default=Decimal(92),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(1_100),
)
SMALL_SAMPLE = Setting(
    key="fulfillment.carrier_score_sample",
    clause="FUL-5",
    title=_("A carrier's rates say little below so many parcels"),
    default=Decimal(30),
    unit=Unit.PIECES,
    maximum=Decimal(100_000),
)
COUNTS = (
    "parcels",
    "picked_up",
    "picked_up_in_time",
    "judged",
    "on_time",
    "settled",
    "damaged",
    "lost",
    "complained",
)
# How long ago a month may be and its parcels still be under way.
_UNSETTLED = timedelta(days=70)

# One pass over the parcels of a store that left within a month. A parcel that is still under way
# is judged once it is late. What its carrier's scans say goes before what was written here. Damage
# is what the carrier or a customer says, of parcels of which that is known by now; a complaint,
# that a customer has not received it.
_SCORES = """
INSERT INTO fulfillment_carrierscore (
    service_id, month, parcels, picked_up, picked_up_in_time, judged, on_time, settled,
    damaged, lost, complained, computed_at
)
SELECT service_id, %(month)s, count(*), count(picked_at),
    count(*) FILTER (WHERE picked_at - packed_at <= %(pick_up)s * interval '1 minute'),
    count(*) FILTER (WHERE due IS NOT NULL AND (arrived IS NOT NULL OR is_over OR due < %(at)s)),
    count(*) FILTER (WHERE arrived <= due),
    count(*) FILTER (WHERE state <> 'handed_over' OR is_damaged),
    count(*) FILTER (WHERE is_damaged), count(*) FILTER (WHERE state = 'lost'),
    count(*) FILTER (WHERE is_complained), %(at)s
FROM (
    SELECT p.service_id, p.state, p.packed_at,
        coalesce(g.moved_at, p.handed_over_at) AS picked_at,
        coalesce(r.deliver_by, r.expected_by) AS due,
        CASE WHEN p.state = 'delivered' THEN coalesce(g.delivered_at, p.ended_at) END AS arrived,
        p.state IN ('returned', 'lost') AS is_over,
        EXISTS (
            SELECT FROM fulfillment_parcelcase c WHERE c.parcel_id = p.id AND c.kind = 'damaged'
        ) AS is_damaged,
        EXISTS (
            SELECT FROM fulfillment_parcelcase c
            WHERE c.parcel_id = p.id AND c.kind = 'not_received'
        ) AS is_complained
    FROM fulfillment_parcel p
    LEFT JOIN fulfillment_parcelprogress g ON g.parcel_id = p.id
    LEFT JOIN fulfillment_parcelpromise r ON r.parcel_id = p.id
    WHERE p.store_id = %(store)s AND p.service_id IS NOT NULL
      AND p.state IN ('handed_over', 'delivered', 'returned', 'lost')
      AND p.handed_over_at >= %(start)s AND p.handed_over_at < %(end)s
) told
GROUP BY service_id
ON CONFLICT (service_id, month) DO UPDATE SET
    parcels = excluded.parcels, picked_up = excluded.picked_up,
    picked_up_in_time = excluded.picked_up_in_time, judged = excluded.judged,
    on_time = excluded.on_time, settled = excluded.settled, damaged = excluded.damaged,
    lost = excluded.lost, complained = excluded.complained, computed_at = excluded.computed_at
"""


@dataclass(frozen=True)
class Score:
    """What became of a service's parcels, of one month or of several together."""

    parcels: int = 0
    picked_up: int = 0
    picked_up_in_time: int = 0
    judged: int = 0
    on_time: int = 0
    settled: int = 0
    damaged: int = 0
    lost: int = 0
    complained: int = 0

    @property
    def pick_up(self) -> Share:
        return Share(self.picked_up_in_time, self.picked_up)

    @property
    def punctual(self) -> Share:
        return Share(self.on_time, self.judged)

    @property
    def damage(self) -> Share:
        return Share(self.damaged, self.settled)

    @property
    def loss(self) -> Share:
        return Share(self.lost, self.parcels)

    @property
    def complaint(self) -> Share:
        return Share(self.complained, self.parcels)


def rebuild(store: Store, *, month: date, at: datetime) -> int:
    """The month's scores of the store are worked out anew from its parcels. Returns how many.

    Months are of the store's own calendar. Services without parcels in it have no row. Safe to
    repeat, and at once: each row is written whole.
    """
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    pick_up = procedure.value_of(PICK_UP_WITHIN.key, store=store, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            _SCORES,
            {
                "store": store.pk,
                "month": first,
                "start": store.midnight(first),
                "end": store.midnight(after),
                "pick_up": pick_up,
                "at": at,
            },
        )
        written = cursor.rowcount
        stale = CarrierScore.objects.filter(service__carrier__store=store, month=first)
        stale.filter(computed_at__lt=at).delete()
    return written


def refresh(store: Store, *, at: datetime) -> int:
    """The months in which parcels may still be under way are worked out anew."""
    last = store.business_date(at).replace(day=1)
    month = store.business_date(at - _UNSETTLED).replace(day=1)
    written = 0
    while month <= last:
        written += rebuild(store, month=month, at=at)
        month = (month + timedelta(days=32)).replace(day=1)
    return written


def scores_of(service_ids: Iterable[int], *, since: date) -> dict[int, Score]:
    """Service id → its score of the months from that day's on. One query."""
    rows = CarrierScore.objects.filter(
        service__in=list(service_ids), month__gte=since.replace(day=1)
    ).values_list("service_id")
    summed = rows.annotate(*(Sum(name) for name in COUNTS)).order_by()
    return {service: Score(*counts) for service, *counts in summed}


def scores_of_carriers(carrier_ids: Iterable[int], *, until: date) -> dict[int, Score]:
    """Carrier id → the score of all its services in the last three months. One query."""
    since = (until.replace(day=1) - timedelta(days=62)).replace(day=1)
    rows = CarrierScore.objects.filter(
        service__carrier__in=list(carrier_ids), month__gte=since
    ).values_list("service__carrier")
    summed = rows.annotate(*(Sum(name) for name in COUNTS)).order_by()
    return {carrier: Score(*counts) for carrier, *counts in summed}


def _refresh(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    return {"scores": refresh(slot.store, at=at)}


JOB = Job(
    "fulfillment.score_carriers",
    _("Carriers are scored by their parcels"),
    _refresh,
    daily_at=time(2, 20),
)
SETTINGS = (PICK_UP_WITHIN, LOOKS_BACK, SMALL_SAMPLE)

"""How long lanes take, worked out every night; what follows for a parcel's arrival (FUL-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from fulfillment.models import LaneTime, Parcel
from opsdesk.db import lock_name
from opsdesk.schedule.jobs import Job
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

BATCH = 5_000

LOOKS_BACK = Setting(
    key="fulfillment.lane_days",
    clause="FUL-7",
    title=_("A lane's times are those of parcels that left in the last"),
    default=Decimal(92),
    unit=Unit.DAYS,
    minimum=Decimal(7),
    maximum=Decimal(366),
)
SAMPLE = Setting(
    key="fulfillment.lane_sample",
    clause="FUL-7",
    title=_("A lane's times count from so many delivered parcels on"),
    default=Decimal(30),
    unit=Unit.PIECES,
    minimum=Decimal(1),
    maximum=Decimal(100_000),
)
SETTINGS = (LOOKS_BACK, SAMPLE)

# One pass over the parcels of the store that left in that time and arrived, each with the longest
# time between two of its events, from the hand-over on. Lanes and services at once.
_LANES = """
INSERT INTO fulfillment_lanetime AS known (
    service_id, warehouse_id, region, parcels, median_hours, p90_hours, silence_hours, computed_at
)
SELECT service_id, warehouse_id, coalesce(region, ''), count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY hours),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY hours),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY silence),
    %(at)s
FROM (
    SELECT p.service_id, p.warehouse_id, left(coalesce(r.region, ''), 2) AS region,
        extract(epoch FROM g.delivered_at - p.handed_over_at) / 3600 AS hours,
        coalesce(s.silence, extract(epoch FROM g.delivered_at - p.handed_over_at) / 3600)
            AS silence
    FROM fulfillment_parcel p
    JOIN fulfillment_parcelprogress g ON g.parcel_id = p.id AND g.delivered_at > p.handed_over_at
    LEFT JOIN fulfillment_parcelpromise r ON r.parcel_id = p.id
    LEFT JOIN LATERAL (
        SELECT max(extract(epoch FROM gap)) / 3600 AS silence
        FROM (
            SELECT e.at - lag(e.at, 1, p.handed_over_at) OVER (ORDER BY e.at) AS gap
            FROM fulfillment_trackingevent e
            WHERE e.parcel_id = p.id AND e.mark = ''
              AND e.at >= p.handed_over_at AND e.at <= g.delivered_at
        ) gaps
    ) s ON true
    WHERE p.store_id = %(store)s AND p.state = 'delivered' AND p.service_id IS NOT NULL
      AND p.warehouse_id IN (SELECT id FROM catalog_warehouse WHERE store_id = %(store)s)
      AND p.handed_over_at >= %(since)s AND p.handed_over_at < %(at)s
) told
GROUP BY GROUPING SETS ((service_id, warehouse_id, region), (service_id))
HAVING grouping(warehouse_id) = 1 OR region <> ''
ON CONFLICT (service_id, warehouse_id, region) DO UPDATE SET
    parcels = excluded.parcels, median_hours = excluded.median_hours,
    p90_hours = excluded.p90_hours, silence_hours = excluded.silence_hours,
    computed_at = excluded.computed_at
"""

# Of the last moment of a promised day the day counts, not the midnight after it.
_EXPECT = """
INSERT INTO fulfillment_parceleta AS known (parcel_id, earliest, latest, basis, sample)
SELECT p.id,
    coalesce(p.handed_over_at + n.median_hours * interval '1 hour', d.due),
    coalesce(p.handed_over_at + n.p90_hours * interval '1 hour', d.due),
    CASE WHEN lane.id IS NOT NULL THEN 'lane' WHEN service.id IS NOT NULL THEN 'service'
         ELSE 'promise' END,
    coalesce(n.parcels, 0)
FROM fulfillment_parcel p
LEFT JOIN fulfillment_parcelpromise r ON r.parcel_id = p.id
LEFT JOIN fulfillment_lanetime lane ON lane.service_id = p.service_id
    AND lane.warehouse_id = p.warehouse_id AND lane.region = left(r.region, 2)
    AND lane.parcels >= %(sample)s
LEFT JOIN fulfillment_lanetime service ON service.service_id = p.service_id
    AND service.warehouse_id IS NULL AND service.parcels >= %(sample)s
CROSS JOIN LATERAL (
    SELECT coalesce(lane.median_hours, service.median_hours) AS median_hours,
        coalesce(lane.p90_hours, service.p90_hours) AS p90_hours,
        coalesce(lane.parcels, service.parcels) AS parcels
) n
CROSS JOIN LATERAL (
    SELECT CASE WHEN coalesce(r.expected_by, r.deliver_by) IS NOT NULL THEN greatest(
        coalesce(r.expected_by - interval '1 second', r.deliver_by), p.handed_over_at
    ) END AS due
) d
WHERE p.id = ANY(%(parcels)s) AND p.store_id = %(store)s AND p.handed_over_at IS NOT NULL
  AND (n.parcels IS NOT NULL OR d.due IS NOT NULL)
ORDER BY p.id
ON CONFLICT (parcel_id) DO UPDATE SET
    earliest = excluded.earliest, latest = excluded.latest, basis = excluded.basis,
    sample = excluded.sample
WHERE (known.earliest, known.latest, known.basis, known.sample)
    IS DISTINCT FROM (excluded.earliest, excluded.latest, excluded.basis, excluded.sample)
"""


def rebuild(store: Store, *, at: datetime) -> int:
    """The lanes of the store are what its parcels of late say. Returns how many. Safe to repeat.

    Two statements, however many parcels. Whoever rebuilds holds the store's name of lanes.
    """
    days = procedure.value_of(LOOKS_BACK.key, store=store, at=at)
    values: dict[str, Any] = {
        "store": store.pk,
        "at": at,
        "since": at - timedelta(days=float(days)),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        lock_name(f"fulfillment.lanes:{store.pk}")
        cursor.execute(_LANES, values)
        written = cursor.rowcount
        mine = LaneTime.objects.filter(service__carrier__store=store)
        mine.filter(computed_at__lt=at).delete()
    return written


def expect_parcels(parcel_ids: Sequence[int], *, store: Store, at: datetime) -> int:
    """It is on record when these parcels are expected, as far as anything says so.

    Returns how many that changed. One statement; a re-run writes nothing.
    """
    sample = procedure.value_of(SAMPLE.key, store=store, at=at)
    values: dict[str, Any] = {"parcels": list(parcel_ids), "store": store.pk, "sample": sample}
    with connection.cursor() as cursor:
        cursor.execute(_EXPECT, values)
        return cursor.rowcount


def expect_under_way(store: Store, *, at: datetime) -> int:
    """What is under way is expected as the lanes are known by now. Returns how many changed."""
    changed, last = 0, 0
    under_way = Parcel.objects.under_way().filter(store=store).order_by("pk")
    while ids := list(under_way.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        changed += expect_parcels(ids, store=store, at=at)
        last = ids[-1]
    return changed


def _rebuild(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    lanes = rebuild(slot.store, at=at)
    return {"lanes": lanes, "expected": expect_under_way(slot.store, at=at)}


JOB = Job(
    "fulfillment.time_lanes",
    _("How long lanes take is worked out"),
    _rebuild,
    daily_at=time(2, 40),
)

"""How many orders left late, were delivered late, were missed or short (FUL-2, FUL-4).

Days are the store's business days. Late is what left after its clock to ship was due; an order
without such a clock is not counted. Delivered late is what came after what was promised at
purchase: to the moment, and by calendar day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Count, Q

from fulfillment.models import ShipmentMiss
from fulfillment.services.late_risks import RULE
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

OVER_HOURS = 48
CENT = Decimal("0.01")

# A parcel says who carried it and from where; orders from elsewhere have none.
_SHIPPED = """
SELECT o.id, o.channel_id, o.paid_at, o.shipped_at,
       (o.shipped_at AT TIME ZONE %(zone)s)::date AS day, c.is_late, c.is_late IS NOT NULL AS timed
FROM orders_order o
LEFT JOIN LATERAL (
    SELECT bool_or(d.met_at > d.due_at) AS is_late FROM deadlines_deadline d
    WHERE d.subject_type_id = %(type)s AND d.subject_id = o.id AND d.rule = %(rule)s
      AND d.state = 'met'
) c ON true
WHERE o.store_id = %(store)s AND o.shipped_at >= %(start)s AND o.shipped_at < %(end)s
  AND o.fulfilment_state <> 'not_tracked'
"""
_TOTALS = f"""
SELECT count(*) AS shipped, count(*) FILTER (WHERE timed) AS timed,
       count(*) FILTER (WHERE is_late) AS late,
       count(*) FILTER (WHERE shipped_at > paid_at + make_interval(hours => %(hours)s))
           AS over_hours
FROM ({_SHIPPED}) s
"""
_DAYS = f"""
SELECT day, count(*) FILTER (WHERE timed), count(*) FILTER (WHERE is_late)
FROM ({_SHIPPED}) s GROUP BY day ORDER BY day
"""
_DELIVERED = """
SELECT count(*) FILTER (WHERE o.fulfilment_state = 'delivered') AS delivered,
       count(*) FILTER (WHERE o.delivered_at > o.deliver_by) AS delivered_late,
       count(*) FILTER (WHERE (o.delivered_at AT TIME ZONE %(zone)s)::date
                            > (o.deliver_by AT TIME ZONE %(zone)s)::date) AS delivered_late_by_day
FROM orders_order o
WHERE o.store_id = %(store)s AND o.delivered_at >= %(start)s AND o.delivered_at < %(end)s
"""
_GROUPS = {
    "channel": "JOIN stores_channel n ON n.id = s.channel_id",
    "warehouse": "JOIN first_parcel p ON p.order_id = s.id"
    " JOIN catalog_warehouse n ON n.id = p.warehouse_id",
    "carrier": "JOIN first_parcel p ON p.order_id = s.id"
    " JOIN fulfillment_carrier n ON n.id = p.carrier_id",
}
_PARTS = """
WITH shipped AS ({shipped}), first_parcel AS (
    SELECT DISTINCT ON (po.order_id) po.order_id, p.warehouse_id, p.carrier_id
    FROM fulfillment_parcelorder po
    JOIN fulfillment_parcel p ON p.id = po.parcel_id AND p.handed_over_at IS NOT NULL
    WHERE po.order_id IN (SELECT id FROM shipped)
    ORDER BY po.order_id, p.id
)
SELECT n.name, count(*) FILTER (WHERE s.timed), count(*) FILTER (WHERE s.is_late)
FROM shipped s {named}
GROUP BY n.name HAVING count(*) FILTER (WHERE s.timed) > 0 ORDER BY n.name
"""


def rate(late: int, of: int) -> Decimal | None:
    """Percent with two decimals, half up; None of nothing."""
    return (Decimal(late * 100) / of).quantize(CENT, ROUND_HALF_UP) if of else None


def figures(
    store: Store, first: date, last: date, *, over_hours: int = OVER_HOURS
) -> dict[str, Any]:
    """The totals of these business days. Three queries."""
    facts = _facts(store, first, last) | {"hours": over_hours}
    sums = _row(_TOTALS, facts) | _row(_DELIVERED, facts)
    misses = ShipmentMiss.objects.filter(store=store, day__range=(first, last)).aggregate(
        missed=Count("pk", filter=Q(kind="missed")), short=Count("pk", filter=Q(kind="short"))
    )
    late_rate = rate(sums["late"], sums.pop("timed"))
    return {**sums, **misses, "late_rate": None if late_rate is None else str(late_rate)}


def by_day(store: Store, first: date, last: date) -> list[tuple[date, int, int]]:
    """(day, orders that left with a clock, of them late), each day once. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, _facts(store, first, last))
        found = {day: (timed, late) for day, timed, late in cursor.fetchall()}
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, *found.get(day, (0, 0))) for day in days]


def by_part(store: Store, first: date, last: date) -> dict[str, list[tuple[str, int, int]]]:
    """Of each channel, warehouse and carrier: its name, what left, what was late. Three queries."""
    facts = _facts(store, first, last)
    parts = {}
    with connection.cursor() as cursor:
        for name, named in _GROUPS.items():
            cursor.execute(_PARTS.format(shipped=_SHIPPED, named=named), facts)
            parts[name] = cursor.fetchall()
    return parts


def _row(query: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, facts)
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


def _facts(store: Store, first: date, last: date) -> dict[str, Any]:
    return {
        "store": store.pk,
        "zone": store.timezone,
        "type": ContentType.objects.get_for_model(Order).pk,
        "rule": RULE,
        "start": store.midnight(first),
        "end": store.midnight(last + timedelta(days=1)),
    }

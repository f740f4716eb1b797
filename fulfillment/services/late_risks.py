"""Which orders will be shipped late, found before they are (FUL-2).

Every ten minutes, store by store, over what is paid, still here and whose clock to ship runs:

- goods are missing: the order waits for stock, and by its ship-by neither what is on the shelf nor
  what suppliers are to bring covers it, after the waiting orders that are due before it. Goods that
  are expected on a day count from its end; a day that has passed says nothing.
- not packed yet: so many hours before its ship-by the order waits for stock, its review or its
  packing, or the ship-by has passed and it is still here.
- more than the warehouse ships: with what is due before it in the same warehouse, its turn comes
  after its ship-by. How fast a warehouse is says its own last fortnight, in working time, if it
  handed over enough parcels; or a number of the procedure. What is packed needs no turn.

The first reason that holds is told. Only orders due within the next days are looked at.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Count, F, Min, Sum
from django.utils.translation import gettext_lazy as _

from fulfillment.models import LateRisk
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.db import lock_name
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

Reason = LateRisk.Reason
RULE = "fulfillment.ship"
FORTNIGHT = timedelta(days=14)

READY_BEFORE = Setting(
    key="fulfillment.ready_before",
    clause="FUL-2",
    title=_("An order that is not packed is in danger before its ship-by by"),
    default=Decimal(4 * 60),
    unit=Unit.MINUTES,
    maximum=Decimal(7 * 24 * 60),
)
LOOK_AHEAD = Setting(
    key="fulfillment.late_look_ahead",
    clause="FUL-2",
    title=_("Late orders are looked for ahead by"),
    default=Decimal(3),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(60),
)
PACE = Setting(
    key="fulfillment.parcels_per_hour",
    clause="FUL-2",
    title=_("Parcels that each warehouse ships in a working hour; 0: as in the last fortnight"),
    default=Decimal(0),
    unit=Unit.PIECES,
    maximum=Decimal(100_000),
)
LEAST_PARCELS = Setting(
    key="fulfillment.least_parcels_for_pace",
    clause="FUL-2",
    title=_("Parcels in a fortnight that tell how fast a warehouse is"),
    default=Decimal(50),
    unit=Unit.PIECES,
    minimum=Decimal(1),
)
SETTINGS = (READY_BEFORE, LOOK_AHEAD, PACE, LEAST_PARCELS)


def _kind(reason: Reason, title: Any, runbook: Any) -> AlertKind:
    return AlertKind(
        code=f"fulfillment.late_{reason}",
        title=title,
        clause="FUL-2",
        runbook=runbook,
        evidence={
            "orders": _("orders"),
            "first_due": _("first ship-by"),
            "untold": _("customers not told"),
        },
        acts_on=ListPlace(
            "admin:fulfillment_laterisk_changelist", "fulfillment.view_laterisk", tab=str(reason)
        ),
    )


KINDS = {
    Reason.SHORTAGE: _kind(
        Reason.SHORTAGE,
        _("Orders will be late: goods are missing"),
        _(
            "Order the goods, move them from another warehouse or split the orders; tell the "
            "customers of the rest. The alert closes by itself once no such order is left."
        ),
    ),
    Reason.NOT_READY: _kind(
        Reason.NOT_READY,
        _("Orders will be late: not packed yet"),
        _(
            "Pack those that are due first; review what waits for it. The alert closes by itself "
            "once no such order is left."
        ),
    ),
    Reason.CAPACITY: _kind(
        Reason.CAPACITY,
        _("Orders will be late: more than the warehouse ships"),
        _(
            "Work longer, take people from elsewhere or ship from another warehouse; tell the "
            "customers of the rest. The alert closes by itself once no such order is left."
        ),
    ),
}
OWNERS = {
    Reason.SHORTAGE: Role.CATALOG_OPERATOR,
    Reason.NOT_READY: Role.WAREHOUSE,
    Reason.CAPACITY: Role.WAREHOUSE,
}

# What waits for stock, in the order of its ship-by, against what there is and what comes.
_SHORT = """
clock AS (
    SELECT o.id AS order_id, o.fulfilment_state, o.review_state, d.due_at
    FROM orders_order o
    JOIN deadlines_deadline d ON d.subject_type_id = %(type)s AND d.subject_id = o.id
        AND d.rule = %(rule)s AND d.state = 'running'
    WHERE o.store_id = %(store)s AND o.fulfilment_state IN ('waiting', 'reserved')
      AND o.paid_at IS NOT NULL
), wanted AS (
    SELECT c.order_id, c.due_at, COALESCE(p.part_id, l.sku_id) AS sku_id,
           min(l.sku_code) AS code, sum(l.quantity * COALESCE(p.pieces, 1)) AS pieces
    FROM clock c
    JOIN orders_orderline l ON l.order_id = c.order_id
    LEFT JOIN catalog_bundlepart p ON p.bundle_id = l.sku_id
    WHERE c.fulfilment_state = 'waiting'
    GROUP BY 1, 2, 3
), queued AS (
    SELECT *, sum(pieces) OVER (PARTITION BY sku_id ORDER BY due_at, order_id) AS upto FROM wanted
), held AS (
    SELECT s.sku_id, sum(s.available) AS pieces
    FROM catalog_stocklevel s
    JOIN catalog_warehouse w ON w.id = s.warehouse_id AND w.is_active
    WHERE s.sku_id IN (SELECT sku_id FROM wanted)
    GROUP BY 1
), coming AS (
    SELECT l.sku_id, (b.expected_on + 1)::timestamp AT TIME ZONE %(zone)s AS arrives,
           sum(sum(l.quantity - l.received)) OVER (
               PARTITION BY l.sku_id ORDER BY b.expected_on
           ) AS upto
    FROM catalog_purchaseorder b
    JOIN catalog_purchaseline l ON l.order_id = b.id AND l.received < l.quantity
    WHERE b.store_id = %(store)s AND b.state IN ('sent', 'partly') AND b.expected_on >= %(today)s
      AND l.sku_id IN (SELECT sku_id FROM wanted)
    GROUP BY l.sku_id, b.expected_on
), lacking AS (
    SELECT q.order_id, q.due_at, q.sku_id, q.code,
           LEAST(q.pieces, q.upto - COALESCE(h.pieces, 0)) AS pieces, min(c.arrives) AS arrives
    FROM queued q
    LEFT JOIN held h ON h.sku_id = q.sku_id
    LEFT JOIN coming c ON c.sku_id = q.sku_id AND COALESCE(h.pieces, 0) + c.upto >= q.upto
    WHERE q.sku_id IS NULL OR q.upto > COALESCE(h.pieces, 0)
    GROUP BY q.order_id, q.due_at, q.sku_id, q.code, q.pieces, q.upto, h.pieces
), short AS (
    SELECT order_id, sum(pieces) AS pieces, (array_agg(code ORDER BY code))[1:3] AS codes,
           count(*) AS skus,
           CASE WHEN bool_and(arrives IS NOT NULL) THEN max(arrives) END AS arrives
    FROM lacking
    GROUP BY order_id, due_at
    HAVING bool_or(arrives IS NULL) OR max(arrives) > due_at
)"""

# How far the others are, and when the turn of each comes.
_TURNS = """
promised AS (
    SELECT c.order_id, min(r.warehouse_id) AS warehouse_id, sum(r.quantity) AS pieces
    FROM clock c
    JOIN orders_orderline l ON l.order_id = c.order_id
    JOIN orders_reservation r ON r.line_id = l.id AND r.state = 'open'
    WHERE c.fulfilment_state = 'reserved'
    GROUP BY 1
), packed AS (
    SELECT c.order_id, sum(i.quantity) AS pieces
    FROM clock c
    JOIN fulfillment_parcelorder po ON po.order_id = c.order_id
    JOIN fulfillment_parcel p ON p.id = po.parcel_id AND p.state = 'packed'
    JOIN fulfillment_parcelitem i ON i.parcel_id = p.id
    JOIN orders_orderline l ON l.id = i.line_id AND l.order_id = c.order_id
    GROUP BY 1
), staged AS (
    SELECT c.order_id, c.due_at, p.warehouse_id,
           CASE WHEN c.fulfilment_state = 'waiting' THEN 'stock'
                WHEN c.review_state <> 'passed' THEN 'review'
                WHEN COALESCE(d.pieces, 0) < p.pieces THEN 'packing'
                ELSE 'hand_over' END AS stage
    FROM clock c
    LEFT JOIN promised p USING (order_id)
    LEFT JOIN packed d USING (order_id)
), counted AS (
    SELECT p.warehouse_id, count(*) AS parcels,
           (work_done(%(store)s, %(at)s) - work_done(%(store)s, %(since)s)) / 3600 AS hours
    FROM fulfillment_parcel p
    JOIN catalog_warehouse w ON w.id = p.warehouse_id AND w.store_id = %(store)s
    WHERE p.handed_over_at >= %(since)s AND p.handed_over_at < %(at)s
    GROUP BY 1
), pace AS (
    SELECT w.id AS warehouse_id, CASE
        WHEN %(pace)s > 0 THEN %(pace)s
        WHEN c.parcels >= %(least_parcels)s AND c.hours > 0 THEN c.parcels / c.hours
    END AS per_hour
    FROM catalog_warehouse w
    LEFT JOIN counted c ON c.warehouse_id = w.id
    WHERE w.store_id = %(store)s
), now AS MATERIALIZED (
    SELECT work_done(%(store)s, %(at)s) AS done
), turn AS (
    SELECT s.order_id, row_number() OVER (
               PARTITION BY s.warehouse_id ORDER BY s.due_at, s.order_id
           ) AS place, p.per_hour
    FROM staged s
    JOIN pace p USING (warehouse_id)
    WHERE s.stage IN ('review', 'packing') AND p.per_hour > 0
), timed AS (
    SELECT t.order_id, t.place, t.per_hour, m.moment AS leaves
    FROM turn t
    CROSS JOIN now
    CROSS JOIN LATERAL work_moment_of(%(store)s, now.done + t.place * 3600 / t.per_hour) m
)"""

_FIND = f"""
WITH {_SHORT}, {_TURNS}, judged AS (
    SELECT s.order_id, s.due_at, s.warehouse_id, s.stage, t.place, t.per_hour, t.leaves,
           h.pieces, h.codes, h.skus, h.arrives,
           CASE WHEN h.order_id IS NOT NULL THEN 'shortage'
                WHEN s.due_at <= %(at)s OR s.stage <> 'hand_over' AND s.due_at <= %(ready_until)s
                    THEN 'not_ready'
                WHEN t.leaves > s.due_at THEN 'capacity' END AS reason
    FROM staged s
    LEFT JOIN short h USING (order_id)
    LEFT JOIN timed t USING (order_id)
    WHERE s.due_at <= %(horizon)s
), found AS (
    SELECT order_id, due_at, warehouse_id, reason,
           CASE reason WHEN 'shortage' THEN arrives ELSE leaves END AS expected_at,
           jsonb_strip_nulls(CASE reason
               WHEN 'shortage' THEN jsonb_build_object(
                   'pieces', pieces, 'skus', skus, 'codes', to_jsonb(codes))
               WHEN 'not_ready' THEN jsonb_build_object('stage', stage)
               ELSE jsonb_build_object('place', place, 'per_hour', round(per_hour::numeric, 1))
           END) AS evidence
    FROM judged WHERE reason IS NOT NULL
)
INSERT INTO fulfillment_laterisk AS known (
    store_id, order_id, warehouse_id, reason, evidence, due_at, expected_at, delay, opened_at,
    seen_at, ended, told_at
)
SELECT %(store)s, f.order_id, f.warehouse_id, f.reason, f.evidence, f.due_at, f.expected_at,
       COALESCE(b.delay, 0) + (b.due_at IS DISTINCT FROM f.due_at)::int, %(at)s, %(at)s, '',
       CASE WHEN b.due_at = f.due_at THEN b.told_at END
FROM found f
LEFT JOIN LATERAL (
    SELECT delay, due_at, told_at, closed_at FROM fulfillment_laterisk
    WHERE order_id = f.order_id ORDER BY id DESC LIMIT 1
) b ON true
WHERE b.closed_at IS NULL OR b.closed_at <= %(at)s
ORDER BY f.order_id
ON CONFLICT (order_id) WHERE closed_at IS NULL DO UPDATE
SET reason = excluded.reason, evidence = excluded.evidence, warehouse_id = excluded.warehouse_id,
    due_at = excluded.due_at, expected_at = excluded.expected_at, delay = excluded.delay,
    told_at = excluded.told_at, seen_at = excluded.seen_at
WHERE known.seen_at <= excluded.seen_at
"""

_CLOSE = """
UPDATE fulfillment_laterisk r
SET closed_at = %(at)s, ended = CASE
    WHEN o.fulfilment_state IN ('shipped', 'delivered') THEN 'shipped'
    WHEN o.fulfilment_state = 'cancelled' THEN 'cancelled'
    ELSE 'gone' END
FROM orders_order o
WHERE o.id = r.order_id AND r.store_id = %(store)s AND r.closed_at IS NULL AND r.seen_at < %(at)s
"""


def look_for_late_orders(store: Store, *, at: datetime) -> dict[str, int]:
    """Each order in danger has an open row that says why, and no other has. Returns how many of
    each reason.

    One alert per warehouse and reason tells how many; it closes itself. A fixed number of
    statements, however many orders. Holds the store's lock of late orders; a re-run writes the
    same, one for an earlier moment that comes late changes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_name(f"fulfillment.late_risks:{store.pk}")
        facts = _facts(store, at)
        # The planner takes what is summed up on the way for a few rows, and walks it row by row.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(_FIND, facts)
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute(_CLOSE, facts)
        return _tell(store, at)


def _facts(store: Store, at: datetime) -> dict[str, Any]:
    keys = [setting.key for setting in SETTINGS]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    return {
        "store": store.pk,
        "zone": store.timezone,
        "type": ContentType.objects.get_for_model(Order).pk,
        "rule": RULE,
        "at": at,
        "today": store.business_date(at),
        "since": at - FORTNIGHT,
        "horizon": at + timedelta(days=int(numbers[LOOK_AHEAD.key].value)),
        "ready_until": at + timedelta(minutes=float(numbers[READY_BEFORE.key].value)),
        "pace": numbers[PACE.key].value,
        "least_parcels": numbers[LEAST_PARCELS.key].value,
    }


def _tell(store: Store, at: datetime) -> dict[str, int]:
    """The store's alerts say what its open rows say."""
    rows = LateRisk.objects.open().filter(store=store).order_by()
    sums = rows.values("reason", "warehouse", "warehouse__name").annotate(
        orders=Count("pk"),
        first_due=Min("due_at"),
        untold=Count("pk") - Count("told_at"),
        money=Sum(F("order__paid_amount") - F("order__refunded_amount")),
    )
    found: dict[str, list[alerts.Finding]] = {reason: [] for reason in KINDS}
    counts = dict.fromkeys(map(str, KINDS), 0)
    for row in sums:
        found[row["reason"]].append(_finding(store, row))
        counts[row["reason"]] += row["orders"]
    for reason, kind in KINDS.items():
        alerts.report(kind, found[reason], store_id=store.pk, at=at)
    return counts


def _finding(store: Store, row: Any) -> alerts.Finding:
    return alerts.Finding(
        key=f"warehouse:{row['warehouse'] or ''}",
        subject_label=row["warehouse__name"] or store.name,
        owner_role=OWNERS[Reason(row["reason"])],
        evidence={
            "orders": row["orders"],
            "first_due": row["first_due"].isoformat(),
            "untold": row["untold"],
        },
        money_at_risk=row["money"],
        deadline_at=row["first_due"],
    )


def look(_slot: Slot, at: datetime) -> dict[str, Any]:
    """All active stores; the figures of each reason over all of them."""
    totals: dict[str, int] = {}
    for store in Store.objects.active():
        for reason, count in look_for_late_orders(store, at=at).items():
            totals[reason] = totals.get(reason, 0) + count
    return totals

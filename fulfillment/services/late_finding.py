"""The statements that find orders in danger, a store at a time; see `late_risks` (FUL-2)."""

from __future__ import annotations

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
), waving AS (
    SELECT w.id AS warehouse_id FROM catalog_warehouse w
    WHERE w.store_id = %(store)s AND EXISTS (
        SELECT FROM fulfillment_wave v WHERE v.warehouse_id = w.id AND v.planned_at >= %(since)s
    )
), fetched AS (
    SELECT DISTINCT c.order_id
    FROM clock c
    JOIN fulfillment_waveorder o ON o.order_id = c.order_id AND o.left_at IS NULL
    JOIN fulfillment_wave v ON v.id = o.wave_id AND v.state IN ('picked', 'closed')
    WHERE c.fulfilment_state = 'reserved'
), staged AS (
    SELECT c.order_id, c.due_at, p.warehouse_id,
           CASE WHEN c.fulfilment_state = 'waiting' THEN 'stock'
                WHEN c.review_state <> 'passed' THEN 'review'
                WHEN COALESCE(d.pieces, 0) >= p.pieces THEN 'hand_over'
                WHEN k.order_id IS NULL AND p.warehouse_id IN (SELECT warehouse_id FROM waving)
                    THEN 'picking'
                ELSE 'packing' END AS stage
    FROM clock c
    LEFT JOIN promised p USING (order_id)
    LEFT JOIN packed d USING (order_id)
    LEFT JOIN fetched k USING (order_id)
), counted AS (
    SELECT p.warehouse_id, count(*) AS parcels,
           (work_done(%(store)s, %(at)s) - work_done(%(store)s, %(since)s)) / 3600 AS hours
    FROM fulfillment_parcel p
    JOIN catalog_warehouse w ON w.id = p.warehouse_id AND w.store_id = %(store)s
    WHERE p.handed_over_at >= %(since)s AND p.handed_over_at < %(at)s
    GROUP BY 1
), pace AS (
    SELECT w.id AS warehouse_id, CASE
        WHEN own.per_hour > 0 THEN own.per_hour
        WHEN %(pace)s > 0 THEN %(pace)s
        WHEN c.parcels >= %(least_parcels)s AND c.hours > 0 THEN c.parcels / c.hours
    END AS per_hour
    FROM catalog_warehouse w
    LEFT JOIN counted c ON c.warehouse_id = w.id
    LEFT JOIN LATERAL (
        SELECT per_hour FROM fulfillment_warehousepace
        WHERE warehouse_id = w.id AND valid_from <= %(at)s
        ORDER BY valid_from DESC, id DESC LIMIT 1
    ) own ON true
    WHERE w.store_id = %(store)s
), now AS MATERIALIZED (
    SELECT work_done(%(store)s, %(at)s) AS done
), turn AS (
    SELECT s.order_id, row_number() OVER (
               PARTITION BY s.warehouse_id ORDER BY s.due_at, s.order_id
           ) AS place, p.per_hour
    FROM staged s
    JOIN pace p USING (warehouse_id)
    WHERE s.stage IN ('review', 'picking', 'packing') AND p.per_hour > 0
), timed AS (
    SELECT t.order_id, t.place, t.per_hour, m.moment AS leaves
    FROM turn t
    CROSS JOIN now
    CROSS JOIN LATERAL work_moment_of(%(store)s, now.done + t.place * 3600 / t.per_hour) m
)"""

FIND = f"""
WITH {_SHORT}, {_TURNS}, judged AS (
    SELECT s.order_id, s.due_at, s.warehouse_id, s.stage, t.place, t.per_hour, t.leaves,
           h.pieces, h.codes, h.skus, h.arrives, b.promised_from,
           CASE WHEN h.order_id IS NOT NULL AND b.id IS NOT NULL THEN 'presale'
                WHEN h.order_id IS NOT NULL THEN 'shortage'
                WHEN s.due_at <= %(at)s OR s.stage <> 'hand_over' AND s.due_at <= %(ready_until)s
                    OR s.stage = 'picking' AND s.due_at <= %(picked_until)s
                    THEN 'not_ready'
                WHEN t.leaves > s.due_at THEN 'capacity' END AS reason
    FROM staged s
    LEFT JOIN short h USING (order_id)
    LEFT JOIN timed t USING (order_id)
    LEFT JOIN orders_presaleorder b USING (order_id)
    WHERE s.due_at <= %(horizon)s
       OR b.id IS NOT NULL AND h.arrives IS NOT NULL AND s.due_at <= %(presale_horizon)s
), found AS (
    SELECT order_id, due_at, warehouse_id, reason,
           CASE WHEN reason IN ('shortage', 'presale') THEN arrives ELSE leaves END AS expected_at,
           jsonb_strip_nulls(CASE reason
               WHEN 'shortage' THEN jsonb_build_object(
                   'pieces', pieces, 'skus', skus, 'codes', to_jsonb(codes))
               WHEN 'presale' THEN jsonb_build_object(
                   'pieces', pieces, 'skus', skus, 'codes', to_jsonb(codes), 'promised',
                   (promised_from AT TIME ZONE %(zone)s)::date)
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

CLOSE = """
UPDATE fulfillment_laterisk r
SET closed_at = %(at)s, ended = CASE
    WHEN o.fulfilment_state IN ('shipped', 'delivered') THEN 'shipped'
    WHEN o.fulfilment_state = 'cancelled' THEN 'cancelled'
    ELSE 'gone' END
FROM orders_order o
WHERE o.id = r.order_id AND r.store_id = %(store)s AND r.closed_at IS NULL AND r.seen_at < %(at)s
"""

-- The clocks that place_orders would have started, and how they ended.
WITH clocks AS (
    INSERT INTO deadlines_deadline (
        rule, store_id, channel_id, subject_type_id, subject_id, subject_label, owner_role,
        money_at_risk, state, source, started_at, unit, allowed_seconds,
        allowed_days, paused_seconds, due_at, met_at
    )
    SELECT r.code, %(store)s, o.channel_id, %(subject_type)s, o.id, o.external_number, r.owner_role,
           o.total_amount, ended.state, r.source, span.started, r.unit,
           coalesce(r.seconds, clock_seconds(r.unit, %(store)s, span.started, span.due)), r.days,
           0, span.due, span.reached
    FROM volume_order v
    JOIN orders_order o ON o.id = v.id
    JOIN json_to_recordset(%(rules)s) AS r (
        channel bigint, code text, owner_role text, source text, starts text, reached text,
        unit text, seconds integer, days integer
    ) ON r.channel = o.channel_id
    CROSS JOIN LATERAL (
        SELECT m.started, m.reached,
               clock_due(r.unit, %(store)s, m.started, r.seconds, r.days) AS due
        FROM (
            SELECT CASE r.starts WHEN 'placed_at' THEN o.placed_at WHEN 'paid_at' THEN o.paid_at END
                       AS started,
                   CASE r.reached WHEN 'confirmed_at' THEN o.confirmed_at
                                  WHEN 'reviewed_at' THEN o.reviewed_at
                                  WHEN 'shipped_at' THEN o.shipped_at
                                  WHEN 'delivered_at' THEN o.delivered_at END AS reached
        ) AS m
    ) AS span
    CROSS JOIN LATERAL (
        SELECT CASE WHEN span.reached IS NOT NULL THEN 'met'
                    WHEN o.cancelled_at IS NOT NULL THEN 'cancelled'
                    ELSE 'running' END AS state
    ) AS ended
    WHERE span.started IS NOT NULL
      -- Of orders that still wait only the clock for stock runs.
      AND (o.fulfilment_state <> 'waiting' OR r.reached = 'confirmed_at')
    ORDER BY v.n
    RETURNING id, rule, state, store_id, unit, allowed_seconds, started_at, due_at
)
INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at)
SELECT id, rule, due_at, clock_next_step(unit, store_id, due_at, allowed_seconds, started_at)
FROM clocks WHERE state = 'running';

ANALYZE orders_customer, orders_order, orders_orderline, orders_orderevent, orders_reservation,
    catalog_product, catalog_sku, catalog_skucode, catalog_stocklevel, catalog_stockmovement,
    deadlines_deadline, deadlines_deadlinetimer;

-- Take orders in, all in one round trip (ORD-1, ORD-2): customers, orders, lines, timeline,
-- reservation, clocks. An order whose number the store already has is left alone.
--
-- Rows are inserted in number order and stock is touched last: two batches that share orders and
-- articles wait for each other but can't deadlock. p_customers are the buyers of the drafts, each
-- once; p_drafts and p_lines are arrays of objects (see orders/services/drafts.py), p_rules the
-- deadline rules that run on orders with the seconds in force. Returns the orders made.
--
-- Where one warehouse seems to cover the whole batch, its orders are written as reserved at once,
-- which spares a second version of each; the guarded update of the stock, at the very end, decides
-- whether that was true. If not, all is undone and every order waits its turn.
--
-- An article is found by any code that its SKU has, had or is also known by (CAT-1).
CREATE OR REPLACE FUNCTION place_orders(
    p_store bigint, p_channel bigint, p_currency text, p_session bigint, p_actor bigint,
    p_at timestamptz, p_subject_type integer, p_reserve_on text,
    p_rules json, p_customers text[], p_drafts json, p_lines json
)
RETURNS TABLE (order_id bigint, number text, is_reserved boolean)
LANGUAGE plpgsql
-- The same plans serve one order and a thousand, a new store and a big one: made once per connection
-- (planning took longer than doing), by index whatever the statistics of a young table say.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    v_place bigint;
    v_promised text[];
    v_ids bigint[];
    v_numbers text[];
    v_waiting bigint[];
    v_reserved bigint[];
    v_is_covered boolean;
BEGIN
    INSERT INTO orders_customer (store_id, external_id, created_at)
    SELECT p_store, d.cu, now()
    FROM unnest(p_customers) AS d (cu)
    WHERE (SELECT c.id FROM orders_customer c
           WHERE c.store_id = p_store AND c.external_id = d.cu) IS NULL
    ORDER BY 2
    ON CONFLICT DO NOTHING;

    -- The first warehouse, if it covers every order that can be promised stock (of known articles
    -- only). Read without locks: a hope, not yet a promise.
    WITH asked AS (
        SELECT l.n, l.q,
               (SELECT k.sku_id FROM catalog_skucode k
                WHERE k.store_id = p_store AND k.code = l.c) AS sku_id
        FROM json_to_recordset(p_lines) AS l (n text, c text, q integer)
        JOIN json_to_recordset(p_drafts) AS d (n text, fs text, t1 float8) ON d.n = l.n
        WHERE d.fs = 'waiting' AND (p_reserve_on = 'placed' OR d.t1 IS NOT NULL)
    ), known AS (
        SELECT n FROM asked GROUP BY n HAVING bool_and(sku_id IS NOT NULL)
    ), demand AS (
        SELECT sku_id, sum(q) AS wanted FROM asked JOIN known USING (n) GROUP BY sku_id
    ), held AS (
        SELECT s.warehouse_id, s.available, demand.wanted
        FROM demand JOIN catalog_stocklevel s USING (sku_id)
        WHERE s.available > 0
    ), place AS (
        SELECT w.id FROM catalog_warehouse w
        WHERE w.is_active AND w.id IN (SELECT warehouse_id FROM held)
        ORDER BY w.priority, w.id
        LIMIT 1
    )
    SELECT place.id, (SELECT array_agg(n) FROM known)
    INTO v_place, v_promised
    FROM place
    WHERE (SELECT count(*) FROM demand) = (
        SELECT count(*) FROM held WHERE held.warehouse_id = place.id AND available >= wanted
    );

    LOOP
        BEGIN
            WITH made AS (
                INSERT INTO orders_order (
                    store_id, channel_id, external_number, customer_id,
                    review_state, payment_state, fulfilment_state, after_sales_state,
                    is_amount_only, currency, total_amount, freight_amount, discount_amount,
                    paid_amount, refunded_amount, placed_at, paid_at, reviewed_at, confirmed_at,
                    shipped_at, delivered_at, cancelled_at, deliver_by,
                    region, sealed_contact, phone_digest,
                    content_hash, import_session_id, version, created_at, updated_at
                )
                SELECT p_store, p_channel, d.n,
                       (SELECT c.id FROM orders_customer c
                        WHERE c.store_id = p_store AND c.external_id = d.cu),
                       d.rs, d.ps, CASE WHEN promised.n IS NULL THEN d.fs ELSE 'reserved' END,
                       'none', COALESCE(d.ao, false), p_currency, d.ta,
                       COALESCE(d.fa, 0), COALESCE(d.da, 0),
                       COALESCE(d.pa, 0), COALESCE(d.ra, 0),
                       to_timestamp(d.t0), to_timestamp(d.t1), to_timestamp(d.t2),
                       CASE WHEN promised.n IS NULL THEN to_timestamp(d.t3) ELSE p_at END,
                       to_timestamp(d.t4), to_timestamp(d.t5), to_timestamp(d.t6),
                       to_timestamp(d.t7), COALESCE(d.rg, ''), COALESCE(d.sc, ''), d.pd,
                       d.h, p_session, 1, now(), now()
                FROM json_to_recordset(p_drafts) AS d (
                    n text, cu text, rs text, ps text, fs text, ao boolean,
                    ta numeric, fa numeric, da numeric, pa numeric, ra numeric,
                    t0 float8, t1 float8, t2 float8, t3 float8, t4 float8, t5 float8, t6 float8,
                    t7 float8, rg text, sc bytea, pd bytea, h text
                )
                LEFT JOIN unnest(v_promised) AS promised (n) ON promised.n = d.n
                ORDER BY d.n
                ON CONFLICT (store_id, external_number) DO NOTHING
                RETURNING id, external_number, placed_at, paid_at, fulfilment_state
            )
            SELECT array_agg(m.id), array_agg(m.external_number),
                   array_agg(m.id ORDER BY m.placed_at, m.id) FILTER (
                       WHERE m.fulfilment_state = 'waiting'
                         AND (p_reserve_on = 'placed' OR m.paid_at IS NOT NULL)
                   ),
                   array_agg(m.id) FILTER (WHERE m.fulfilment_state = 'reserved')
            INTO v_ids, v_numbers, v_waiting, v_reserved
            FROM made m;
            IF v_ids IS NULL THEN
                RETURN;
            END IF;

            WITH lines AS (
                INSERT INTO orders_orderline
                    (order_id, position, sku_id, sku_code, title, quantity, unit_price, amount)
                SELECT made.id, l.p,
                       (SELECT k.sku_id FROM catalog_skucode k
                        WHERE k.store_id = p_store AND k.code = l.c),
                       l.c, l.t, l.q, l.u, l.a
                FROM unnest(v_ids, v_numbers) AS made (id, number)
                JOIN json_to_recordset(p_lines) AS l (
                    n text, p smallint, c text, t text, q integer, u numeric, a numeric
                ) ON l.n = made.number
                RETURNING id AS line, orders_orderline.order_id AS of_order, sku_id, quantity
            ), taken AS (
                SELECT lines.* FROM lines JOIN unnest(v_reserved) AS r (id) ON r.id = lines.of_order
            ), reserved AS (
                INSERT INTO orders_reservation
                    (line_id, sku_id, warehouse_id, quantity, state, reserved_at, closed_at)
                SELECT line, sku_id, v_place, quantity, 'open', p_at, NULL FROM taken
            )
            INSERT INTO catalog_stockmovement (
                sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note,
                actor_id, at
            )
            SELECT sku_id, v_place, 'reserve', 'available', 'reserved', quantity,
                   'order:' || of_order, '', p_actor, p_at
            FROM taken;

            INSERT INTO orders_orderevent (order_id, kind, at, recorded_at, actor_id, data)
            SELECT o.id, e.kind, e.at, now(), p_actor, '{}'
            FROM orders_order o
            CROSS JOIN LATERAL (VALUES
                ('placed', o.placed_at), ('paid', o.paid_at), ('reserved', o.confirmed_at),
                ('reviewed', o.reviewed_at), ('shipped', o.shipped_at),
                ('delivered', o.delivered_at), ('cancelled', o.cancelled_at),
                ('refunded', CASE WHEN o.refunded_amount > 0
                             THEN COALESCE(o.delivered_at, o.paid_at) END)
            ) AS e (kind, at)
            WHERE o.id = ANY (v_ids) AND e.at IS NOT NULL;

            IF v_waiting IS NOT NULL AND v_place IS NULL THEN
                v_reserved := reserve_orders(v_waiting, p_at, p_actor);
            END IF;

            -- The clocks after it, so that what was reserved at once is met at once.
            WITH clocks AS (
                INSERT INTO deadlines_deadline (
                    rule, store_id, channel_id, subject_type_id, subject_id, subject_label,
                    owner_role, money_at_risk, state, source, started_at, unit,
                    allowed_seconds, allowed_days, paused_seconds, paused_at, due_at, met_at
                )
                SELECT r.code, p_store, p_channel, p_subject_type, o.id, o.external_number,
                       r.owner_role, o.total_amount, outcome.state, r.source, span.started, r.unit,
                       coalesce(r.seconds, clock_seconds(r.unit, p_store, span.started, span.due)),
                       r.days, 0, NULL, span.due, span.reached
                FROM orders_order o
                CROSS JOIN json_to_recordset(p_rules) AS r (
                    code text, owner_role text, source text, starts text, reached text,
                    unit text, seconds integer, days integer
                )
                CROSS JOIN LATERAL (
                    SELECT moment.started, moment.reached,
                           clock_due(r.unit, p_store, moment.started, r.seconds, r.days) AS due
                    FROM (
                        SELECT CASE r.starts WHEN 'placed_at' THEN o.placed_at
                                             WHEN 'paid_at' THEN o.paid_at
                               END AS started,
                               CASE r.reached WHEN 'confirmed_at' THEN o.confirmed_at
                                              WHEN 'reviewed_at' THEN o.reviewed_at
                                              WHEN 'shipped_at' THEN o.shipped_at
                                              WHEN 'delivered_at' THEN o.delivered_at
                               END AS reached
                    ) moment
                ) span
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN span.reached IS NOT NULL THEN 'met'
                                WHEN o.cancelled_at IS NOT NULL THEN 'cancelled'
                                ELSE 'running'
                           END AS state
                ) outcome
                WHERE o.id = ANY (v_ids)
                  AND NOT o.is_amount_only
                  AND span.started IS NOT NULL
                  -- What is long gone without having told us when can't be timed.
                  AND (span.reached IS NOT NULL OR o.fulfilment_state NOT IN ('shipped', 'delivered'))
                RETURNING id, rule, state, unit, allowed_seconds, started_at, due_at
            )
            INSERT INTO deadlines_deadlinetimer (deadline_id, rule, due_at, next_at)
            SELECT id, rule, due_at,
                   clock_next_step(unit, p_store, due_at, allowed_seconds, started_at)
            FROM clocks WHERE state = 'running';

            EXIT WHEN v_place IS NULL;

            -- Locked in SKU order, here and in catalog.services.stock alike.
            WITH demand AS (
                SELECT l.sku_id, sum(l.quantity) AS wanted
                FROM orders_orderline l WHERE l.order_id = ANY (v_reserved)
                GROUP BY l.sku_id
            ), locked AS (
                SELECT s.id, demand.wanted
                FROM catalog_stocklevel s JOIN demand USING (sku_id)
                WHERE s.warehouse_id = v_place
                ORDER BY s.sku_id
                FOR UPDATE OF s
            ), moved AS (
                UPDATE catalog_stocklevel s
                SET available = s.available - locked.wanted, reserved = s.reserved + locked.wanted
                FROM locked
                WHERE s.id = locked.id AND s.available >= locked.wanted
                RETURNING s.id
            )
            SELECT (SELECT count(*) FROM demand) = (SELECT count(*) FROM moved) INTO v_is_covered;
            IF NOT v_is_covered THEN
                RAISE SQLSTATE 'OD001';
            END IF;
            EXIT;
        EXCEPTION WHEN SQLSTATE 'OD001' THEN
            -- Somebody took the last pieces since we looked.
            v_place := NULL;
            v_promised := NULL;
        END;
    END LOOP;

    RETURN QUERY
    SELECT made.id, made.number, r.id IS NOT NULL
    FROM unnest(v_ids, v_numbers) AS made (id, number)
    LEFT JOIN unnest(v_reserved) AS r (id) ON r.id = made.id;
END
$$;

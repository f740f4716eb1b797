-- Reserve stock for waiting orders, each whole in one warehouse or not at all (ORD-2, CAT-7).
--
-- The caller holds the orders' row locks, or has just inserted them; the array's order is the
-- order in which they are served. Stock rows are locked in (sku, warehouse) order, here and in
-- catalog.services.stock alike, so callers can't deadlock on them. Returns the orders reserved.
--
-- A line of a bundle takes its parts. What the lines want is read once, at the beginning: whoever
-- changes a bundle meanwhile changes it for the orders that come after.
CREATE OR REPLACE FUNCTION reserve_orders(p_orders bigint[], p_at timestamptz, p_actor bigint)
RETURNS bigint[]
LANGUAGE plpgsql
-- As in place_orders: planned once, and by index.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    -- One element per line and SKU, the lines of an order together.
    v_orders bigint[];
    v_lines bigint[];
    v_skus bigint[];
    v_pieces bigint[];
    -- Of each order, in the order in which they are served: where its elements begin and end.
    v_reservable bigint[];
    v_first integer[];
    v_last integer[];
    v_warehouses bigint[];
    v_warehouse bigint;
    v_reserved bigint[] := '{}';
    v_from bigint[] := '{}';
    v_short integer;
BEGIN
    -- An order with an article we don't know, or of which no warehouse has enough, can't be
    -- promised. Seen without a lock, so that buyers of what is sold out don't wait for each other:
    -- what goods that come in this very moment would serve, the next run finds.
    WITH wanted AS (
        SELECT given.position, o.id AS order_id, l.id AS line_id,
               COALESCE(p.part_id, l.sku_id) AS sku_id,
               l.quantity::bigint * COALESCE(p.pieces, 1) AS pieces
        FROM unnest(p_orders) WITH ORDINALITY AS given (id, position)
        JOIN orders_order o ON o.id = given.id
        JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN catalog_bundlepart p ON p.bundle_id = l.sku_id
        WHERE o.fulfilment_state = 'waiting'
    ), judged AS (
        SELECT wanted.*, bool_and(EXISTS (
            SELECT FROM catalog_stocklevel s
            WHERE s.sku_id = wanted.sku_id AND s.available >= wanted.pieces
        )) OVER (PARTITION BY position) AS is_servable
        FROM wanted
    )
    SELECT array_agg(order_id ORDER BY position, line_id, sku_id),
           array_agg(line_id ORDER BY position, line_id, sku_id),
           array_agg(sku_id ORDER BY position, line_id, sku_id),
           array_agg(pieces ORDER BY position, line_id, sku_id)
    INTO v_orders, v_lines, v_skus, v_pieces
    FROM judged WHERE is_servable;
    IF v_orders IS NULL THEN
        RETURN v_reserved;
    END IF;

    SELECT array_agg(span.id ORDER BY span.first), array_agg(span.first ORDER BY span.first),
           array_agg(span.last ORDER BY span.first)
    INTO v_reservable, v_first, v_last
    FROM (
        SELECT given.id, min(given.place) AS first, max(given.place) AS last
        FROM unnest(v_orders) WITH ORDINALITY AS given (id, place) GROUP BY given.id
    ) span;

    -- Read under the lock: what is seen here is what is taken below.
    PERFORM FROM catalog_stocklevel s
    WHERE s.sku_id = ANY (v_skus)
    ORDER BY s.sku_id, s.warehouse_id
    FOR UPDATE;

    SELECT array_agg(w.id ORDER BY w.priority, w.id) INTO v_warehouses
    FROM catalog_warehouse w
    WHERE w.is_active AND w.id IN (
        SELECT s.warehouse_id FROM catalog_stocklevel s
        WHERE s.sku_id = ANY (v_skus) AND s.available > 0
    );
    IF v_warehouses IS NULL THEN
        RETURN v_reserved;
    END IF;

    -- The common case in one pass: the first warehouse covers the whole batch.
    v_warehouse := v_warehouses[1];
    SELECT count(*) INTO v_short
    FROM (
        SELECT d.sku_id, sum(d.pieces) AS wanted
        FROM unnest(v_skus, v_pieces) AS d (sku_id, pieces) GROUP BY d.sku_id
    ) demand
    LEFT JOIN catalog_stocklevel s ON s.sku_id = demand.sku_id AND s.warehouse_id = v_warehouse
    WHERE COALESCE(s.available, 0) < demand.wanted;

    IF v_short = 0 THEN
        v_reserved := v_reservable;
        v_from := array_fill(v_warehouse, ARRAY[cardinality(v_reservable)]);
        UPDATE catalog_stocklevel s
        SET available = s.available - demand.wanted, reserved = s.reserved + demand.wanted
        FROM (
            SELECT d.sku_id, sum(d.pieces) AS wanted
            FROM unnest(v_skus, v_pieces) AS d (sku_id, pieces) GROUP BY d.sku_id
        ) demand
        WHERE s.sku_id = demand.sku_id AND s.warehouse_id = v_warehouse
          AND s.available >= demand.wanted;
    ELSE
        FOR n IN 1 .. cardinality(v_reservable) LOOP
            FOREACH v_warehouse IN ARRAY v_warehouses LOOP
                SELECT count(*) INTO v_short
                FROM (
                    SELECT d.sku_id, sum(d.pieces) AS wanted
                    FROM unnest(v_skus[v_first[n]:v_last[n]], v_pieces[v_first[n]:v_last[n]])
                        AS d (sku_id, pieces)
                    GROUP BY d.sku_id
                ) demand
                LEFT JOIN catalog_stocklevel s
                    ON s.sku_id = demand.sku_id AND s.warehouse_id = v_warehouse
                WHERE COALESCE(s.available, 0) < demand.wanted;
                CONTINUE WHEN v_short > 0;

                UPDATE catalog_stocklevel s
                SET available = s.available - demand.wanted, reserved = s.reserved + demand.wanted
                FROM (
                    SELECT d.sku_id, sum(d.pieces) AS wanted
                    FROM unnest(v_skus[v_first[n]:v_last[n]], v_pieces[v_first[n]:v_last[n]])
                        AS d (sku_id, pieces)
                    GROUP BY d.sku_id
                ) demand
                WHERE s.sku_id = demand.sku_id AND s.warehouse_id = v_warehouse
                  AND s.available >= demand.wanted;
                v_reserved := v_reserved || v_reservable[n];
                v_from := v_from || v_warehouse;
                EXIT;
            END LOOP;
        END LOOP;
    END IF;
    IF v_reserved = '{}' THEN
        RETURN v_reserved;
    END IF;

    INSERT INTO orders_reservation
        (line_id, sku_id, warehouse_id, quantity, state, reserved_at, closed_at)
    SELECT d.line_id, d.sku_id, taken.warehouse_id, d.pieces, 'open', p_at, NULL
    FROM unnest(v_reserved, v_from) AS taken (order_id, warehouse_id)
    JOIN unnest(v_orders, v_lines, v_skus, v_pieces) AS d (order_id, line_id, sku_id, pieces)
        USING (order_id);

    INSERT INTO catalog_stockmovement
        (sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, actor_id, at)
    SELECT d.sku_id, taken.warehouse_id, 'reserve', 'available', 'reserved', d.pieces,
           'order:' || taken.order_id, '', p_actor, p_at
    FROM unnest(v_reserved, v_from) AS taken (order_id, warehouse_id)
    JOIN unnest(v_orders, v_skus, v_pieces) AS d (order_id, sku_id, pieces) USING (order_id);

    UPDATE orders_order
    SET fulfilment_state = 'reserved', confirmed_at = p_at, updated_at = now()
    WHERE id = ANY (v_reserved);

    INSERT INTO orders_orderevent (order_id, kind, at, recorded_at, actor_id, data)
    SELECT taken.id, 'reserved', p_at, now(), p_actor, '{}'
    FROM unnest(v_reserved) AS taken (id);

    RETURN v_reserved;
END
$$;

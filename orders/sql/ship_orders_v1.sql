-- What is reserved for these orders has left: balances, ledger, reservations. The caller holds the
-- orders' locks; stock is locked in SKU order, as reserve_orders does. Returns how many reservations.
CREATE OR REPLACE FUNCTION ship_reserved(p_orders bigint[], p_actor bigint, p_at timestamptz)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
BEGIN
    SELECT array_agg(r.id ORDER BY r.id) INTO v_ids
    FROM orders_orderline l
    JOIN orders_reservation r ON r.line_id = l.id AND r.state = 'open'
    WHERE l.order_id = ANY (p_orders);
    IF v_ids IS NULL THEN
        RETURN 0;
    END IF;

    PERFORM FROM catalog_stocklevel s
    WHERE (s.sku_id, s.warehouse_id) IN (
        SELECT r.sku_id, r.warehouse_id FROM orders_reservation r WHERE r.id = ANY (v_ids)
    )
    ORDER BY s.sku_id, s.warehouse_id
    FOR UPDATE;

    UPDATE catalog_stocklevel s
    SET reserved = s.reserved - leaving.pieces, shipped = s.shipped + leaving.pieces
    FROM (
        SELECT r.sku_id, r.warehouse_id, sum(r.quantity) AS pieces
        FROM orders_reservation r WHERE r.id = ANY (v_ids)
        GROUP BY r.sku_id, r.warehouse_id
    ) leaving
    WHERE s.sku_id = leaving.sku_id AND s.warehouse_id = leaving.warehouse_id;

    INSERT INTO catalog_stockmovement
        (sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, actor_id, at)
    SELECT r.sku_id, r.warehouse_id, 'ship', 'reserved', 'shipped', r.quantity,
           'order:' || l.order_id, '', p_actor, p_at
    FROM orders_reservation r JOIN orders_orderline l ON l.id = r.line_id
    WHERE r.id = ANY (v_ids)
    ORDER BY r.id;

    UPDATE orders_reservation SET state = 'shipped', closed_at = p_at WHERE id = ANY (v_ids);

    RETURN cardinality(v_ids);
END
$$;

-- The orders have left whole: goods, state, timeline. The caller holds their locks, and looked.
CREATE OR REPLACE FUNCTION ship_orders(p_orders bigint[], p_actor bigint, p_at timestamptz)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_pieces integer := ship_reserved(p_orders, p_actor, p_at);
BEGIN
    UPDATE orders_order
    SET fulfilment_state = 'shipped', shipped_at = p_at, version = version + 1, updated_at = now()
    WHERE id = ANY (p_orders);

    INSERT INTO orders_orderevent (order_id, kind, at, recorded_at, actor_id, data)
    SELECT given.id, 'shipped', p_at, now(), p_actor, '{}' FROM unnest(p_orders) AS given (id);

    RETURN v_pieces;
END
$$;

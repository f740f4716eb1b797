-- All that is known of orders about to leave, locked and read in one round trip: the orders named by
-- id or number and those bound to leave with them, then their parcels that are here. Each statement
-- sees what was committed by the time the locks before it were held. `known` are parcels that bear
-- one of the waybills already.
CREATE OR REPLACE FUNCTION shipping_ground(
    p_store bigint, p_ids bigint[], p_numbers text[], p_waybills text[]
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_orders bigint[];
    v_groups bigint[];
    v_parcels bigint[];
BEGIN
    SELECT array_agg(found.id) INTO v_orders
    FROM (
        SELECT o.id FROM orders_order o
        WHERE o.store_id = p_store AND o.external_number = ANY (p_numbers)
        UNION
        SELECT o.id FROM orders_order o WHERE o.store_id = p_store AND o.id = ANY (p_ids)
    ) found;

    SELECT array_agg(DISTINCT m.group_id) INTO v_groups
    FROM orders_shiptogethermember m
    WHERE m.left_at IS NULL AND m.order_id = ANY (v_orders);
    IF v_groups IS NOT NULL THEN
        SELECT v_orders || array_agg(m.order_id) INTO v_orders
        FROM orders_shiptogethermember m
        WHERE m.left_at IS NULL AND m.group_id = ANY (v_groups);
    END IF;

    PERFORM FROM orders_order o
    WHERE o.store_id = p_store AND o.id = ANY (v_orders)
    ORDER BY o.id
    FOR UPDATE;

    SELECT array_agg(p.id) INTO v_parcels
    FROM fulfillment_parcel p
    WHERE p.state IN ('open', 'packed') AND p.id IN (
        SELECT po.parcel_id FROM fulfillment_parcelorder po WHERE po.order_id = ANY (v_orders)
    );
    IF v_parcels IS NOT NULL THEN
        PERFORM FROM fulfillment_parcel p WHERE p.id = ANY (v_parcels) ORDER BY p.id FOR UPDATE;
    END IF;

    RETURN jsonb_build_object(
        'orders', (
            SELECT jsonb_agg(jsonb_build_array(
                o.id, o.store_id, o.channel_id, o.external_number, o.review_state,
                o.fulfilment_state, o.paid_at
            ))
            FROM orders_order o WHERE o.store_id = p_store AND o.id = ANY (v_orders)
        ),
        'companions', (
            SELECT jsonb_agg(bound.members)
            FROM (
                SELECT jsonb_agg(m.order_id) AS members
                FROM orders_shiptogethermember m
                WHERE m.left_at IS NULL AND m.group_id = ANY (v_groups)
                GROUP BY m.group_id
            ) bound
        ),
        'reserved', (
            SELECT jsonb_agg(jsonb_build_array(
                l.order_id, l.id, r.sku_id, r.warehouse_id, r.quantity
            ))
            FROM orders_orderline l
            JOIN orders_reservation r ON r.line_id = l.id AND r.state = 'open'
            WHERE l.order_id = ANY (v_orders)
        ),
        'here', (
            SELECT jsonb_agg(jsonb_build_object(
                'id', p.id,
                'is_ready', p.state = 'packed' AND p.waybill <> '' AND p.manifest_id IS NULL,
                'warehouse', p.warehouse_id,
                'orders', (
                    SELECT jsonb_agg(po.order_id)
                    FROM fulfillment_parcelorder po WHERE po.parcel_id = p.id
                ),
                'items', (
                    SELECT jsonb_agg(jsonb_build_array(i.line_id, i.sku_id, i.quantity))
                    FROM fulfillment_parcelitem i WHERE i.parcel_id = p.id
                )
            ))
            FROM fulfillment_parcel p
            WHERE p.id = ANY (v_parcels) AND p.state IN ('open', 'packed')
        ),
        'known', (
            SELECT jsonb_agg(p.id)
            FROM fulfillment_parcel p
            WHERE p.store_id = p_store AND p.waybill = ANY (p_waybills)
              AND p.waybill <> '' AND p.state <> 'cancelled'
        )
    );
END
$$;

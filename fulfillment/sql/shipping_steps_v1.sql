-- What shipments name, in one round trip: `shipping_ground`, then the warehouses and services of
-- these codes as they stand once the locks are held. Warehouses are those that `p_user` sees (see
-- WarehouseQuerySet.visible_to); NULL sees all of the store's.
CREATE OR REPLACE FUNCTION shipping_yard(
    p_store bigint, p_ids bigint[], p_numbers text[], p_waybills text[],
    p_warehouses text[], p_carriers text[], p_user bigint
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_ground jsonb := shipping_ground(p_store, p_ids, p_numbers, p_waybills);
BEGIN
    RETURN v_ground || jsonb_build_object(
        'warehouses', (
            SELECT jsonb_agg(jsonb_build_array(w.id, w.store_id, w.code, w.name))
            FROM catalog_warehouse w
            WHERE w.store_id = p_store AND w.code = ANY (p_warehouses) AND (
                p_user IS NULL
                OR EXISTS (
                    SELECT FROM stores_membership m
                    WHERE m.user_id = p_user AND m.store_id = w.store_id AND NOT EXISTS (
                        SELECT FROM catalog_warehouseassignment a WHERE a.membership_id = m.id
                    )
                )
                OR EXISTS (
                    SELECT FROM catalog_warehouseassignment a
                    JOIN stores_membership m ON m.id = a.membership_id
                    WHERE a.warehouse_id = w.id AND m.user_id = p_user
                )
            )
        ),
        'services', (
            SELECT jsonb_agg(
                jsonb_build_array(
                    jsonb_build_array(s.id, s.carrier_id, s.code, s.name),
                    jsonb_build_array(
                        c.id, c.store_id, c.code, c.name, c.kuaidi100_code, c.easypost_code
                    )
                ) ORDER BY s.id
            )
            FROM fulfillment_carrierservice s
            JOIN fulfillment_carrier c ON c.id = s.carrier_id
            WHERE c.store_id = p_store AND c.code = ANY (p_carriers)
              AND c.is_active AND s.is_active
        )
    );
END
$$;

-- The parcels exist, packed and labelled, with what they carry of which orders; those that `left`
-- are under way. Returns their ids in the order given. NULL: somebody else has one of the waybills
-- by now, and none exists. The caller holds the orders' locks.
CREATE OR REPLACE FUNCTION pack_parcels(p_parcels jsonb, p_actor bigint, p_at timestamptz)
RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    v_ids bigint[];
    v_broken text;
BEGIN
    WITH made AS (
        INSERT INTO fulfillment_parcel (
            store_id, warehouse_id, state, carrier_id, service_id, waybill, weight_grams,
            length_mm, width_mm, height_mm, freight_cost, opened_at, opened_by_id, packed_at,
            packed_by_id, handed_over_at, cancelled_because, version
        )
        SELECT
            (it ->> 'store')::bigint, (it ->> 'warehouse')::bigint,
            CASE WHEN (it ->> 'left')::boolean THEN 'handed_over' ELSE 'packed' END,
            (it ->> 'carrier')::bigint, (it ->> 'service')::bigint, it ->> 'waybill',
            (it ->> 'weight_grams')::integer, (it ->> 'length_mm')::integer,
            (it ->> 'width_mm')::integer, (it ->> 'height_mm')::integer,
            (it ->> 'freight_cost')::numeric, p_at, p_actor, p_at, p_actor,
            CASE WHEN (it ->> 'left')::boolean THEN p_at END, '', 1
        FROM jsonb_array_elements(p_parcels) WITH ORDINALITY AS given (it, place)
        ORDER BY place
        RETURNING id
    )
    -- Ids are drawn in the order of the rows.
    SELECT array_agg(id ORDER BY id) INTO v_ids FROM made;

    INSERT INTO fulfillment_parcelorder (parcel_id, order_id)
    SELECT v_ids[place], inside.id::bigint
    FROM jsonb_array_elements(p_parcels) WITH ORDINALITY AS given (it, place),
         jsonb_array_elements_text(it -> 'orders') AS inside (id);

    INSERT INTO fulfillment_parcelitem (parcel_id, line_id, sku_id, quantity)
    SELECT v_ids[place], (item ->> 0)::bigint, (item ->> 1)::bigint, (item ->> 2)::integer
    FROM jsonb_array_elements(p_parcels) WITH ORDINALITY AS given (it, place),
         jsonb_array_elements(it -> 'items') AS inside (item);

    RETURN v_ids;
EXCEPTION
    WHEN unique_violation THEN
        GET STACKED DIAGNOSTICS v_broken = CONSTRAINT_NAME;
        IF v_broken <> 'parcel_unique_carrier_waybill' THEN
            RAISE;
        END IF;
        RETURN NULL;
END
$$;

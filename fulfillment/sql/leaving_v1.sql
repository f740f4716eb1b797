-- What parcels that leave, and goods that have left, concern: asked each time, planned once per
-- connection.
CREATE OR REPLACE FUNCTION leaving_was_tracked(p_parcels bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Carriers' news came before the parcel left.
    RETURN EXISTS (
        SELECT FROM fulfillment_parcel p
        JOIN fulfillment_waitingevent w ON w.waybill = p.waybill AND w.store_id = p.store_id
        WHERE p.id = ANY (p_parcels)
    ) OR EXISTS (SELECT FROM fulfillment_trackingevent e WHERE e.parcel_id = ANY (p_parcels));
END
$$;

CREATE OR REPLACE FUNCTION leaving_has_source(p_parcels bigint[], p_adapters text[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- The store has an account with somebody who follows parcels.
    RETURN EXISTS (
        SELECT FROM exchange_target t
        WHERE t.is_active AND t.adapter = ANY (p_adapters) AND t.store_id IN (
            SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = ANY (p_parcels)
        )
    );
END
$$;

CREATE OR REPLACE FUNCTION leaving_is_pushed(p_parcels bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- The channel of an order takes waybills.
    RETURN EXISTS (
        SELECT FROM fulfillment_parcelorder link
        JOIN orders_order o ON o.id = link.order_id
        JOIN stores_channel c ON c.id = o.channel_id AND c.accepts_waybill_push
        WHERE link.parcel_id = ANY (p_parcels)
    );
END
$$;

CREATE OR REPLACE FUNCTION goods_lay_in_bins(p_orders bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- Or somebody is still to fetch them.
    RETURN EXISTS (
        SELECT FROM orders_orderline l
        JOIN orders_reservation r ON r.line_id = l.id AND r.state = 'shipped'
        JOIN fulfillment_binstock s ON s.sku_id = r.sku_id AND s.quantity > 0
        JOIN fulfillment_bin b ON b.id = s.bin_id AND b.warehouse_id = r.warehouse_id
        WHERE l.order_id = ANY (p_orders)
    ) OR EXISTS (
        SELECT FROM fulfillment_waveorder w
        JOIN fulfillment_pickline k ON k.wave_order_id = w.id AND k.state = 'open'
        WHERE w.order_id = ANY (p_orders)
    );
END
$$;

-- A SKU that waiting orders ask for does not become a bundle: what they were promised are pieces
-- of its own. The trigger that comes before holds the SKU, so no such order is on its way.
CREATE FUNCTION bundle_not_waited_for() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM catalog_bundlepart WHERE bundle_id = NEW.bundle_id AND id <> NEW.id
    ) AND EXISTS (
        SELECT FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
        WHERE l.sku_id = NEW.bundle_id AND o.fulfilment_state = 'waiting'
    ) THEN
        RAISE EXCEPTION 'Orders wait for this SKU: it is no bundle yet.' USING ERRCODE = 'OD010';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER bundle_not_waited_for AFTER INSERT ON catalog_bundlepart
FOR EACH ROW EXECUTE FUNCTION bundle_not_waited_for();

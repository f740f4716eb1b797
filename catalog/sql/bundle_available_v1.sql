-- Pieces of a bundle that its parts make in active warehouses, each of them whole in one; NULL for
-- a SKU that is no bundle, and for a bundle of which no warehouse holds every part.
CREATE FUNCTION bundle_available(p_bundle bigint) RETURNS integer
LANGUAGE sql STABLE
AS $$
    SELECT sum(made.pieces)::integer
    FROM (
        SELECT min(s.available / p.pieces) AS pieces
        FROM catalog_bundlepart p
        JOIN catalog_stocklevel s ON s.sku_id = p.part_id
        JOIN catalog_warehouse w ON w.id = s.warehouse_id AND w.is_active
        WHERE p.bundle_id = p_bundle
        GROUP BY s.warehouse_id
        HAVING count(*) = (
            SELECT count(*) FROM catalog_bundlepart q WHERE q.bundle_id = p_bundle
        )
    ) made
$$;

"""What must always hold of codes (CAT-1), prices (CAT-6) and stock (CAT-7)."""

from opsdesk.audit.invariants import every_change_recorded
from opsdesk.invariants import Invariant

INVARIANTS = (
    every_change_recorded("catalog.sku", "catalog_sku"),
    Invariant(
        "catalog.codes-are-taken",
        "The code of every SKU is on record as its own, in its store.",
        """
        SELECT k.id, k.code FROM catalog_sku k
        LEFT JOIN catalog_skucode c
          ON c.sku_id = k.id AND c.kind = 'own' AND c.code = k.code AND c.store_id = k.store_id
        WHERE c.id IS NULL
        """,
    ),
    Invariant(
        "catalog.aliases-stay-in-their-store",
        "A code leads only to a SKU of its own store.",
        """
        SELECT c.id, c.code FROM catalog_skucode c JOIN catalog_sku k ON k.id = c.sku_id
        WHERE c.store_id <> k.store_id
        """,
    ),
    Invariant(
        "catalog.stock-equals-ledger",
        "Per SKU, warehouse and state, the balance equals the sum of its ledger lines.",
        """
        WITH moved AS (
            SELECT sku_id, warehouse_id, to_state AS state, sum(quantity) AS pieces
            FROM catalog_stockmovement WHERE to_state <> '' GROUP BY 1, 2, 3
            UNION ALL
            SELECT sku_id, warehouse_id, from_state, -sum(quantity)
            FROM catalog_stockmovement WHERE from_state <> '' GROUP BY 1, 2, 3
        ), ledger AS (
            SELECT sku_id, warehouse_id, state, sum(pieces) AS pieces FROM moved GROUP BY 1, 2, 3
        ), balance AS (
            SELECT sku_id, warehouse_id, state, pieces
            FROM catalog_stocklevel
            CROSS JOIN LATERAL (VALUES
                ('available', available), ('reserved', reserved), ('shipped', shipped),
                ('returning', "returning"), ('damaged', damaged), ('sold', sold)
            ) AS states (state, pieces)
        )
        SELECT COALESCE(b.sku_id, l.sku_id) AS sku_id,
               COALESCE(b.warehouse_id, l.warehouse_id) AS warehouse_id,
               COALESCE(b.state, l.state) AS state, b.pieces AS balance, l.pieces AS ledger
        FROM balance b
        FULL JOIN ledger l USING (sku_id, warehouse_id, state)
        WHERE COALESCE(b.pieces, 0) <> COALESCE(l.pieces, 0)
        """,
        ledger=True,
    ),
    Invariant(
        "catalog.stock-not-negative",
        "No stock state is below zero.",
        """
        SELECT sku_id, warehouse_id FROM catalog_stocklevel
        WHERE LEAST(available, reserved, shipped, "returning", damaged, sold) < 0
        """,
        ledger=True,
    ),
    Invariant(
        "catalog.stock-stays-in-its-store",
        "A SKU lies only in warehouses of its own store.",
        """
        SELECT s.id, k.code FROM catalog_stocklevel s
        JOIN catalog_sku k ON k.id = s.sku_id
        JOIN catalog_warehouse w ON w.id = s.warehouse_id
        WHERE w.store_id <> k.store_id
        """,
    ),
    Invariant(
        "catalog.list-price-is-the-store-price",
        "The list price of a SKU is the store-wide price that began last.",
        """
        SELECT k.id, k.code, k.list_price, p.amount
        FROM (
            SELECT DISTINCT ON (sku_id) sku_id, amount FROM catalog_price
            WHERE channel_id IS NULL ORDER BY sku_id, lower(valid) DESC
        ) p
        JOIN catalog_sku k ON k.id = p.sku_id
        WHERE k.list_price IS DISTINCT FROM p.amount
        """,
    ),
    Invariant(
        "catalog.price-stays-in-its-store",
        "A price names a channel of its SKU's own store.",
        """
        SELECT p.id, k.code FROM catalog_price p
        JOIN catalog_sku k ON k.id = p.sku_id
        JOIN stores_channel c ON c.id = p.channel_id
        WHERE c.store_id <> k.store_id
        """,
    ),
    Invariant(
        "catalog.supplier-items-stay-in-their-store",
        "A supplier delivers only SKUs of its own store.",
        """
        SELECT i.id, k.code FROM catalog_supplieritem i
        JOIN catalog_sku k ON k.id = i.sku_id
        JOIN catalog_supplier s ON s.id = i.supplier_id
        WHERE s.store_id <> k.store_id
        """,
    ),
    Invariant(
        "catalog.purchase-received-equals-receipts",
        "What came in of an order's SKU is what its delivery notes and its ledger lines say.",
        """
        WITH noted AS (
            SELECT line_id, sum(good) AS good, sum(damaged) AS damaged
            FROM catalog_purchasereceiptline GROUP BY 1
        ), booked AS (
            SELECT substr(reference, 10)::bigint AS order_id, sku_id, warehouse_id,
                   COALESCE(sum(quantity) FILTER (WHERE to_state = 'available'), 0) AS good,
                   COALESCE(sum(quantity) FILTER (WHERE to_state = 'damaged'), 0) AS damaged
            FROM catalog_stockmovement
            WHERE kind = 'receive' AND reference ~ '^purchase:[0-9]{1,18}$' GROUP BY 1, 2, 3
        ), ordered AS (
            SELECT l.id, l.order_id, l.sku_id, o.warehouse_id, l.received
            FROM catalog_purchaseline l JOIN catalog_purchaseorder o ON o.id = l.order_id
        )
        SELECT COALESCE(l.order_id, b.order_id) AS order_id,
               COALESCE(l.sku_id, b.sku_id) AS sku_id, l.received,
               n.good, n.damaged, b.good AS booked_good, b.damaged AS booked_damaged
        FROM ordered l
        LEFT JOIN noted n ON n.line_id = l.id
        FULL JOIN booked b
          ON b.order_id = l.order_id AND b.sku_id = l.sku_id AND b.warehouse_id = l.warehouse_id
        WHERE l.received IS DISTINCT FROM COALESCE(n.good + n.damaged, 0)
           OR COALESCE(n.good, 0) <> COALESCE(b.good, 0)
           OR COALESCE(n.damaged, 0) <> COALESCE(b.damaged, 0)
        """,
        ledger=True,
    ),
    Invariant(
        "catalog.purchase-state-fits-lines",
        "A purchase order has come as far as its lines have.",
        """
        SELECT o.id, o.number, o.state
        FROM catalog_purchaseorder o
        JOIN (
            SELECT order_id, sum(received) AS received, bool_and(received >= quantity) AS is_in
            FROM catalog_purchaseline GROUP BY 1
        ) l ON l.order_id = o.id
        WHERE CASE
            WHEN o.state IN ('received', 'closed') THEN NOT l.is_in
            WHEN o.state IN ('partly', 'short') THEN l.is_in OR l.received = 0
            ELSE l.received > 0
        END
        """,
    ),
    Invariant(
        "catalog.bundles-are-made-of-parts",
        "A bundle has no stock of its own, and its parts are no bundles and of its own store.",
        """
        SELECT p.id, b.code AS bundle, k.code AS part FROM catalog_bundlepart p
        JOIN catalog_sku b ON b.id = p.bundle_id
        JOIN catalog_sku k ON k.id = p.part_id
        WHERE b.store_id <> k.store_id
           OR EXISTS (SELECT FROM catalog_bundlepart q WHERE q.bundle_id = p.part_id)
           OR EXISTS (SELECT FROM catalog_stocklevel s WHERE s.sku_id = p.bundle_id)
        """,
        ledger=True,
    ),
    Invariant(
        "catalog.samples-come-out-again",
        "Seed and population of every weekly check draw the listings that stand on its sheet.",
        """
        SELECT s.id, s.week FROM catalog_listingsample s
        WHERE ARRAY(
            SELECT i.listing_id FROM catalog_listingsampleitem i
            WHERE i.sample_id = s.id ORDER BY i.place
        ) IS DISTINCT FROM ARRAY(
            SELECT live.id FROM unnest(s.population) AS live (id)
            ORDER BY sha256(convert_to(s.seed || ':' || live.id, 'UTF8')) LIMIT s.size
        )
        """,
    ),
)

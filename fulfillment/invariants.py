"""What always holds of parcels and bins; `manage.py verify` asks for it."""

from opsdesk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "fulfillment.parcel-holds-what-was-ordered",
        "Parcels hold no more of an order line than was promised to it.",
        """
        SELECT i.line_id, i.sku_id, sum(i.quantity) AS packed, r.quantity AS promised
        FROM fulfillment_parcelitem i
        JOIN fulfillment_parcel p ON p.id = i.parcel_id AND p.state <> 'cancelled'
        LEFT JOIN LATERAL (
            SELECT COALESCE(sum(quantity), 0) AS quantity FROM orders_reservation
            WHERE line_id = i.line_id AND sku_id = i.sku_id AND state <> 'released'
        ) r ON true
        GROUP BY i.line_id, i.sku_id, r.quantity
        HAVING sum(i.quantity) > r.quantity
        """,
    ),
    Invariant(
        "fulfillment.parcel-items-of-its-orders",
        "What is in a parcel belongs to an order that it carries.",
        """
        SELECT i.id, i.parcel_id, l.order_id
        FROM fulfillment_parcelitem i
        JOIN orders_orderline l ON l.id = i.line_id
        WHERE NOT EXISTS (
            SELECT FROM fulfillment_parcelorder o
            WHERE o.parcel_id = i.parcel_id AND o.order_id = l.order_id
        )
        """,
    ),
    Invariant(
        "fulfillment.parcel-under-way-of-shipped-orders",
        "Who has a parcel under way is shipped.",
        """
        SELECT p.id AS parcel_id, o.id AS order_id, o.fulfilment_state
        FROM fulfillment_parcel p
        JOIN fulfillment_parcelorder po ON po.parcel_id = p.id
        JOIN orders_order o ON o.id = po.order_id
        WHERE p.state IN ('handed_over', 'delivered') AND o.shipped_at IS NULL
        """,
    ),
    Invariant(
        "fulfillment.bins-equal-their-movements",
        "What lies in a bin is the sum of its movements.",
        """
        SELECT bin_id, sku_id, s.quantity, m.quantity AS moved
        FROM fulfillment_binstock s
        FULL JOIN (
            SELECT bin_id, sku_id, sum(quantity) AS quantity
            FROM fulfillment_binmovement GROUP BY bin_id, sku_id
        ) m USING (bin_id, sku_id)
        WHERE COALESCE(s.quantity, 0) <> COALESCE(m.quantity, 0)
        """,
    ),
    Invariant(
        "fulfillment.bins-hold-what-is-on-hand",
        "Bins hold no more of a SKU than the warehouse has on hand.",
        """
        SELECT b.warehouse_id, s.sku_id, sum(s.quantity) AS lying, l.on_hand
        FROM fulfillment_binstock s
        JOIN fulfillment_bin b ON b.id = s.bin_id
        LEFT JOIN LATERAL (
            SELECT COALESCE(sum(available + reserved + damaged), 0) AS on_hand
            FROM catalog_stocklevel
            WHERE sku_id = s.sku_id AND warehouse_id = b.warehouse_id
        ) l ON true
        WHERE s.quantity > 0
        GROUP BY b.warehouse_id, s.sku_id, l.on_hand
        HAVING sum(s.quantity) > l.on_hand
        """,
    ),
    Invariant(
        "fulfillment.boxes-equal-their-movements",
        "How many boxes there are is the sum of their movements.",
        """
        SELECT s.id, s.quantity, COALESCE(m.quantity, 0) AS moved
        FROM fulfillment_boxstock s
        LEFT JOIN (
            SELECT stock_id, sum(quantity) AS quantity FROM fulfillment_boxmovement GROUP BY 1
        ) m ON m.stock_id = s.id
        WHERE s.quantity <> COALESCE(m.quantity, 0)
        """,
    ),
)

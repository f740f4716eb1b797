-- What is reserved now was received before, with plenty besides. What has been shipped is history.
INSERT INTO orders_reservation (line_id, sku_id, warehouse_id, quantity, state, reserved_at)
SELECT l.id, l.sku_id, %(warehouse)s, l.quantity, 'open', o.confirmed_at
FROM volume_order o
JOIN orders_orderline l ON l.order_id = o.id
WHERE o.state = 'reserved'
ORDER BY l.id;

CREATE TEMP TABLE volume_reserved AS
SELECT r.sku_id, sum(r.quantity)::integer AS pieces
FROM orders_reservation r
JOIN volume_sku k ON k.id = r.sku_id
WHERE r.state = 'open' AND r.warehouse_id = %(warehouse)s
GROUP BY r.sku_id;

INSERT INTO catalog_stockmovement (
    sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, at
)
SELECT k.id, %(warehouse)s, 'receive', '', 'available',
       COALESCE(v.pieces, 0) + 20 + 100000 / (k.rank + 50), 'volume', '', %(first)s
FROM volume_sku k LEFT JOIN volume_reserved v ON v.sku_id = k.id
ORDER BY k.id;

INSERT INTO catalog_stockmovement (
    sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, at
)
SELECT r.sku_id, %(warehouse)s, 'reserve', 'available', 'reserved', r.quantity,
       'order:' || l.order_id, '', r.reserved_at
FROM orders_reservation r
JOIN orders_orderline l ON l.id = r.line_id
JOIN volume_order o ON o.id = l.order_id
WHERE r.state = 'open'
ORDER BY r.id;

INSERT INTO catalog_stocklevel (
    sku_id, warehouse_id, available, reserved, shipped, "returning", damaged, sold
)
SELECT sku_id, warehouse_id,
       sum(quantity) FILTER (WHERE to_state = 'available')
           - COALESCE(sum(quantity) FILTER (WHERE from_state = 'available'), 0),
       COALESCE(sum(quantity) FILTER (WHERE to_state = 'reserved'), 0), 0, 0, 0, 0
FROM catalog_stockmovement
WHERE warehouse_id = %(warehouse)s AND sku_id IN (SELECT id FROM volume_sku)
GROUP BY sku_id, warehouse_id
ORDER BY sku_id;

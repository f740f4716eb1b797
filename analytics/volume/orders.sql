INSERT INTO orders_customer (store_id, external_id, created_at)
SELECT %(store)s, 'volume-' || to_char(buyer, 'FM00000000'), min(placed_at)
FROM volume_order GROUP BY buyer ORDER BY min(placed_at);

INSERT INTO orders_order (
    id, store_id, channel_id, external_number, customer_id,
    review_state, payment_state, fulfilment_state, after_sales_state,
    is_amount_only, currency, total_amount, freight_amount, discount_amount,
    paid_amount, refunded_amount, placed_at, paid_at, reviewed_at, confirmed_at,
    shipped_at, delivered_at, cancelled_at, region,
    content_hash, version, created_at, updated_at
)
SELECT o.id, %(store)s, o.channel_id, 'V' || to_char(o.n, 'FM0000000000'), c.id,
       CASE WHEN o.reviewed_at IS NOT NULL THEN 'passed'
            WHEN o.state = 'cancelled' THEN 'not_tracked' ELSE 'waiting' END,
       CASE WHEN o.paid_at IS NULL THEN 'unpaid' WHEN o.is_refunded THEN 'refunded'
            ELSE 'paid' END,
       o.state, 'none', false, %(currency)s, sums.total, 0, 0,
       CASE WHEN o.paid_at IS NULL THEN 0 ELSE sums.total END,
       CASE WHEN o.is_refunded THEN sums.total ELSE 0 END,
       o.placed_at, o.paid_at, o.reviewed_at, o.confirmed_at,
       o.shipped_at, o.delivered_at, o.cancelled_at,
       '上海市 上海市 浦东新区',
       md5(o.n::text), 1, %(at)s, %(at)s
FROM volume_order o
JOIN (
    SELECT order_id, sum(quantity * price) AS total FROM volume_line GROUP BY order_id
) AS sums ON sums.order_id = o.id
JOIN orders_customer c
    ON c.store_id = %(store)s AND c.external_id = 'volume-' || to_char(o.buyer, 'FM00000000')
ORDER BY o.n;

INSERT INTO orders_orderline
    (order_id, position, sku_id, sku_code, title, quantity, unit_price, amount)
SELECT order_id, position, sku_id, code, '', quantity, price, quantity * price
FROM volume_line ORDER BY n, position;

INSERT INTO orders_orderevent (order_id, kind, at, recorded_at, data)
SELECT o.id, e.kind, e.at, e.at, '{}'
FROM volume_order o
CROSS JOIN LATERAL (VALUES
    ('placed', o.placed_at), ('paid', o.paid_at), ('reserved', o.confirmed_at),
    ('reviewed', o.reviewed_at), ('shipped', o.shipped_at), ('delivered', o.delivered_at),
    ('cancelled', o.cancelled_at), ('refunded', CASE WHEN o.is_refunded THEN o.delivered_at END)
) AS e (kind, at)
WHERE e.at IS NOT NULL
ORDER BY o.n, e.at;

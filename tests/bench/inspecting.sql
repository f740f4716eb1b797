-- What an inspection looks at besides orders, for the store that `analytics.volume` has made:
-- prices, listings, parcels and their news, figures of channels, deliveries, requests, old alerts.
-- The percent signs of LIKE and of modulo are doubled: psycopg reads the file.
CREATE TEMP TABLE premise AS
SELECT row_number() OVER (ORDER BY id)::integer AS n, id AS sku_id, product_id, code, list_price
FROM catalog_sku WHERE store_id = %(store)s;

-- Every SKU has a lasting price; one in ten another one for a week, one in five hundred by nobody's
-- leave.
INSERT INTO catalog_price (sku_id, channel_id, amount, valid, line_id)
SELECT sku_id, NULL, list_price, tstzrange(%(first)s, NULL), NULL FROM premise;

INSERT INTO approvals_approval (
    kind, subject_key, subject_label, snapshot, digest, currency, roles, voices,
    from_different_roles, roles_granted_before, state, filed_at, expires_at, decided_at, ended_at,
    why, note, outcome, filer_id, last_editor_id, store_id
)
SELECT 'catalog.purchase_order', 'asked:' || n, 'Request ' || n, '{}', repeat('0', 64), 'CNY',
       ARRAY['marketing_lead'], 1, false, m.filed, s.state, m.filed, m.filed + interval '1 day',
       CASE WHEN s.state IN ('approved', 'carried_out') THEN m.filed + interval '1 hour' END,
       CASE WHEN s.state IN ('carried_out', 'expired') THEN m.filed + interval '1 day' END,
       '', '', '{}', %(filer)s, %(filer)s, %(store)s
FROM generate_series(1, %(requests)s) AS n
CROSS JOIN LATERAL (
    SELECT %(at)s::timestamptz - n * interval '15 minutes' - interval '2 days' AS filed
) m
CROSS JOIN LATERAL (
    SELECT CASE WHEN n %% 400 = 0 THEN 'expired' WHEN n %% 500 = 1 THEN 'approved'
                ELSE 'carried_out' END AS state
) s;

INSERT INTO catalog_pricechange (store_id, reason, approval_id, filed_by_id, filed_at)
SELECT %(store)s, 'A week of sales', min(id), %(filer)s, %(at)s::timestamptz - interval '4 days'
FROM approvals_approval WHERE store_id = %(store)s AND state = 'carried_out';

INSERT INTO catalog_pricechangeline (
    change_id, sku_id, channel_id, before, amount, valid, reason, state, settled_at, note
)
SELECT c.id, p.sku_id, %(channel)s, p.list_price, round(p.list_price * 0.9, 2),
       tstzrange(%(at)s::timestamptz - interval '3 days', %(at)s::timestamptz + interval '4 days'),
       'fits', 'applied', %(at)s::timestamptz - interval '3 days', ''
FROM premise p CROSS JOIN catalog_pricechange c
WHERE c.store_id = %(store)s AND p.n %% 10 = 0;

INSERT INTO catalog_price (sku_id, channel_id, amount, valid, line_id)
SELECT l.sku_id, l.channel_id, l.amount - (p.n %% 500 = 10)::integer, l.valid, l.id
FROM catalog_pricechangeline l JOIN premise p USING (sku_id);

-- Presales that sell, some for longer than they should.
INSERT INTO catalog_supplier (store_id, code, name, lead_days, is_active)
VALUES (%(store)s, 'S', 'Supplier', 14, true);

INSERT INTO catalog_presalelot (
    store_id, sku_id, channel_id, supplier_id, offered, price, deposit, sold, promised_on,
    returns_deposit, state, filed_by_id, filed_at, opened_by_id, opened_at, reason
)
SELECT %(store)s, p.sku_id, NULL, s.id, 100, p.list_price, 0,
       tstzrange(%(at)s::timestamptz - interval '9 days',
                 %(at)s::timestamptz + (p.n %% 7 - 1) * interval '1 day'),
       %(today)s::date + 30, false, 'open', %(filer)s, %(first)s, %(decider)s, %(first)s, ''
FROM premise p CROSS JOIN catalog_supplier s
WHERE s.store_id = %(store)s AND p.n %% 10 = 1 AND p.n <= 2000;

-- A product in two is live on a channel; fifty of them were compared last week.
INSERT INTO catalog_listing (
    store_id, product_id, channel_id, state, title, description, material, function, usage,
    cautions, after_sales, attributes, external_id, published_at, created_at
)
SELECT DISTINCT ON (product_id) %(store)s, product_id, %(channel)s, 'live', code, '', '', '', '',
       '', '', '{}'::jsonb, '', %(first)s::timestamptz, %(first)s::timestamptz
FROM premise WHERE n %% 2 = 0;

INSERT INTO catalog_listingsample (
    store_id, week, method, seed, share, population, population_size, size, drawn_at, checked_at
)
SELECT %(store)s, to_char(%(today)s::date - 7, 'IYYY-"W"IW'), 'v1', 'seed', 1, array_agg(id),
       count(*), least(50, count(*)), %(at)s::timestamptz - interval '6 days',
       %(at)s::timestamptz - interval '5 days'
FROM catalog_listing WHERE store_id = %(store)s;

INSERT INTO catalog_listingsampleitem (sample_id, listing_id, place, facts, verdict, error, answered_at)
SELECT s.id, l.id, l.place, '{}', CASE WHEN l.place = 1 THEN 'wrong' ELSE 'right' END,
       CASE WHEN l.place = 1 THEN 'price' ELSE '' END, s.checked_at
FROM catalog_listingsample s CROSS JOIN (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM catalog_listing WHERE store_id = %(store)s ORDER BY id LIMIT 50
) l
WHERE s.store_id = %(store)s;

-- Of some goods nothing is left.
UPDATE catalog_stocklevel s SET available = 0
FROM premise p WHERE p.sku_id = s.sku_id AND p.n %% 3 = 0 AND s.warehouse_id = %(warehouse)s;

-- What has left most lately has a parcel each; the newest are under way, of these some are silent
-- or in trouble.
INSERT INTO fulfillment_carrier (
    store_id, code, name, phone, kuaidi100_code, easypost_code, is_active
)
VALUES (%(store)s, 'sf', 'SF', '', 'shunfeng', '', true);

CREATE TEMP TABLE leaving AS
SELECT o.id AS order_id, o.shipped_at, o.delivered_at, o.place,
       CASE WHEN o.place <= %(under_way)s THEN 'shipped' ELSE 'delivered' END AS state,
       nextval(pg_get_serial_sequence('fulfillment_parcel', 'id')) AS parcel_id
FROM (
    SELECT id, shipped_at, coalesce(delivered_at, %(at)s) AS delivered_at,
           row_number() OVER (ORDER BY shipped_at DESC, id) AS place
    FROM orders_order
    WHERE store_id = %(store)s AND fulfilment_state IN ('shipped', 'delivered')
    ORDER BY shipped_at DESC, id LIMIT %(parcels)s
) o;

UPDATE orders_order o
SET fulfilment_state = v.state,
    delivered_at = CASE v.state WHEN 'delivered' THEN v.delivered_at END
FROM leaving v
WHERE v.order_id = o.id AND v.state <> o.fulfilment_state;

INSERT INTO fulfillment_parcel (
    id, store_id, warehouse_id, carrier_id, state, waybill, opened_at, packed_at, handed_over_at,
    ended_at, cancelled_because, version
)
SELECT parcel_id, %(store)s, %(warehouse)s, c.id,
       CASE state WHEN 'shipped' THEN 'handed_over' ELSE 'delivered' END,
       'SF' || to_char(parcel_id, 'FM0000000000'), shipped_at, shipped_at, shipped_at,
       CASE state WHEN 'delivered' THEN delivered_at END, '', 1
FROM leaving CROSS JOIN fulfillment_carrier c WHERE c.store_id = %(store)s
ORDER BY parcel_id;

INSERT INTO fulfillment_parcelorder (parcel_id, order_id)
SELECT parcel_id, order_id FROM leaving ORDER BY parcel_id;

INSERT INTO fulfillment_parcelitem (parcel_id, line_id, sku_id, quantity)
SELECT v.parcel_id, l.id, l.sku_id, l.quantity
FROM leaving v JOIN orders_orderline l USING (order_id) ORDER BY v.parcel_id;

INSERT INTO fulfillment_parcelprogress (
    parcel_id, state, event_at, text, place, news_at, delivered_at, failures
)
SELECT parcel_id, news.state, news.at, '', '', news.at,
       CASE leaving.state WHEN 'delivered' THEN delivered_at END, 0
FROM leaving
CROSS JOIN LATERAL (
    SELECT CASE WHEN leaving.state = 'delivered' THEN 'delivered' WHEN place %% 5 = 0 THEN 'failed_attempt'
                WHEN place %% 5 = 1 THEN 'exception' ELSE 'in_transit' END AS state,
           CASE WHEN leaving.state = 'delivered' THEN delivered_at WHEN place %% 5 = 2 THEN shipped_at
                ELSE %(at)s::timestamptz - (place %% 600) * interval '1 minute' END AS at
) news
ORDER BY parcel_id;

-- Somebody is asked of them.
INSERT INTO exchange_target (
    store_id, code, name, adapter, address, sealed_token, sealed_secret, is_active, failures_in_row
)
VALUES (%(store)s, 'asked', 'Asked', 'kuaidi100', '', '', '', true, 0);

INSERT INTO fulfillment_parcelpoll (
    parcel_id, target_id, carrier_id, reference, next_at, attempts, error, parked_at
)
SELECT v.parcel_id, t.id, c.id, '', CASE WHEN v.place %% 5 > 0 THEN %(at)s::timestamptz END, 1,
       '', CASE WHEN v.place %% 5 = 0 THEN %(at)s::timestamptz END
FROM leaving v
CROSS JOIN exchange_target t CROSS JOIN fulfillment_carrier c
WHERE t.store_id = %(store)s AND c.store_id = %(store)s AND v.state = 'shipped';

-- Three months of figures that channels tell.
INSERT INTO readings_reading (
    store_id, channel_id, figure, day, value, industry, source, taken_at
)
SELECT %(store)s, c.id, f.figure, day::date, 3 + (hashint8extended(extract(day FROM day)::bigint, 1)
       & 15) / 10.0, CASE WHEN f.figure LIKE 'dsr%%' THEN 4 END, 'bench',
       least((day::date + 1)::timestamp AT TIME ZONE %(zone)s + interval '6 hours',
             %(at)s::timestamptz - interval '1 minute')
FROM stores_channel c
CROSS JOIN unnest(%(figures)s::text[]) AS f (figure)
CROSS JOIN generate_series(%(today)s::date - 90, %(today)s::date, '1 day') AS day
WHERE c.store_id = %(store)s;

-- Two months of deliveries by webhook and of files; the webhook has been silent since yesterday.
INSERT INTO exchange_webhooksource (
    store_id, channel_id, source, sealed_secret, sealed_previous, changed_at, is_active
)
VALUES (%(store)s, %(channel)s, 'bench', 'sealed', '', %(first)s, true);

INSERT INTO exchange_inbounddelivery (
    store_id, source, delivery_id, headers, size, sha256, received_at, state, attempts, next_at,
    error, finished_at
)
SELECT %(store)s, 'bench', n::text, '{}', 100, repeat('0', 64), m.at,
       CASE WHEN n %% 5000 = 0 THEN 'parked' ELSE 'done' END, 1, m.at,
       CASE WHEN n %% 5000 = 0 THEN 'unreadable' ELSE '' END, m.at
FROM generate_series(1, %(deliveries)s) AS n
CROSS JOIN LATERAL (
    SELECT %(at)s::timestamptz - interval '1 day' - n * (interval '59 days' / %(deliveries)s) AS at
) m;

INSERT INTO exchange_webhookrefusal (store_id, source, day, reason, count)
VALUES (%(store)s, 'bench', %(today)s::date - 1, 'signature', 20);

INSERT INTO exchange_importsession (
    importer, file_name, file, sha256, size, column_map, on_error, as_of, state, reason, dialect,
    total, created, changed, duplicate, rejected, created_at, finished_at, channel_id, store_id,
    attempts
)
SELECT 'readings', 'figures.csv', '', repeat('0', 64), 100, '{}', 'skip', day, 'done', '', '{}',
       1, 1, 0, 0, 0, day, day, %(channel)s, %(store)s, 1
FROM generate_series(%(at)s::timestamptz - interval '59 days', %(at)s, '1 day') AS day;

INSERT INTO orders_refund (
    store_id, provider, reference, amount, currency, created_at, order_id, refunded_at
)
SELECT store_id, 'bench', '', refunded_amount, currency, m.at, id, m.at
FROM orders_order
CROSS JOIN LATERAL (SELECT coalesce(delivered_at, shipped_at) AS at) m
WHERE store_id = %(store)s AND refunded_amount > 0;

-- A year of alerts that are over.
INSERT INTO alerts_alert (
    store_id, check_code, key, clause, subject_label, severity, owner_role, evidence, state,
    opened_at, last_seen_at, resolved_at, resolution, times_reopened
)
SELECT %(store)s, (%(kinds)s::text[])[1 + n %% cardinality(%(kinds)s::text[])], 'old:' || n, '',
       'Old ' || n, 'warning', 'warehouse', '{}', 'resolved', m.at, m.at, m.at, 'self', 0
FROM generate_series(1, %(alerts)s) AS n
CROSS JOIN LATERAL (
    SELECT %(first)s::timestamptz + n * ((%(at)s::timestamptz - %(first)s::timestamptz) / (%(alerts)s + 1))
        AS at
) m;

INSERT INTO analytics_rollupmark (store_id, rolled_up_to, timezone)
VALUES (%(store)s, %(at)s, %(zone)s);

DROP TABLE premise, leaving;

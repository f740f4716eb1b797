-- Products with five SKUs each, at prices between 9 and 509.
WITH made AS (
    INSERT INTO catalog_product (store_id, code, name, brand, category, is_active, created_at)
    SELECT %(store)s, 'V' || to_char(n, 'FM000000'), 'Volume product ' || n, '', '', true, %(at)s
    FROM generate_series(1, (%(skus)s + 4) / 5) AS n
    RETURNING id, code
)
INSERT INTO catalog_sku (
    store_id, product_id, code, spec, barcode, cost, list_price, is_active, created_at
)
SELECT %(store)s, made.id, 'V-' || to_char(n, 'FM000000'), '', '',
       round((9 + (hashint8extended(n, %(seed)s) & 511)) * 0.4, 2),
       9 + (hashint8extended(n, %(seed)s) & 511), true, %(at)s
FROM generate_series(1, %(skus)s) AS n
JOIN made ON made.code = 'V' || to_char((n + 4) / 5, 'FM000000')
ORDER BY n;

-- Where triggers are at work they have done it already.
INSERT INTO catalog_skucode (store_id, code, sku_id, kind, source, created_at)
SELECT store_id, code, id, 'own', '', created_at
FROM catalog_sku WHERE store_id = %(store)s AND code LIKE 'V-%%'
ON CONFLICT DO NOTHING;

CREATE TEMP TABLE volume_sku AS
SELECT row_number() OVER (ORDER BY code)::integer AS rank, id, code, list_price
FROM catalog_sku WHERE store_id = %(store)s AND code LIKE 'V-%%';
ANALYZE volume_sku;

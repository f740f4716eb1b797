-- Which orders there will be: when, where, whose, and what has become of them.
-- Everything that looks random is a hash of the order's number and the seed.
CREATE FUNCTION pg_temp.chance(n bigint, salt integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (hashint8extended(n, salt * 100003::bigint + %(seed)s) & 4294967295) / 4294967296.0
$$;

CREATE TEMP TABLE volume_order AS
WITH days AS (
    SELECT day, orders, sum(orders) OVER (ORDER BY day) - orders AS before
    FROM unnest(%(days)s::date[], %(counts)s::integer[]) AS d (day, orders)
), moments AS (
    SELECT LEAST(
               (d.day + make_interval(
                   hours => width_bucket(
                       pg_temp.chance(serial, 1),
                       CASE WHEN d.day = %(last)s THEN %(last_hours)s ELSE %(hours)s END
                           ::double precision[]
                   ),
                   secs => floor(3600 * pg_temp.chance(serial, 2))
               )) AT TIME ZONE %(zone)s,
               %(at)s::timestamptz - make_interval(secs => serial %% 60)
           ) AS placed_at
    FROM days d
    CROSS JOIN LATERAL generate_series(d.before + 1, d.before + d.orders) AS serial
), numbered AS (
    SELECT row_number() OVER (ORDER BY placed_at) AS n, placed_at FROM moments
), told AS (
    SELECT n, placed_at, %(at)s::timestamptz - placed_at AS age,
           pg_temp.chance(n, 3) AS pays, pg_temp.chance(n, 4) AS pace,
           n > %(orders)s - %(waiting)s AS is_waiting
    FROM numbered
), staged AS (
    SELECT *,
           CASE WHEN is_waiting THEN 'waiting'
                WHEN pays < 0.05 AND age > interval '24 hours' THEN 'cancelled'
                WHEN pays < 0.05 THEN 'reserved'
                WHEN age > interval '72 hours' THEN 'delivered'
                WHEN age > interval '20 hours' THEN 'shipped'
                ELSE 'reserved' END AS state,
           CASE WHEN is_waiting OR pays >= 0.05 THEN placed_at + interval '30 seconds' END AS paid_at
    FROM told
)
SELECT nextval(pg_get_serial_sequence('orders_order', 'id')) AS id,
       n, placed_at, paid_at, state,
       CASE WHEN state IN ('reserved', 'shipped', 'delivered')
            THEN placed_at + interval '35 seconds' END AS confirmed_at,
       CASE WHEN paid_at IS NOT NULL AND NOT is_waiting AND age > interval '30 minutes'
            THEN paid_at + interval '1 second' * floor(60 + 1380 * pace) END AS reviewed_at,
       CASE WHEN state IN ('shipped', 'delivered')
            THEN placed_at + interval '1 second' * floor(14400 + 54000 * pace) END AS shipped_at,
       CASE WHEN state = 'delivered'
            THEN placed_at + interval '1 second' * floor(100800 + 144000 * pace) END AS delivered_at,
       CASE WHEN state = 'cancelled' THEN placed_at + interval '24 hours' END AS cancelled_at,
       (%(channels)s::bigint[])[
           width_bucket(pg_temp.chance(n, 5), %(channel_shares)s::double precision[]) + 1
       ] AS channel_id,
       -- Some buyers come back often: the lower the number the oftener.
       floor(%(buyers)s * power(pg_temp.chance(n, 6), 1.6))::bigint + 1 AS buyer,
       CASE WHEN pg_temp.chance(n, 7) < 0.70 THEN 1
            WHEN pg_temp.chance(n, 7) < 0.92 THEN 2
            ELSE 3 END AS lines,
       pg_temp.chance(n, 8) < 0.03 AND state = 'delivered' AS is_refunded
FROM staged
ORDER BY n;

-- The k-th SKU sells like 1 / k.
CREATE TEMP TABLE volume_line AS
SELECT o.id AS order_id, o.n, position, k.id AS sku_id, k.code, k.list_price AS price,
       CASE WHEN pg_temp.chance(o.n, 20 + position) < 0.88 THEN 1 ELSE 2 END AS quantity
FROM volume_order o
CROSS JOIN LATERAL generate_series(1, o.lines) AS position
JOIN volume_sku k
    ON k.rank = LEAST(
        floor(exp(ln(%(skus)s + 1) * pg_temp.chance(o.n, 10 + position)))::integer, %(skus)s
    );

ANALYZE volume_order, volume_line;

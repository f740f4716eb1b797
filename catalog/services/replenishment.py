"""How long stock lasts: sales a day, safety stock, days of cover, and who is told (CAT-8).

Demand of a business day, in the store's zone: pieces reserved that day, less those released, plus
what was shipped without having been reserved. It is counted by warehouse over the whole business
days before today, as many as the window says:

- A day on which there was nothing to sell, none available when it began and none arriving, says
  nothing about what buyers want: it is no day of the average.
- A day beyond so many times the median of the days with sales counts as that, one on which more
  came back likewise.
- Fewer days than the least sample are divided by that sample, and never lower an average that was
  known: what is sold out keeps being wanted.

`DEMAND` is the one place that says which ledger lines are demand. Pieces of a presale are promised
and not yet on a shelf: they have no line there until goods are in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from catalog.models.cover import ENDLESS
from opsdesk.db import lock_name
from opsdesk.stores import procedure
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

WINDOW = Setting(
    key="catalog.sales_window",
    clause="CAT-8",
    title=_("Days that average daily sales are taken from"),
    default=Decimal(28),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(180),
)
SPIKE = Setting(
    key="catalog.sales_spike",
    clause="CAT-8",
    title=_("A day of sales counts at most so many times the median"),
    default=Decimal(5),
    unit=Unit.TIMES,
    minimum=Decimal(1),
)
LEAST_DAYS = Setting(
    key="catalog.sales_least_days",
    clause="CAT-8",
    title=_("Fewest days for average daily sales"),
    default=Decimal(7),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(180),
)
REPLENISHED_WITHIN = Setting(
    key="catalog.replenished_within",
    clause="CAT-8",
    title=_("Days until goods are replenished"),
    default=Decimal(3),
    unit=Unit.DAYS,
    maximum=Decimal(365),
)
BUFFER = Setting(
    key="catalog.safety_buffer",
    clause="CAT-8",
    title=_("Buffer of the safety stock"),
    default=Decimal(20),
    unit=Unit.PERCENT,
    maximum=Decimal(1000),
)
SETTINGS = (WINDOW, SPIKE, LEAST_DAYS, REPLENISHED_WITHIN, BUFFER)

# Pieces that a line of the ledger, `m`, says buyers wanted.
DEMAND = """CASE
               WHEN m.kind = 'reserve' THEN m.quantity
               WHEN m.kind = 'release' THEN -m.quantity
               WHEN m.kind = 'ship' AND m.from_state = 'available' THEN m.quantity
               ELSE 0 END"""

# Where the store sells from: active SKUs in active warehouses.
PLACES = """
    SELECT l.sku_id, l.warehouse_id, l.available
    FROM catalog_stocklevel l
    JOIN catalog_sku k ON k.id = l.sku_id
    JOIN catalog_warehouse w ON w.id = l.warehouse_id
    WHERE k.store_id = %(store)s AND k.is_active AND w.is_active
"""

# Ledger lines by place and business day, from the window's first day on; all from today on is one
# day. `change` is what they did to the pieces available.
LINES = f"""
    SELECT p.sku_id, p.warehouse_id,
           LEAST((m.at AT TIME ZONE %(zone)s)::date, %(today)s) AS day,
           sum({DEMAND})::integer AS demand,
           sum(CASE
               WHEN m.to_state = 'available' THEN m.quantity
               WHEN m.from_state = 'available' THEN -m.quantity
               ELSE 0 END)::integer AS change,
           sum(CASE
               WHEN m.at < %(at)s THEN 0
               WHEN m.to_state = 'available' THEN m.quantity
               WHEN m.from_state = 'available' THEN -m.quantity
               ELSE 0 END)::integer AS change_since,
           bool_or(m.to_state = 'available') AS arrived
    FROM place p
    JOIN catalog_stockmovement m USING (sku_id, warehouse_id)
    WHERE m.at >= %(start)s
    GROUP BY 1, 2, 3
"""

# How long so many pieces last. One wording for whoever writes it.
LASTING = f"""CASE WHEN {{average}} > 0
    THEN LEAST(round(GREATEST({{available}}, 0) / {{average}}, 1), {ENDLESS})
    ELSE {ENDLESS} END"""

# `day` is a place's days with ledger lines, and today. Between two of them nothing moved, so that
# what was available is known for the days between (`gap`) without a row for each.
_MEASURE = f"""
WITH place AS ({PLACES}), line AS ({LINES}), day AS (
    SELECT p.sku_id, p.warehouse_id, t.day, COALESCE(t.demand, 0) AS demand,
           COALESCE(t.arrived, false) AS arrived,
           t.day - COALESCE(lag(t.day) OVER earlier, %(first)s - 1) - 1 AS gap,
           p.available - sum(COALESCE(t.change, 0)) OVER later AS at_start,
           p.available - COALESCE(t.change_since, 0) AS available
    FROM place p
    JOIN (
        SELECT * FROM line WHERE day < %(today)s
        UNION ALL
        SELECT q.sku_id, q.warehouse_id, %(today)s, 0, l.change, l.change_since, true
        FROM place q
        LEFT JOIN line l ON l.sku_id = q.sku_id AND l.warehouse_id = q.warehouse_id
                        AND l.day = %(today)s
    ) t USING (sku_id, warehouse_id)
    WINDOW earlier AS (PARTITION BY sku_id, warehouse_id ORDER BY t.day),
           later AS (earlier ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
), usual AS (
    SELECT sku_id, warehouse_id,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY demand)
               FILTER (WHERE demand > 0 AND day < %(today)s) * %(spike)s AS most
    FROM day GROUP BY 1, 2
), summed AS (
    SELECT d.sku_id, d.warehouse_id,
           sum(GREATEST(LEAST(d.demand, u.most), -u.most)) FILTER (WHERE d.day < %(today)s)
               AS demand,
           %(window)s
           - COALESCE(sum(d.gap) FILTER (WHERE d.at_start <= 0), 0)
           - count(*) FILTER (WHERE d.at_start <= 0 AND NOT d.arrived) AS days_counted,
           min(d.available) FILTER (WHERE d.day = %(today)s) AS available
    FROM day d JOIN usual u USING (sku_id, warehouse_id)
    GROUP BY 1, 2
), sampled AS (
    SELECT s.sku_id, s.warehouse_id, s.days_counted, s.available,
           round(GREATEST(
               COALESCE(s.demand, 0)::numeric / GREATEST(s.days_counted, %(least)s),
               CASE WHEN s.days_counted < %(least)s THEN known.average END,
               0
           ), 3) AS average
    FROM summed s
    LEFT JOIN catalog_stockcover known USING (sku_id, warehouse_id)
)
INSERT INTO catalog_stockcover AS known (
    store_id, sku_id, warehouse_id, average, days_counted, safety_stock, available, cover_days,
    computed_at
)
SELECT %(store)s, sku_id, warehouse_id, average, days_counted,
       ceil(average * %(days)s * (1 + %(buffer)s / 100.0)), available,
       {LASTING.format(available="available", average="average")}, %(at)s
FROM sampled
ORDER BY sku_id, warehouse_id
ON CONFLICT (sku_id, warehouse_id) DO UPDATE
SET average = excluded.average, days_counted = excluded.days_counted,
    safety_stock = excluded.safety_stock, available = excluded.available,
    cover_days = excluded.cover_days, computed_at = excluded.computed_at
WHERE known.computed_at <= excluded.computed_at
"""

_FORGET = """
DELETE FROM catalog_stockcover c
USING catalog_sku k, catalog_warehouse w
WHERE c.store_id = %s AND k.id = c.sku_id AND w.id = c.warehouse_id
  AND NOT (k.is_active AND w.is_active)
"""

_FOLLOW = f"""
UPDATE catalog_stockcover c
SET available = l.available,
    cover_days = {LASTING.format(available="l.available", average="c.average")}
FROM catalog_stocklevel l
WHERE l.sku_id = c.sku_id AND l.warehouse_id = c.warehouse_id AND l.available <> c.available
  AND c.store_id = %(store)s AND (%(skus)s::bigint[] IS NULL OR c.sku_id = ANY (%(skus)s))
"""


def measure_cover(store: Store, *, at: datetime) -> int:
    """Every active SKU in every active warehouse has its row as of `at`. Returns how many.

    Four statements, whatever the number of rows. Holds the store's lock of covers; a re-run writes
    the same, one for an earlier moment that comes late changes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock_covers(store)
        # Sorts of a whole store's month: in memory rather than on the disk.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_FORGET, [store.pk])
        cursor.execute(_MEASURE, _facts(store, at))
        return cursor.rowcount


def follow_balances(store: Store, *, sku_ids: Iterable[int] | None = None) -> int:
    """Available and days of cover are those of the balances now. Returns how many rows moved.

    The caller holds the store's lock of covers.
    """
    with connection.cursor() as cursor:
        skus = None if sku_ids is None else list(sku_ids)
        cursor.execute(_FOLLOW, {"store": store.pk, "skus": skus})
        return cursor.rowcount


def lock_covers(store: Store) -> None:
    """Until the end of the transaction nobody else writes the store's covers or their alerts."""
    lock_name(f"catalog.cover:{store.pk}")


def _facts(store: Store, at: datetime) -> dict[str, Any]:
    numbers = procedure.numbers_of(
        [setting.key for setting in SETTINGS], store=store, channel=None, at=at
    )
    window = int(numbers[WINDOW.key].value)
    today = store.business_date(at)
    first = today - timedelta(days=window)
    return {
        "store": store.pk,
        "zone": store.timezone,
        "at": at,
        "today": today,
        "first": first,
        "start": store.midnight(first),
        "window": window,
        "least": int(numbers[LEAST_DAYS.key].value),
        "spike": numbers[SPIKE.key].value,
        "days": numbers[REPLENISHED_WITHIN.key].value,
        "buffer": numbers[BUFFER.key].value,
    }

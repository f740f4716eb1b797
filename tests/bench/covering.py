"""Sales a day and days of cover of 100,000 places in a night, against a plain average in SQL."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

from django.db import connection, transaction
from django.test import Client

from catalog.models import StockCover, StockMovement
from catalog.services.replenishment import measure_cover
from opsdesk.embedded import Postgres
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from opsdesk.stores.services import grant_role
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, BenchShop, open_shop

GOAL_SECONDS = 30.0
PAGE_GOAL = 200.0
PROBES = 9
AT = MOMENT + timedelta(days=40)

# A store of SKUs by the hundred thousand, with a receipt each.
_SHELVES = """
WITH sku AS (
    INSERT INTO catalog_sku (
        store_id, product_id, code, spec, barcode, is_active, created_at
    )
    SELECT %(store)s, %(product)s, 'C-' || to_char(n, 'FM000000'), '', '', true, %(start)s
    FROM generate_series(1, %(number)s) AS n
    RETURNING id
), level AS (
    INSERT INTO catalog_stocklevel (
        sku_id, warehouse_id, available, reserved, shipped, "returning", damaged, sold
    )
    SELECT id, %(warehouse)s, 120, 0, 0, 0, 0, 0 FROM sku
)
INSERT INTO catalog_stockmovement (
    sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, at
)
SELECT id, %(warehouse)s, 'receive', '', 'available', 120, 'bench', '', %(start)s FROM sku
"""

# Every place sells on some fifteen of forty days, a few pieces at a time.
_LEDGER = """
INSERT INTO catalog_stockmovement (
    sku_id, warehouse_id, kind, from_state, to_state, quantity, reference, note, at
)
SELECT l.sku_id, l.warehouse_id, 'reserve', 'available', 'reserved',
       1 + (hashint8extended(l.id, n) & 3), 'bench', '', %(start)s + n * interval '1 day'
FROM generate_series(1, 40) AS n, catalog_stocklevel l
WHERE l.warehouse_id = %(warehouse)s AND (hashint8extended(l.id, n) & 7) < 3
ORDER BY n, l.id
"""

_BALANCES = """
UPDATE catalog_stocklevel l
SET available = available - sold.pieces, reserved = sold.pieces
FROM (
    SELECT sku_id, sum(quantity) AS pieces FROM catalog_stockmovement
    WHERE warehouse_id = %(warehouse)s AND kind = 'reserve' GROUP BY sku_id
) AS sold
WHERE l.warehouse_id = %(warehouse)s AND l.sku_id = sold.sku_id
"""

# A plain average of the same four weeks, written without any care for days and spikes.
_PLAIN = """
INSERT INTO catalog_stockcover (
    store_id, sku_id, warehouse_id, average, days_counted, safety_stock, available, cover_days,
    computed_at
)
SELECT %(store)s, l.sku_id, l.warehouse_id, round(COALESCE(m.sold, 0) / 28.0, 3), 28, 0,
       l.available, 0, %(at)s
FROM catalog_stocklevel l
LEFT JOIN (
    SELECT sku_id, warehouse_id, sum(quantity) AS sold FROM catalog_stockmovement
    WHERE kind = 'reserve' AND at >= %(at)s - interval '28 days' GROUP BY 1, 2
) m USING (sku_id, warehouse_id)
WHERE l.warehouse_id = %(warehouse)s
"""


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 500 if quick else 100_000
    shop = open_shop("covering", skus=1)
    _sell(shop, number)
    plain = _plainly(shop)
    first = _measured(shop.store)
    again = _measured(shop.store)
    scale = 100_000 / number
    lines = StockMovement.objects.filter(warehouse_id=shop.warehouse_id).count()
    return [
        Figure(
            "cover, 100,000 places",
            first * scale,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{lines:,} ledger lines; a plain average {plain * scale:.1f} s",
        ),
        Figure("cover, the night after", again * scale, "s", GOAL_SECONDS, at_least=False),
        *(
            Figure(
                f"days of cover, {name}", _page(shop.store, query), "ms", PAGE_GOAL, at_least=False
            )
            for name, query in (("list", ""), ("low stock", "?tab=low"))
        ),
    ]


def _sell(shop: BenchShop, number: int) -> None:
    facts = {
        "start": MOMENT,
        "store": shop.store.pk,
        "product": shop.store.products.get().pk,
        "warehouse": shop.warehouse_id,
        "number": number,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_SHELVES, facts)
        cursor.execute(_LEDGER, facts)
        cursor.execute(_BALANCES, facts)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE catalog_stockmovement, catalog_stocklevel, catalog_sku")


def _plainly(shop: BenchShop) -> float:
    """Seconds; what it wrote is thrown away."""
    facts = {"store": shop.store.pk, "warehouse": shop.warehouse_id, "at": AT}
    with transaction.atomic(), connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(_PLAIN, facts)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def _measured(store: Store) -> float:
    started = time.perf_counter()
    measured = measure_cover(store, at=AT)
    seconds = time.perf_counter() - started
    assert measured == StockCover.objects.filter(store=store).count()
    return seconds


def _page(store: Store, query: str = "") -> float:
    """Milliseconds of the board for somebody of the store, in the middle of several."""
    person, _is_new = User.objects.get_or_create(username="bench-cover", is_staff=True)
    grant_role(user=person, store=store, role=Role.CATALOG_OPERATOR, actor=None, at=AT)
    person.refresh_from_db()  # A new role ends the sessions that began without it.
    client = Client()
    client.force_login(person)
    times = []
    for _probe in range(PROBES):
        started = time.perf_counter()
        assert client.get(f"/admin/catalog/stockcover/{query}").status_code == 200
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)

"""Days of cover of 100,000 places, against a plain average in SQL, and lists of twice as many."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
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

# A product of its own for every fifth SKU, and a cover for each as its neighbour has.
_AS_MANY_AGAIN = """
INSERT INTO catalog_product (store_id, code, name, brand, category, is_active, created_at)
SELECT %(store)s, 'D-' || to_char(n, 'FM000000'), 'Product ' || n, 'Brand', 'Food/Tea', true, now()
FROM generate_series(1, %(number)s / 5) AS n;

INSERT INTO catalog_sku (store_id, product_id, code, spec, barcode, is_active, created_at)
SELECT p.store_id, p.id, p.code || '-' || n, 'Spec ' || n, '', true, now()
FROM catalog_product p, generate_series(1, 5) AS n
WHERE p.store_id = %(store)s AND p.category = 'Food/Tea';

INSERT INTO catalog_stockcover (
    store_id, sku_id, warehouse_id, average, days_counted, safety_stock, available, cover_days,
    computed_at
)
SELECT known.store_id, fresh.id, known.warehouse_id, known.average, known.days_counted,
       known.safety_stock, known.available, known.cover_days, known.computed_at
FROM (
    SELECT *, row_number() OVER (ORDER BY id) AS n FROM catalog_stockcover
    WHERE store_id = %(store)s
) known
JOIN (
    SELECT k.id, row_number() OVER (ORDER BY k.id) AS n
    FROM catalog_sku k JOIN catalog_product p ON p.id = k.product_id
    WHERE p.store_id = %(store)s AND p.category = 'Food/Tea'
) fresh USING (n);
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
    lines = StockMovement.objects.filter(warehouse_id=shop.warehouse_id).count()
    return [
        Figure(
            "cover, 100,000 places",
            first,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{lines:,} ledger lines; a plain average {plain:.1f} s",
        ),
        Figure("cover, the night after", again, "s", GOAL_SECONDS, at_least=False),
        *_pages(shop, number),
    ]


def _pages(shop: BenchShop, number: int) -> Iterator[Figure]:
    """The lists people look at, when the store has twice as many SKUs."""
    with connection.cursor() as cursor:
        cursor.execute(_AS_MANY_AGAIN, {"store": shop.store.pk, "number": number})
        cursor.execute("VACUUM ANALYZE catalog_product, catalog_sku, catalog_stockcover")
    client = _signed_in(shop.store)
    for name, address in {
        "days of cover": "/admin/catalog/stockcover/",
        "days of cover, low stock": "/admin/catalog/stockcover/?tab=low",
        "products": "/admin/catalog/product/",
        "products, found by code": "/admin/catalog/product/?code=d-01",
        "SKUs": "/admin/catalog/sku/",
        "SKUs, found by code": "/admin/catalog/sku/?code=d-01",
    }.items():
        yield Figure(f"list of {name}", _page(client, address), "ms", PAGE_GOAL, at_least=False)


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


def _signed_in(store: Store) -> Client:
    person, _is_new = User.objects.get_or_create(username="bench-cover", is_staff=True)
    grant_role(user=person, store=store, role=Role.CATALOG_OPERATOR, actor=None, at=AT)
    person.refresh_from_db()  # A new role ends the sessions that began without it.
    client = Client()
    client.force_login(person)
    return client


def _page(client: Client, address: str) -> float:
    """Milliseconds of the page, in the middle of several."""
    times = []
    for _probe in range(PROBES):
        started = time.perf_counter()
        assert client.get(address).status_code == 200
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)

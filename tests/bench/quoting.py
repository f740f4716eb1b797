"""A parcel's offers, asked of price tables of 200,000 rows."""

from __future__ import annotations

import time
from decimal import Decimal
from statistics import median

from django.db import connection

from catalog.models import Warehouse
from fulfillment.models import (
    Carrier,
    CarrierDocument,
    CarrierService,
    CoverageArea,
    PriceRow,
    PriceTable,
    Surcharge,
)
from fulfillment.regions import shortened
from fulfillment.services.offers import recommend
from fulfillment.services.quoting import Wish
from fulfillment.tariff import Load
from opsdesk.embedded import Postgres
from opsdesk.stores.models import Store
from orders.review import regions as places
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, open_shop

SERVICES = 8
# Where rows hold from: everywhere, the province of the warehouse, its city.
ORIGINS = ("", "33", "3301")
BANDS = 8
ASKED = 200
GOAL_MS = 50.0
BATCH = 10_000


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    shop = open_shop("quoting", skus=1)
    codes = sorted(shortened(code) for code in places._country().names if code.isdigit())
    codes = codes[:: 20 if quick else 1]
    for number in range(SERVICES):
        _priced(shop.store, number, codes)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE fulfillment_pricerow, fulfillment_coveragearea")
    warehouse = Warehouse.objects.select_related("store").get(pk=shop.warehouse_id)
    warehouse.region = "3301"

    spans = []
    for number in range(20 if quick else ASKED):
        region = codes[number * 37 % len(codes)]
        wish = Wish(warehouse, region, Load(300 + number * 40, (300, 200, 150)))
        started = time.perf_counter()
        found = recommend(wish, deliver_by=None, at=MOMENT)
        spans.append(time.perf_counter() - started)
        assert len(found.offers) == SERVICES, found.refused
    spans.sort()
    rows = PriceRow.objects.count()
    slow = spans[int(len(spans) * 0.95)]
    return [
        Figure(
            f"offers of {SERVICES} services by {rows:,} price rows, 95 of 100",
            slow * 1_000,
            "ms",
            GOAL_MS,
            at_least=False,
            note=f"median {median(spans) * 1_000:.1f} ms",
        )
    ]


def _priced(store: Store, number: int, codes: list[str]) -> None:
    """A service with a row per region and weight band, and a surcharge."""
    carrier = Carrier.objects.create(store=store, code=f"c{number}", name=f"Carrier {number}")
    service = CarrierService.objects.create(carrier=carrier, code="standard", name="Standard")
    CarrierDocument.objects.create(
        carrier=carrier,
        kind="licence",
        number=f"L{number}",
        valid_from="2020-01-01",
        valid_until="2990-01-01",
        file="carriers/none",
        file_name="licence.pdf",
        type="pdf",
        size=1,
        sha256=f"{number:064x}",
    )
    CoverageArea.objects.bulk_create(CoverageArea(service=service, region=code) for code in codes)
    table = PriceTable.objects.create(
        service=service, name="2026", currency="CNY", valid_from="2026-01-01", divisor=6_000
    )
    Surcharge.objects.create(table=table, kind="fuel", percent=Decimal(3))
    rows = [
        PriceRow(
            table=table,
            origin=ORIGINS[number % len(ORIGINS)],
            region=code,
            above_grams=band * 1_000,
            up_to_grams=None if band == BANDS - 1 else (band + 1) * 1_000,
            first_grams=1_000,
            first_price=Decimal(8 + number),
            step_grams=500,
            step_price=Decimal("2.50"),
        )
        for code in codes
        for band in range(BANDS)
    ]
    PriceRow.objects.bulk_create(rows, batch_size=BATCH)

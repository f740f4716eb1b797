"""A statement of stock that fills a store, and one that corrects every place of it."""

from __future__ import annotations

import io
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import orjson
from django.core.management import call_command

from catalog.models import StockLevel
from catalog.services.opening import open_store
from opsdesk.embedded import Postgres
from tests.bench.report import Figure

SKUS = 50_000
SECONDS = 20


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    skus = 500 if quick else SKUS
    open_store(code="shelf", platform="own", timezone="UTC", currency="CNY")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stock.csv"
        opening = _import(path, skus, pieces=5, outcome="created")
        correcting = _import(path, skus, pieces=7, outcome="changed")
    assert StockLevel.objects.filter(sku__store__code="shelf", available=7).count() == skus
    return [
        Figure(f"stock import of {SKUS:,} SKUs", opening, "s", SECONDS, at_least=False),
        Figure(f"stock correction of {SKUS:,} SKUs", correcting, "s", SECONDS, at_least=False),
    ]


def _import(path: Path, skus: int, *, pieces: int, outcome: str) -> float:
    lines = (f"SKU-{number:06d},P-{number // 5:05d},{pieces}" for number in range(skus))
    path.write_text("\n".join(["sku_code,product_code,quantity", *lines]), encoding="utf-8")
    answer = io.StringIO()
    started = time.perf_counter()
    with suppress(SystemExit):
        call_command(
            "import_stock", path, store="shelf", format="generic", json=True, stdout=answer
        )
    seconds = time.perf_counter() - started
    assert orjson.loads(answer.getvalue())[outcome] == skus
    return seconds

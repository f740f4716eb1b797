"""What the demonstration stores sell: `products.csv`, with prices and costs in yuan."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from catalog.models import Product, Sku
from opsdesk.stores.models import Store

CATEGORIES = {
    "CUP": "杯壶 Cups and bottles",
    "TEA": "茶 Tea",
    "SNK": "零食 Snacks",
    "HOM": "家居布艺 Home textiles",
    "LGT": "灯具 Lamps",
    "ELC": "小家电 Small appliances",
    "KIT": "厨房 Kitchen",
    "OUT": "户外 Outdoor",
    "PET": "宠物 Pets",
    "STA": "文具 Stationery",
    "BBY": "母婴 Baby",
    "CAR": "洗护香氛 Care and scents",
}
YUAN_PER_DOLLAR = 5  # what the store abroad asks, not an exchange rate
_FILE = Path(__file__).with_name("products.csv")


@dataclass(frozen=True, slots=True)
class Article:
    """One SKU as it is put on sale. Money in the store's currency."""

    code: str
    title: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class _Row:
    category: str
    brand: str
    name: str
    grams: int
    variants: tuple[tuple[str, Decimal, Decimal], ...]


@cache
def _rows() -> tuple[_Row, ...]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(record) for record in csv.DictReader(file))


def _row(record: dict[str, str]) -> _Row:
    variants = []
    for text in record["variants"].split("|"):
        spec, price, cost = text.rsplit(" ", 2)
        variants.append((spec, Decimal(price), Decimal(cost)))
    return _Row(
        category=record["category"],
        brand=record["brand"],
        name=record["name"],
        grams=int(record["grams"]),
        variants=tuple(variants),
    )


def stock_the_shelves(store: Store, *, every: int = 1, at: datetime) -> list[Article]:
    """The store has every `every`-th product with its SKUs. Returns them as they are sold."""
    rows = _rows()[::every]
    products = Product.objects.bulk_create(
        [
            Product(
                store=store,
                code=f"{row.category}-{row.brand}-{number:03d}",
                name=row.name,
                brand=row.brand,
                category=CATEGORIES[row.category],
                created_at=at,
            )
            for number, row in enumerate(rows, start=1)
        ]
    )
    skus = [
        sku
        for product, row in zip(products, rows, strict=True)
        for sku in _skus(store, product, row, at=at)
    ]
    Sku.objects.bulk_create(skus)
    return [
        Article(sku.code, f"{sku.product.name} {sku.spec}", sku.list_price or Decimal(0))
        for sku in skus
    ]


def _skus(store: Store, product: Product, row: _Row, *, at: datetime) -> Iterator[Sku]:
    rate = 1 if store.currency == "CNY" else YUAN_PER_DOLLAR
    serial = product.code.rsplit("-", 1)[1]
    for spec, price, cost in row.variants:
        code = f"{row.category}-{row.brand}-{spec}-{serial}"
        yield Sku(
            store=store,
            product=product,
            code=code,
            spec=spec,
            cost=(cost / rate).quantize(Decimal("0.01")),
            list_price=(price / rate).quantize(Decimal("0.01")),
            weight_grams=row.grams,
            created_at=at,
        )

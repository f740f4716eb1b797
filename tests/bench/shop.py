"""A store with stock for the intake benches, and drafts for its orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from catalog.models import Product, Sku, StockMovement
from catalog.services.opening import open_store
from catalog.services.stock import Move, move_stock
from opsdesk.stores.models import Channel, Store
from orders.services.drafts import LineDraft, OrderDraft

MOMENT = datetime(2026, 3, 2, 2, tzinfo=UTC)
PRICE = Decimal("49.90")
PLENTY = 1_000_000
CHUNK = 1000


@dataclass(frozen=True)
class BenchShop:
    store: Store
    channel: Channel
    warehouse_id: int
    codes: list[str]


def open_shop(code: str, *, skus: int, pieces: int = PLENTY) -> BenchShop:
    store = open_store(
        code=code, platform="tmall", timezone="Asia/Shanghai", currency="CNY", name=code
    )
    product = Product.objects.create(store=store, code="P", name="Bench product")
    Sku.objects.bulk_create(
        Sku(store=store, product=product, code=f"{code}-{number:05d}") for number in range(skus)
    )
    warehouse_id = store.warehouses.get().pk
    ids = list(store.skus.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(ids), CHUNK):
        moves = [
            Move(pk, warehouse_id, StockMovement.Kind.RECEIVE, pieces)
            for pk in ids[first : first + CHUNK]
        ]
        move_stock(moves, actor=None, at=MOMENT)
    codes = list(store.skus.order_by("pk").values_list("code", flat=True))
    return BenchShop(store, store.channels.get(), warehouse_id, codes)


def drafts(shop: BenchShop, prefix: str, number: int, *, lines: int, seed: int) -> list[OrderDraft]:
    """Paid orders of `lines` different SKUs, a buyer each third time the same."""
    random = Random(seed)
    return [
        OrderDraft(
            external_number=f"{prefix}-{index:07d}",
            placed_at=MOMENT + timedelta(seconds=index % 3600),
            total_amount=PRICE * lines,
            lines=tuple(
                LineDraft(code, 1, PRICE, PRICE, "Bench product")
                for code in random.sample(shop.codes, lines)
            ),
            paid_amount=PRICE * lines,
            paid_at=MOMENT + timedelta(seconds=index % 3600 + 30),
            customer=f"{prefix}-buyer-{index * 2 // 3}",
            recipient="王小明",
            phone="15412345678",
            region="上海市 上海市 浦东新区",
            address="世纪大道 100 号 3 楼",
        )
        for index in range(number)
    ]

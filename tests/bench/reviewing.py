"""Ten thousand paid orders, looked at by every rule."""

from __future__ import annotations

import time
from decimal import Decimal
from random import Random

from django.db import connection, transaction

from opsdesk.embedded import Postgres
from orders.models import Hold, Order
from orders.services import holding
from orders.services.intake import LineDraft, OrderDraft, place_orders
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, PRICE, BenchShop, open_shop

GOAL_SECONDS = 20.0
STREETS = ("世纪大道", "中山北路", "人民东路", "建设二路")
PLACES = ("上海市 上海市 浦东新区", "浙江省 杭州市 西湖区", "广东省 深圳市 南山区")
# One in so many has a name that nobody has, and one an address in another city.
BAD_NAME, BAD_ADDRESS = 50, 70


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 500 if quick else 10_000
    shop = open_shop("reviewing", skus=200)
    _place(shop, number)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_order, orders_orderline")
    ids = list(holding.to_look_at(at=MOMENT).filter(store=shop.store).values_list("pk", flat=True))
    assert len(ids) == number

    started = time.perf_counter()
    done = holding.review(ids, at=MOMENT)
    seconds = time.perf_counter() - started

    assert done.passed + done.held == number
    assert (
        done.held
        == Hold.objects.open().filter(order__store=shop.store).values("order").distinct().count()
    )
    started = time.perf_counter()
    again = holding.review(
        Order.objects.filter(pk__in=ids, review_state="held").values_list("pk", flat=True),
        at=MOMENT,
    )
    again_seconds = time.perf_counter() - started
    assert again.held == done.held
    return [
        Figure(
            "review of 10,000 orders by all rules",
            seconds * 10_000 / number,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{done.passed:,} passed, {done.held:,} held",
        ),
        Figure(
            "held orders looked at again",
            again_seconds,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{again.held:,} orders",
        ),
    ]


@transaction.atomic
def _place(shop: BenchShop, number: int) -> None:
    channel, random = shop.store.channels.get(), Random("reviewing")
    codes = list(shop.store.skus.order_by("pk").values_list("code", flat=True))
    for start in range(0, number, 1_000):
        numbers = range(start, min(start + 1_000, number))
        drafts = [_draft(each, codes, random) for each in numbers]
        place_orders(drafts, store=shop.store, channel=channel, at=MOMENT)


def _draft(each: int, codes: list[str], random: Random) -> OrderDraft:
    wanted = random.sample(codes, 1 + each % 3)
    lines = tuple(LineDraft(code, 2, PRICE, PRICE * 2) for code in wanted)
    total = sum((line.amount for line in lines), Decimal(0))
    place = "浙江省 宁波市 西湖区" if each % BAD_ADDRESS == 0 else PLACES[each % len(PLACES)]
    return OrderDraft(
        external_number=f"R{each:08d}",
        placed_at=MOMENT,
        paid_at=MOMENT,
        total_amount=total,
        paid_amount=total,
        lines=lines,
        customer=f"buyer-{each % 6_000}",
        recipient="测试" if each % BAD_NAME == 0 else "王小明",
        phone=f"138{each * 7919 % 10**8:08d}",
        region=place,
        address=f"{STREETS[each % len(STREETS)]}{each % 900 + 1}号{each % 30 + 1}楼",
        buyer_memo="请尽快发货,送到家门口" if each % 9 == 0 else "",
    )

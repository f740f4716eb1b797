"""Ten thousand paid orders of two lines each, put into waves with their walks."""

from __future__ import annotations

import time

from django.db import connection

from fulfillment.models import Bin, PickLine, WaveOrder, WaveRule, Zone
from fulfillment.services.bins import Shift, shift_pieces
from fulfillment.services.planning import plan_waves
from opsdesk.embedded import Postgres
from orders.models import Order
from orders.services.intake import place_orders
from tests.bench.report import Figure
from tests.bench.shop import CHUNK, MOMENT, BenchShop, drafts, open_shop

GOAL_SECONDS = 15.0
SKUS = 1_000
PIECES = 100_000


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    number = 500 if quick else 10_000
    shop = open_shop("waves", skus=SKUS, pieces=PIECES)
    _put_away(shop)
    waiting = drafts(shop, "wave", number, lines=2, seed=1)
    for first in range(0, number, CHUNK):
        chunk = waiting[first : first + CHUNK]
        place_orders(chunk, store=shop.store, channel=shop.channel, at=MOMENT)
    Order.objects.filter(store=shop.store).update(review_state="passed", reviewed_at=MOMENT)
    WaveRule.objects.create(
        warehouse_id=shop.warehouse_id, name="all", most_orders=50, planned_for=MOMENT
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_order, orders_orderline, orders_reservation")

    started = time.perf_counter()
    planned = plan_waves(warehouse_id=shop.warehouse_id, actor=None, at=MOMENT)
    seconds = time.perf_counter() - started

    members = WaveOrder.objects.filter(wave__in=[wave.pk for wave in planned])
    assert members.count() == number
    lines = PickLine.objects.filter(pick__wave__warehouse=shop.warehouse_id)
    assert lines.exclude(bin=None).count() == lines.count()
    return [
        Figure(
            "waves of 10,000 orders planned",
            seconds * 10_000 / number,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{len(planned):,} waves, {lines.count():,} lines",
        )
    ]


def _put_away(shop: BenchShop) -> None:
    """Each SKU lies in a bin of its own, twenty bays to an aisle."""
    zone = Zone.objects.create(warehouse_id=shop.warehouse_id, code="A")
    bins = Bin.objects.bulk_create(
        Bin(
            warehouse_id=shop.warehouse_id,
            zone=zone,
            code=f"A-{place // 20 + 1:02}-{place % 20 + 1:02}",
            aisle=place // 20 + 1,
            bay=place % 20 + 1,
        )
        for place in range(SKUS)
    )
    skus = shop.store.skus.order_by("pk").values_list("pk", flat=True)
    shifts = [
        Shift(place.pk, sku, PIECES, "put_away") for place, sku in zip(bins, skus, strict=True)
    ]
    shift_pieces(shifts, actor=None, at=MOMENT)

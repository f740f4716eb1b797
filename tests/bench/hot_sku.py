"""Everybody wants the same article: a hundred pieces, four hundred buyers, four processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from django.contrib.contenttypes.models import ContentType

from catalog.models import StockLevel
from opsdesk.embedded import Postgres
from orders.models import Order, Reservation
from orders.services.drafts import OrderDraft
from orders.services.intake import place_orders
from tests.bench.intake import WORKERS
from tests.bench.reference import PlainIntake, rules
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, BenchShop, drafts, open_shop
from tests.bench.workers import run_processes

PIECES = 100
BUYERS = 400
BATCH = 25
RUNS = 50
TIMED_RUNS = 6


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    runs, timed = (1, 1) if quick else (RUNS, TIMED_RUNS)
    plain_rates, single_rates, batched_rates, exact = [], [], [], 0
    for number in range(runs):
        if number < timed:
            plain_rates.append(_run(postgres, f"hp{number}", _plain)[0])
        for label, batch, rates in (("hs", 1, single_rates), ("hb", BATCH, batched_rates)):
            if number < timed or batch == (1, BATCH)[number % 2]:
                rate, sold = _run(postgres, f"{label}{number}", partial(_ours, batch=batch))
                rates.append(rate)
                exact += sold == PIECES
    all_runs = len(single_rates) + len(batched_rates)
    reference = max(plain_rates)
    return [
        Figure("hot SKU, single", max(single_rates), "orders/s", 0.65, reference),
        Figure(f"hot SKU, batches of {BATCH}", max(batched_rates), "orders/s", 4.0, reference),
        Figure(
            f"hot SKU, runs in which exactly {PIECES} of {PIECES} were sold",
            exact,
            f"of {all_runs}",
            all_runs,
            note="no caller saw a deadlock",
        ),
    ]


Prepare = Callable[[BenchShop, Sequence[OrderDraft], Sequence[OrderDraft]], Callable[[], int]]


def _run(postgres: Postgres, code: str, prepare: Prepare) -> tuple[float, int]:
    """Orders per second and pieces sold. A worker that sees an error fails the bench."""
    both = open_shop(code, skus=2, pieces=PIECES)
    hot, warm_up = (replace(both, codes=[sku]) for sku in both.codes)
    share = BUYERS // WORKERS

    def prepared(worker: int) -> Callable[[], int]:
        name = f"{code}-{worker}"
        return prepare(
            both,
            drafts(warm_up, f"{name}w", 1, lines=1, seed=worker),
            drafts(hot, name, share, lines=1, seed=worker),
        )

    run = run_processes(WORKERS, prepared, server_data=postgres.data)
    level = StockLevel.objects.get(sku__code=hot.codes[0])
    reserved = Reservation.objects.open().filter(sku=level.sku_id).count()
    assert (level.available, level.reserved) == (PIECES - reserved, reserved)
    assert Order.objects.filter(store=both.store).count() == BUYERS + WORKERS
    return BUYERS / run.seconds, reserved


def _ours(
    shop: BenchShop, first: Sequence[OrderDraft], orders: Sequence[OrderDraft], *, batch: int
) -> Callable[[], int]:
    place = partial(place_orders, store=shop.store, channel=shop.channel, at=MOMENT)
    place(first)

    def work() -> int:
        return sum(
            len(place(orders[start : start + batch])) for start in range(0, len(orders), batch)
        )

    return work


def _plain(
    shop: BenchShop, first: Sequence[OrderDraft], orders: Sequence[OrderDraft]
) -> Callable[[], int]:
    order_type = ContentType.objects.get_for_model(Order).pk
    intake = PlainIntake(os.environ["DATABASE_URL"], shop, rules(shop, at=MOMENT), order_type)
    intake.place(first[0], at=MOMENT)

    def work() -> int:
        for order in orders:
            intake.place(order, at=MOMENT)
        return len(orders)

    return work

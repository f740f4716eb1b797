"""Orders per second: one at a time and in batches, against hand-written SQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from django.contrib.contenttypes.models import ContentType

from opsdesk.embedded import Postgres
from orders.models import Order
from orders.services.drafts import OrderDraft
from orders.services.intake import place_orders
from tests.bench.reference import PlainIntake, rules
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, BenchShop, drafts, open_shop
from tests.bench.workers import Run, run_processes

WORKERS = 4
LINES = 2
BATCHES = (20, 100)


def ours(shop: BenchShop, orders: Sequence[OrderDraft], batch: int) -> Callable[[], int]:
    """Warm the connection and the plans, then take in the rest."""
    place = partial(place_orders, store=shop.store, channel=shop.channel, at=MOMENT)
    for warm in range(6):
        place(orders[warm * batch : (warm + 1) * batch])

    def work() -> int:
        done = 0
        for first in range(6 * batch, len(orders), batch):
            done += len(place(orders[first : first + batch]))
        return done

    return work


def plain(shop: BenchShop, orders: Sequence[OrderDraft]) -> Callable[[], int]:
    order_type = ContentType.objects.get_for_model(Order).pk
    intake = PlainIntake(os.environ["DATABASE_URL"], shop, rules(shop, at=MOMENT), order_type)
    for order in orders[:6]:
        intake.place(order, at=MOMENT)

    def work() -> int:
        for order in orders[6:]:
            intake.place(order, at=MOMENT)
        return len(orders) - 6

    return work


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    shop = open_shop("intake", skus=50 if quick else 10_000)
    each = 30 if quick else 1500

    def run(label: str, prepare: Callable[[Sequence[OrderDraft]], Callable[[], int]], count: int):
        def prepared(worker: int) -> Callable[[], int]:
            return prepare(drafts(shop, f"{label}{worker}", count, lines=LINES, seed=worker))

        return run_processes(WORKERS, prepared, server_data=postgres.data)

    rounds = 1 if quick else 2
    plain_runs, single_runs = [], []
    for number in range(rounds):  # in turns, so that a busy machine slows both alike
        plain_runs.append(run(f"plain{number}", partial(plain, shop), each))
        single_runs.append(run(f"single{number}", partial(ours, shop, batch=1), each))
    reference = best(plain_runs)
    figures = [
        Figure("intake, single", best(single_runs), "orders/s", 0.7, reference),
        Figure("intake, CPU per order", cpu(single_runs), "ms", 1.0, at_least=False),
        Figure("intake by hand, CPU per order", cpu(plain_runs), "ms"),
    ]
    for batch in BATCHES:
        runs = [
            run(f"batch{batch}-{number}", partial(ours, shop, batch=batch), (each * 3) + 6 * batch)
            for number in range(rounds)
        ]
        figures.append(
            Figure(f"intake, batches of {batch}", best(runs), "orders/s", 3.0, reference)
        )
    return figures


def best(runs: Sequence[Run]) -> float:
    return max(sum(run.answers) / run.seconds for run in runs)


def cpu(runs: Sequence[Run]) -> float:
    """Milliseconds of client and server per order."""
    return min(1000 * run.cpu_seconds / sum(run.answers) for run in runs)

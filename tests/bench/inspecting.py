"""A morning's inspection of a store with a million orders, and a flood that nobody expected."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from analytics.volume.services import generate
from catalog.models import StockCover, StorefrontPage
from catalog.services.replenishment import measure_cover
from opsdesk.deadlines import sweeping
from opsdesk.embedded import Postgres
from opsdesk.inspection import checks
from opsdesk.inspection.models import CheckResult, InspectionRun
from opsdesk.inspection.services import walking
from opsdesk.readings import figures
from opsdesk.stores.models import Store, User
from tests.bench.report import Figure
from tests.bench.volume import AT, DAYS, have_to_leave
from tests.catalog import shopfront

GOAL_SECONDS = 60.0
PREMISES = (Path(__file__).parent / "inspecting.sql").read_text(encoding="utf-8")
# Of a whole store, the orders of a year.
ORDERS, SKUS, PARCELS = 1_000_000, 100_000, 300_000
UNDER_WAY, WAITING, LOW = 10_000, 10_000, 2_000
DELIVERIES, REQUESTS, ALERTS = 300_000, 20_000, 200_000
PAGES = ("/", "/about", "/pot")
# What these look at is not kept yet.
NOT_KEPT = {"INS-1.promotions", "INS-9.training"}


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    part = 50 if quick else 1
    with shopfront.shop() as shop:
        tenth = _Walk(_store("tenth", part * 10, shop))
        whole = _Walk(_store("whole", part, shop))
    # In a few thousand orders there isn't something of each kind.
    assert quick or not _differing(whole, tenth), _differing(whole, tenth)
    assert whole.unchecked <= NOT_KEPT, whole.unchecked
    flood = _Flood(whole.store)
    slowest = max(whole.seconds, key=whole.seconds.__getitem__)
    each = [
        Figure(
            f"inspection, {code}",
            seconds,
            "s",
            note=f"{whole.statements[code]} statements, {whole.found[code]:,} findings",
        )
        for code, seconds in whole.seconds.items()
    ]
    return [
        Figure(
            f"inspection of a store with {ORDERS // part:,} orders",
            whole.total,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"{sum(whole.statements.values())} statements, most for {slowest}",
        ),
        *each,
        Figure(
            f"inspection, a flood of {flood.findings:,} findings",
            flood.seconds,
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"seen again {flood.again:.1f} s, gone {flood.gone:.1f} s",
        ),
        Figure("inspection, memory that a flood takes", flood.megabytes, "MB", 500, at_least=False),
    ]


class _Walk:
    """A walk through the store by all checks: how long each took, what it asked and found."""

    def __init__(self, store: Store, *codes: str, at: Any = AT) -> None:
        self.store = store
        run = walking.ask_for_inspection(
            store=store, actor=None, at=at, codes=codes or None, waits_for_worker=False
        )
        counted = [0]

        def count(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            counted[-1] += 1
            answer = execute(sql, *arguments)
            # The run stands one further: the last statement of a check.
            if 'SET "position"' in sql:
                counted.append(0)
            return answer

        # Each walk looks the kinds of its subjects up once, as the first of a process does.
        ContentType.objects.clear_cache()
        with connection.execute_wrapper(count):
            started = time.perf_counter()
            assert walking.walk(run.pk, at=at) == InspectionRun.State.DONE
            self.total = time.perf_counter() - started
        results = list(CheckResult.objects.filter(run=run).order_by("pk"))
        self.statements = {
            result.code: number for result, number in zip(results, counted, strict=False)
        }
        self.seconds = {result.code: result.milliseconds / 1000 for result in results}
        self.found = {result.code: result.findings for result in results}
        self.unchecked = {
            result.code for result in results if result.outcome == CheckResult.Outcome.UNCHECKED
        }


class _Flood:
    """Every SKU falls below its safety stock at once: seen, seen again, and over."""

    def __init__(self, store: Store) -> None:
        covers = StockCover.objects.filter(store=store)
        covers.update(average=1, safety_stock=10_000_000)
        before = _most_megabytes()
        first = _Walk(store, "INS-3.replenished", at=AT + timedelta(minutes=5))
        self.megabytes = _most_megabytes() - before
        (self.findings,) = first.found.values()
        self.seconds = first.total
        again = _Walk(store, "INS-3.replenished", at=AT + timedelta(minutes=10))
        assert again.found == first.found
        covers.update(safety_stock=0)
        gone = _Walk(store, "INS-3.replenished", at=AT + timedelta(minutes=15))
        self.again, self.gone = again.total, gone.total


def _most_megabytes() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _differing(whole: _Walk, tenth: _Walk) -> dict[str, tuple[int, int]]:
    """Checks that ask more of a store with more rows; who finds nothing has less to write."""
    return {
        code: (number, tenth.statements[code])
        for code, number in whole.statements.items()
        if number != tenth.statements[code] and bool(whole.found[code]) == bool(tenth.found[code])
    }


def _store(code: str, part: int, shop: shopfront.Shop) -> Store:
    """A year of a busy store, divided by `part`, as it stands before the morning's walk."""
    store = generate(
        code=code,
        orders=ORDERS // part,
        skus=max(SKUS // part, 50),
        days=DAYS,
        seed=1,
        at=AT,
        waiting=WAITING // part,
    )
    _furnish(store, part)
    have_to_leave(store, orders=WAITING // part)
    channel = store.channels.order_by("pk")[0]
    StorefrontPage.objects.bulk_create(
        StorefrontPage(channel=channel, kind="home", url=shop.at(path), says="Shop")
        for path in PAGES
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    # As the nightly job and the minutes before have left it.
    measure_cover(store, at=AT)
    selling = list(store.skus.order_by("pk")[:: SKUS // LOW])
    StockCover.objects.filter(sku__in=selling).update(average=1, safety_stock=10_000_000)
    sweeping.sweep(at=AT)
    return store


def _furnish(store: Store, part: int) -> None:
    filer, _new = User.objects.get_or_create(username="bench-filer")
    decider, _new = User.objects.get_or_create(username="bench-decider")
    facts = {
        "store": store.pk,
        "zone": store.timezone,
        "warehouse": store.warehouses.get().pk,
        "channel": store.channels.order_by("pk")[0].pk,
        "filer": filer.pk,
        "decider": decider.pk,
        "figures": [figure.code for figure in figures.all_figures()],
        "kinds": sorted({kind.code for check in checks.all_checks() for kind in check.kinds}),
        "at": AT,
        "today": store.business_date(AT),
        "first": AT - timedelta(days=DAYS),
        "parcels": PARCELS // part,
        "under_way": UNDER_WAY // part,
        "deliveries": max(DELIVERIES // part, 10_000),
        "requests": max(REQUESTS // part, 1_000),
        "alerts": ALERTS // part,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(PREMISES, facts)

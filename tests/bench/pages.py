"""Server time of the pages people open all day, signed in, at a million orders."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from catalog.services.adjusting import adjust_stock
from opsdesk.approvals.models import Approval
from opsdesk.embedded import Postgres
from opsdesk.stores import services as stores
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from orders.models import Order
from tests.bench.report import Figure
from tests.bench.volume import AT, big_store, have_to_leave

WARM_UPS, ROUNDS = 3, 9
QUICK_WARM_UPS, QUICK_ROUNDS = 1, 2
REQUESTS = 20
PLAIN, FILTERED, DESK, REVIEW = 60, 100, 150, 200  # milliseconds


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    store = big_store(quick=quick)
    _ask_for_decisions(store)
    have_to_leave(store)
    client = _signed_in(store)
    warm_ups, rounds = (QUICK_WARM_UPS, QUICK_ROUNDS) if quick else (WARM_UPS, ROUNDS)
    return [
        Figure(name, _milliseconds(client, address, warm_ups, rounds), "ms", goal, at_least=False)
        for name, address, goal in _pages(store)
    ]


def _pages(store: Store) -> Iterator[tuple[str, str, float]]:
    orders = reverse("admin:orders_order_changelist")
    channel = store.channels.get(code="douyin")
    some = Order.objects.filter(store=store).order_by("placed_at", "pk")[500]
    days = {"placed_after": AT.date() - timedelta(days=60), "placed_before": AT.date()}
    yield "order list, plain", orders, PLAIN
    for name, chosen in {
        "to ship": {"fulfilment": "reserved"},
        "one channel, delivered": {"channel": channel.pk, "fulfilment": "delivered"},
        "two months, unpaid": {**days, "payment": "unpaid"},
        "found by number": {"number": some.external_number},
        "found by a short beginning": {"number": some.external_number[:3]},
        "found by an end": {"number": some.external_number[-5:]},
        "found by customer": {"customer": some.customer.external_id},
        "nothing found": {"number": "no-such-order"},
        "by amount": {"total_min": "1000", "total_max": "2000"},
        "late": {"tab": "late"},
        "ship-by passed": {"tab": "ship-overdue"},
        "ship today": {"tab": "ship-today"},
    }.items():
        yield f"order list, {name}", f"{orders}?{urlencode(chosen)}", FILTERED
    desk = reverse("admin:orders_order_review")
    yield "review desk", desk, REVIEW
    yield "review desk, what is held", f"{desk}?view=held", REVIEW
    yield "order page", reverse("admin:orders_order_change", args=[some.pk]), FILTERED
    yield "my desk", reverse("admin:index"), DESK


def _ask_for_decisions(store: Store) -> None:
    """Requests wait on any working day; each page's badge then asks who may decide on them."""
    keeper = User.objects.create(username="bench-keeper", is_staff=True)
    stores.grant_role(user=keeper, store=store, role=Role.WAREHOUSE, actor=None, at=AT)
    warehouse = store.warehouses.get()
    for sku in store.skus.order_by("pk")[:REQUESTS]:
        asked = adjust_stock(
            sku_id=sku.pk,
            warehouse_id=warehouse.pk,
            pieces=1_000,
            reason="counted",
            actor=keeper,
            at=AT,
        )
        assert isinstance(asked, Approval)


def _signed_in(store: Store) -> Client:
    lead = User.objects.create(username="bench-lead", is_staff=True)
    for role in (Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER):
        stores.grant_role(user=lead, store=store, role=role, actor=None, at=AT)
    lead.refresh_from_db()  # A new role ends the sessions that began without it.
    client = Client()
    client.force_login(lead)
    return client


def _milliseconds(client: Client, address: str, warm_ups: int, rounds: int) -> float:
    times = []
    for number in range(warm_ups + rounds):
        if number == warm_ups:
            # As the web processes do, once they have loaded (`opsdesk/web.py`).
            gc.collect()
            gc.freeze()
        started = time.perf_counter()
        answer = client.get(address)
        if number >= warm_ups:
            times.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, f"{address} answers {answer.status_code}"
    return statistics.median(times)

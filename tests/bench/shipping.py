"""Programs tell shipments one by one, as fast as two web processes take them (FUL-3)."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone

from fulfillment.models import Carrier, CarrierService, Parcel
from opsdesk.embedded import Postgres
from opsdesk.stores import services as stores
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from opsdesk.tokens.models import ApiToken
from opsdesk.tokens.services import issue_token
from orders.services.intake import place_orders
from orders.services.lifecycle import review_orders
from tests.bench.report import Figure
from tests.bench.shop import CHUNK, MOMENT, BenchShop, drafts, open_shop
from tests.bench.webhooks import PATIENCE_SECONDS, SENDERS, THREADS, WORKERS, serving

SHIPMENTS, QUICK_SHIPMENTS = 3_000, 60
# Some have left before the day's: a table is not empty when its lookups are planned.
EARLIER, QUICK_EARLIER = 500, 20
AT_ONCE = 100
GOAL = 150

Body = dict[str, Any]


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    shop = open_shop("shipping", skus=2_000)
    count = QUICK_SHIPMENTS if quick else SHIPMENTS
    earlier = QUICK_EARLIER if quick else EARLIER
    warm = earlier + 2 * WORKERS * THREADS
    numbers = _orders_to_ship(shop, warm + 2 * count)
    Carrier.objects.create(store=shop.store, code="house", name="House courier")
    CarrierService.objects.create(
        carrier=Carrier.objects.get(store=shop.store), code="standard", name="Standard"
    )
    secret = _secret(shop)
    warehouse = shop.store.warehouses.get().code
    bodies = [_body(warehouse, number, place) for place, number in enumerate(numbers)]
    singles, many = bodies[warm : warm + count], bodies[warm + count :]
    with serving() as address, ThreadPoolExecutor(SENDERS) as pool:
        send = partial(_post, f"{address}/api/v1/shipments/", secret)
        list(pool.map(send, bodies[:earlier]))
        _vacuum()
        list(pool.map(send, bodies[earlier:warm]))
        single = _seconds(pool, send, singles)
        send = partial(_post, f"{address}/api/v1/shipments/bulk/", secret)
        bulks = [{"shipments": many[first : first + AT_ONCE]} for first in range(0, count, AT_ONCE)]
        bulk = _seconds(pool, send, bulks)
    assert Parcel.objects.under_way().filter(store=shop.store).count() == len(numbers)
    return [
        Figure(
            "shipments told by REST, one by one",
            count / single,
            "per s",
            GOAL,
            note=f"{WORKERS} web workers, {count} shipments of two lines",
        ),
        Figure("shipments told by REST, a hundred at once", count / bulk, "per s"),
    ]


def _orders_to_ship(shop: BenchShop, count: int) -> list[str]:
    """Paid, passed and reserved."""
    wanted = drafts(shop, "S", count, lines=2, seed=7)
    for first in range(0, count, CHUNK):
        placed = place_orders(
            wanted[first : first + CHUNK], store=shop.store, channel=shop.channel, at=MOMENT
        )
        review_orders(order_ids=[each.order_id for each in placed], actor=None, at=MOMENT)
    _vacuum()
    return [draft.external_number for draft in wanted]


def _vacuum() -> None:
    """As autovacuum would have done by the time a day's orders are shipped."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _secret(shop: BenchShop) -> str:
    person = User.objects.create(username="bench-wms")
    stores.grant_role(user=person, store=shop.store, role=Role.WAREHOUSE, actor=None, at=MOMENT)
    now = timezone.now()
    issued = issue_token(
        user=person,
        store=shop.store,
        name="wms",
        scopes=["fulfilment:write"],
        expires_at=now + timedelta(days=1),
        actor=None,
        at=now,
    )
    ApiToken.objects.update(requests_per_minute=1_000_000)
    return issued.secret


def _body(warehouse: str, number: str, place: int) -> Body:
    return {
        "orders": [number],
        "warehouse": warehouse,
        "carrier": "house",
        "waybill": f"H{place:09d}",
        "weight_grams": 500,
        "freight_cost": "8.00",
    }


def _seconds(pool: ThreadPoolExecutor, send: Callable[[Body], None], bodies: list[Body]) -> float:
    started = time.perf_counter()
    list(pool.map(send, bodies))
    return time.perf_counter() - started


def _post(url: str, secret: str, body: Body) -> None:
    content = orjson.dumps(body)
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {secret}",
        "Idempotency-Key": str(hash(content)),
    }
    request = urllib.request.Request(url, content, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        assert answer.status in (200, 201)

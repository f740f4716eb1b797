"""100,000 tracking events of parcels under way: stored once, parcels where they say."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import connection

from fulfillment.models import Carrier, Parcel, TrackingEvent
from fulfillment.services.tracking import Seen, store_events
from opsdesk.embedded import Postgres
from opsdesk.stores.models import Store
from tests.bench.report import Figure
from tests.bench.shop import MOMENT, open_shop

STATES = ("picked_up", "in_transit", "arrived", "out_for_delivery", "delivered")
GOAL_SECONDS = 60.0


def bench(postgres: Postgres, *, quick: bool) -> list[Figure]:
    shop = open_shop("tracking", skus=1)
    parcels = _under_way(shop.store, shop.warehouse_id, 400 if quick else 20_000)
    events = [
        (pk, Seen(MOMENT + timedelta(hours=8 * step), state, f"{state} {pk}"))
        for pk in parcels
        for step, state in enumerate(STATES, start=1)
    ]
    at = MOMENT + timedelta(days=3)
    spans = []
    for expected in (len(events), 0):
        started = time.perf_counter()
        stored = store_events(events, store=shop.store, source="tracking", at=at)
        spans.append(time.perf_counter() - started)
        assert stored.news == expected
    ours = Parcel.objects.filter(store=shop.store)
    assert TrackingEvent.objects.filter(parcel__in=ours).count() == len(events)
    assert not ours.exclude(state="delivered").exists()
    return [
        Figure(
            f"tracking events stored, {len(events):,} of {len(parcels):,} parcels",
            spans[0],
            "s",
            GOAL_SECONDS,
            at_least=False,
            note=f"told again {spans[1]:.1f} s",
        )
    ]


def _under_way(store: Store, warehouse_id: int, count: int) -> list[int]:
    carrier = Carrier.objects.create(store=store, code="sf", name="SF")
    parcels = Parcel.objects.bulk_create(
        [
            Parcel(
                store=store,
                warehouse_id=warehouse_id,
                carrier=carrier,
                state="handed_over",
                waybill=f"SF{number:010d}",
                opened_at=MOMENT,
                packed_at=MOMENT,
                handed_over_at=MOMENT,
            )
            for number in range(count)
        ],
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE fulfillment_parcel")
    return [parcel.pk for parcel in parcels]

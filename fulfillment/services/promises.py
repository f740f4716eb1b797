"""By when parcels are to be with their buyers (FUL-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from fulfillment import regions
from fulfillment.models import CoverageArea, DeliveryPromise, Parcel, ParcelOrder, ParcelPromise
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store


@dataclass(frozen=True)
class Promises:
    """The promises of a store, read at once for many orders."""

    store: Store
    rows: Sequence[DeliveryPromise]

    @classmethod
    def of(cls, store: Store) -> Promises:
        return cls(store, list(DeliveryPromise.objects.filter(store=store)))

    def deliver_by(self, order: Order) -> datetime | None:
        """When the order is to be with its buyer; None where nothing is promised, or not yet.

        As it was promised on the day of payment. The channel's own promise goes before the store's,
        a smaller region's before a larger one's.
        """
        if order.paid_at is None:
            return None
        hours = self.hours_for(
            channel_id=order.channel_id, region=regions.found_in(order.region), at=order.paid_at
        )
        return None if hours is None else order.paid_at + timedelta(hours=hours)

    def hours_for(self, *, channel_id: int, region: str, at: datetime) -> int | None:
        """Within how many hours of a payment at that moment orders are promised."""
        around = [*regions.around(region), ""]
        day = self.store.business_date(at)
        fitting = [
            row
            for row in self.rows
            if row.region in around
            and row.channel_id in (None, channel_id)
            and row.valid_from <= day
            and (row.valid_until is None or day <= row.valid_until)
        ]
        nearest = min(
            fitting,
            key=lambda row: (row.channel_id is None, around.index(row.region)),
            default=None,
        )
        return nearest.hours if nearest else None


def promise_parcels(parcel_ids: Iterable[int]) -> int:
    """It is on record by when these parcels, which have left, are to arrive. Returns how many.

    What is on record stays as it is. A handful of queries per store. Safe to repeat.
    """
    parcels = list(
        Parcel.objects.filter(pk__in=list(parcel_ids), handed_over_at__isnull=False, promise=None)
        .select_related("store", "service")
        .order_by("pk")
    )
    orders = _orders_of(parcels)
    stores = {parcel.store_id: parcel.store for parcel in parcels}
    promises = {pk: Promises.of(store) for pk, store in stores.items()}
    extra = _extra_days({parcel.service_id for parcel in parcels if parcel.service_id})
    made = [_promise(parcel, orders.get(parcel.pk, []), promises, extra) for parcel in parcels]
    ParcelPromise.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _orders_of(parcels: Sequence[Parcel]) -> dict[int, list[Order]]:
    found: dict[int, list[Order]] = {}
    rows = ParcelOrder.objects.filter(parcel__in=[parcel.pk for parcel in parcels])
    for row in rows.select_related("order").order_by("order_id"):
        found.setdefault(row.parcel_id, []).append(row.order)
    return found


def _extra_days(service_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    areas = CoverageArea.objects.filter(service__in=list(service_ids), is_delivered=True)
    return {
        (service, region): days
        for service, region, days in areas.values_list("service_id", "region", "extra_days")
    }


def _promise(
    parcel: Parcel,
    orders: Sequence[Order],
    promises: dict[int, Promises],
    extra: dict[tuple[int, str], int],
) -> ParcelPromise:
    """Of several orders the earliest promise counts; they go to one address."""
    moments = [promises[parcel.store_id].deliver_by(order) for order in orders]
    region = next((code for order in orders if (code := regions.found_in(order.region))), "")
    expected = None
    if parcel.service is not None and parcel.handed_over_at is not None and region:
        keys = [(parcel.service.pk, each) for each in regions.around(region)]
        more = next((extra[key] for key in keys if key in extra), 0)
        expected = _end_of_day(parcel, parcel.service.usual_days + more)
    return ParcelPromise(
        parcel=parcel,
        region=region,
        deliver_by=min((moment for moment in moments if moment is not None), default=None),
        expected_by=expected,
    )


def _end_of_day(parcel: Parcel, days: int) -> datetime:
    """The last moment of the day on which the parcel arrives, as the store keeps days."""
    assert parcel.handed_over_at is not None
    day = parcel.store.business_date(parcel.handed_over_at) + timedelta(days=days + 1)
    return datetime.combine(day, time.min, tzinfo=parcel.store.zone)

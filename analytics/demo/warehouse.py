"""The warehouse as it stands now: bins, waves, parcels that wait for their carrier."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from analytics.demo.opening import Demonstration
from analytics.demo.parcels import waybill_of
from catalog.models import StockLevel, Warehouse
from fulfillment.models import Bin, CarrierService, WaveRule, Zone
from fulfillment.services import (
    bins,
    cases,
    handing_over,
    late_risks,
    packing,
    planning,
    scoring,
    shelving,
    waves,
)
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from orders.models import Order

MINUTE = timedelta(minutes=1)
ZONES = (
    ("A", "货架区 Shelves", Zone.Kind.PICK, shelving.Row(1, 6, 10, 3)),
    ("B", "小件区 Small parts", Zone.Kind.PICK, shelving.Row(7, 8, 8, 4)),
    ("R", "存储区 Reserve", Zone.Kind.BULK, shelving.Row(20, 21, 6, 2)),
)
LEFT_ON_THE_FLOOR = 5  # SKUs that came in today
PACKED = 3


def run_warehouse(it: Demonstration, *, at: datetime) -> None:
    main = it.store.warehouses.order_by("priority", "pk")[0]
    keeper = it.people[Role.WAREHOUSE]
    _put_away(main, keeper, at=at - 5 * MINUTE)
    _pack(it, main, keeper, at=at - 40 * MINUTE)
    _plan(main, keeper, at=at - 25 * MINUTE)
    late_risks.look_for_late_orders(it.store, at=at)
    cases.look_for_cases(it.store, at=at)
    scoring.refresh(it.store, at=at)


def _put_away(main: Warehouse, keeper: User, *, at: datetime) -> None:
    """All that lies in the warehouse but what came last, a bin each; big lots in reserve, too."""
    for position, (code, name, kind, row) in enumerate(ZONES, start=1):
        zone = Zone.objects.create(
            warehouse=main, code=code, name=name, kind=kind, position=position
        )
        shelving.add_bins(zone_id=zone.pk, row=row, actor=keeper)
    free = iter(Bin.objects.filter(zone__warehouse=main).order_by("zone__position", "pk"))
    levels = StockLevel.objects.filter(warehouse=main).select_related("sku").order_by("sku__code")
    left = bins.not_put_away(main.pk, [level.sku_id for level in levels])
    lying = [level for level in levels if left.get(level.sku_id, 0) > 0]
    for level, place in zip(lying[:-LEFT_ON_THE_FLOOR], free, strict=False):
        bins.put_away(
            warehouse_id=main.pk,
            bin_code=place.code,
            sku_code=level.sku.code,
            pieces=left[level.sku_id],
            actor=keeper,
            at=at,
            reference="opening",
        )


def _plan(main: Warehouse, keeper: User, *, at: datetime) -> None:
    """Two rules; the first wave is out and one of its lists in somebody's hands."""
    noon, evening = time(11), time(16, 30)
    for priority, name, kind in (
        (1, "单件 Single items", WaveRule.Kind.SINGLE),
        (2, "多件 Several items", WaveRule.Kind.MULTI),
    ):
        WaveRule.objects.create(
            warehouse=main,
            name=name,
            priority=priority,
            kind=kind,
            most_orders=12,
            most_pieces=60,
            cut_offs=[noon, evening],
            planned_for=at,
        )
    planned = planning.plan_waves(warehouse_id=main.pk, actor=keeper, at=at)
    for wave in planned[:1]:
        waves.release_wave(wave_id=wave.pk, actor=keeper, at=at + 3 * MINUTE)
        waves.take_next(warehouse_id=main.pk, actor=keeper, at=at + 6 * MINUTE)


def _pack(it: Demonstration, main: Warehouse, keeper: User, *, at: datetime) -> None:
    """Some parcels are packed and stand on the open manifest of their carrier."""
    service = CarrierService.objects.get(carrier__store=it.store, carrier__code="yto")
    manifest = handing_over.open_manifest(
        warehouse_id=main.pk, carrier_id=service.carrier_id, actor=keeper, at=at
    )
    here = Order.objects.filter(store=it.store, lines__reservations__warehouse=main).to_ship()
    for number, order in enumerate(here.distinct().order_by("placed_at", "pk")[:PACKED]):
        parcel = packing.open_parcel(order_id=order.pk, warehouse_id=main.pk, actor=keeper, at=at)
        _fill(parcel.pk, order, main, keeper, at=at)
        packing.close_parcel(
            parcel_id=parcel.pk, weight_grams=480 + 60 * number, actor=keeper, at=at
        )
        label = packing.Label(service.pk, waybill_of("yto", 90_000 + number))
        packing.label_parcel(parcel_id=parcel.pk, label=label, actor=keeper, at=at)
        handing_over.list_parcel(manifest_id=manifest.pk, parcel_id=parcel.pk, actor=keeper, at=at)


def _fill(parcel_id: int, order: Order, main: Warehouse, keeper: User, *, at: datetime) -> None:
    for (_line, sku_id), pieces in sorted(packing.owed([order.pk], main.pk).items()):
        code = order.store.skus.get(pk=sku_id).code
        packing.pack_item(parcel_id=parcel_id, code=code, pieces=pieces, actor=keeper, at=at)

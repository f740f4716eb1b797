"""The warehouse as it stands now: bins, waves, parcels that wait for their carrier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal

from analytics.demo.opening import Demonstration
from analytics.demo.parcels import waybill_of
from catalog.models import StockLevel, Warehouse
from fulfillment.models import (
    Bin,
    Box,
    BoxStock,
    CarrierService,
    PackagingRule,
    ParcelCharge,
    Pick,
    ShortPick,
    WaveRule,
    Zone,
)
from fulfillment.services import (
    billing,
    bins,
    box_stock,
    cases,
    expecting,
    handing_over,
    lanes,
    late_risks,
    packing,
    picking,
    planning,
    scoring,
    shelving,
    waves,
)
from fulfillment.services.picking import Scan
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from orders.models import Order

MINUTE = timedelta(minutes=1)
ZONES = (
    ("A", "货架区 Shelves", Zone.Kind.PICK, shelving.Row(1, 6, 10, 3)),
    ("B", "小件区 Small parts", Zone.Kind.PICK, shelving.Row(7, 8, 8, 4)),
    ("R", "存储区 Reserve", Zone.Kind.BULK, shelving.Row(20, 21, 6, 2)),
)
# Code, inside in millimetres, grams, what it costs.
BOXES = (
    ("S-1", 200, 140, 100, 2_000, "0.80"),
    ("S-2", 260, 180, 120, 4_000, "1.10"),
    ("M-1", 320, 240, 180, 8_000, "1.70"),
    ("M-2", 400, 300, 200, 12_000, "2.40"),
    ("L-1", 500, 380, 300, 20_000, "3.90"),
    ("L-2", 600, 450, 400, 30_000, "5.60"),
)
UNMEASURED = 20  # of so many SKUs nobody has measured one
LEFT_ON_THE_FLOOR = 5  # SKUs that came in today
PACKED = 3
SURCHARGE = Decimal("2.50")


def run_warehouse(it: Demonstration, *, at: datetime) -> None:
    main = it.store.warehouses.order_by("priority", "pk")[0]
    keeper = it.people[Role.WAREHOUSE]
    _measure(it)
    _stock_boxes(it, main, keeper, at=at - 6 * MINUTE)
    _put_away(main, keeper, at=at - 5 * MINUTE)
    _pack(it, main, keeper, at=at - 40 * MINUTE)
    _plan(main, keeper, at=at - 25 * MINUTE)
    _expect(it, at=at)
    late_risks.look_for_late_orders(it.store, at=at)
    cases.look_for_cases(it.store, at=at)
    scoring.refresh(it.store, at=at)


def _measure(it: Demonstration) -> None:
    """Boxes of six sizes, what breaks or spoils, and how large the articles are, but for a few."""
    Box.objects.bulk_create(
        Box(
            store=it.store,
            code=code,
            inner_length_mm=length,
            inner_width_mm=width,
            inner_height_mm=height,
            outer_length_mm=length + 10,
            outer_width_mm=width + 10,
            outer_height_mm=height + 10,
            own_grams=length // 2,
            most_grams=most,
            cost=Decimal(cost),
        )
        for code, length, width, height, most, cost in BOXES
    )
    PackagingRule.objects.bulk_create(
        PackagingRule(store=it.store, category=category, material=material, **{rule: True})
        for category, rule, material in sorted(_rules_of(it))
    )
    skus = it.store.skus.order_by("code")
    for number, sku in enumerate(skus):
        if number % UNMEASURED:
            side = 80 + 20 * (number % 9)
            sku.length_mm, sku.width_mm, sku.height_mm = side + 60, side, side // 2
            sku.weight_grams = sku.weight_grams or 120 + 40 * (number % 11)
    skus.model.objects.bulk_update(skus, ["length_mm", "width_mm", "height_mm", "weight_grams"])


def _stock_boxes(it: Demonstration, main: Warehouse, keeper: User, *, at: datetime) -> None:
    """A pallet of each size; of the last one so few that somebody is to order more."""
    for number, box in enumerate(Box.objects.filter(store=it.store).order_by("code")):
        is_last = number == len(BOXES) - 1
        stock = BoxStock.objects.create(warehouse=main, box=box, reorder_point=60)
        box_stock.receive_boxes(
            stock_id=stock.pk, boxes=40 if is_last else 400, actor=keeper, at=at
        )
    box_stock.tell_low(at)


def _expect(it: Demonstration, *, at: datetime) -> None:
    """When parcels arrive and at what cost, by lanes and price tables; one is billed higher."""
    expecting.expect_new(it.store, at=at)
    lanes.rebuild(it.store, at=at)
    lanes.expect_under_way(it.store, at=at)
    charge = (
        ParcelCharge.objects.filter(parcel__store=it.store, parcel__handed_over_at__isnull=False)
        .order_by("parcel_id")
        .first()
    )
    if charge is not None:
        assert charge.expected is not None
        billing.put_down_bill(
            billed=billing.Billed(charge.parcel_id, charge.expected + SURCHARGE, f"{at:%Y-%m}"),
            seen=None,
            actor=it.people[Role.FINANCE],
            at=at,
        )


def _rules_of(it: Demonstration) -> Iterator[tuple[str, str, str]]:
    """What the first categories of the store ask for."""
    categories = it.store.products.exclude(category="").values_list("category", flat=True)
    rules = ("shock", "moisture", "dust")
    materials = ("气泡膜 bubble wrap", "防潮袋 dry bag", "防尘袋 dust bag")
    yield from zip(sorted(set(categories)), rules, materials, strict=False)


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
        pick = waves.take_next(warehouse_id=main.pk, actor=keeper, at=at + 6 * MINUTE)
        if pick is not None:
            _walk(pick, keeper, at=at + 7 * MINUTE)


def _walk(pick: Pick, keeper: User, *, at: datetime) -> None:
    """Half of the list is fetched; of one article the bin is empty."""
    lines = list(pick.lines.in_walking_order())
    for line in lines[: len(lines) // 2]:
        picking.pick_pieces(
            pick_id=pick.pk, line_id=line.pk, pieces=line.wanted, scan=Scan(), actor=keeper, at=at
        )
    for line in lines[len(lines) // 2 :][:1]:
        picking.report_short(
            pick_id=pick.pk,
            line_id=line.pk,
            reason=ShortPick.Reason.MISSING,
            note="The bin is empty",
            actor=keeper,
            at=at + 3 * MINUTE,
        )


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

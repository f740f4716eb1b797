"""A warehouse with bins, and orders whose goods lie in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from catalog.models import Sku, StockLevel
from catalog.services.stock import Kind, Move, move_stock
from fulfillment.models import Bin, Pick, Wave, Zone
from fulfillment.services.planning import plan_waves
from fulfillment.services.waves import assign_pick, release_wave
from orders.models import Order, OrderLine, Reservation
from tests import factories
from tests.factories import MOMENT
from tests.fulfillment.shipping import Shop

LATER = MOMENT + timedelta(hours=2)


class Shelves(Shop):
    """A shop whose warehouse has one zone to pick from and one of reserve stock."""

    def __init__(self) -> None:
        super().__init__()
        self.zone = factories.ZoneFactory(warehouse=self.warehouse, code="A", position=1)
        self.bulk = factories.ZoneFactory(
            warehouse=self.warehouse, code="R", position=2, kind=Zone.Kind.BULK
        )

    def bin(self, aisle: int = 1, bay: int = 1, level: int = 1, zone: Zone | None = None) -> Bin:
        zone = zone or self.zone
        code = f"{zone.code}-{aisle:02}-{bay:02}-{level}"
        found = Bin.objects.filter(warehouse=self.warehouse, code=code).first()
        return found or factories.BinFactory(
            zone=zone, code=code, aisle=aisle, bay=bay, level=level
        )

    def lay(self, sku: Sku, place: Bin, pieces: int) -> None:
        """So many pieces of the SKU are in the warehouse's stock and lie in the bin."""
        came = Move(sku.pk, self.warehouse.pk, Kind.RECEIVE, pieces)
        move_stock([came], actor=None, at=MOMENT)
        factories.BinStockFactory(bin=place, sku=sku, quantity=pieces)

    def ordered(self, *wanted: tuple[Sku, int], due: int | None = None, **values: Any) -> Order:
        """An order to ship with these SKUs, due so many hours after MOMENT."""
        order = factories.OrderFactory(
            store=self.store,
            fulfilment_state="reserved",
            review_state="passed",
            reviewed_at=MOMENT,
            **values,
        )
        for position, (sku, quantity) in enumerate(wanted, start=1):
            line = factories.OrderLineFactory(
                order=order, position=position, quantity=quantity, sku=sku
            )
            self.promise(line)
        if due is not None:
            factories.DeadlineFactory(
                rule="fulfillment.ship",
                subject=order,
                started_at=MOMENT,
                due_at=MOMENT + timedelta(hours=due),
            )
        return order

    def promise(self, line: OrderLine) -> None:
        """The line's pieces are reserved; what the warehouse lacks comes in first, into no bin."""
        level = StockLevel.objects.filter(sku=line.sku, warehouse=self.warehouse).first()
        lacking = line.quantity - (level.available if level else 0)
        steps = [(Kind.RECEIVE, lacking), (Kind.RESERVE, line.quantity)]
        moves = [
            Move(line.sku_id, self.warehouse.pk, kind, pieces)
            for kind, pieces in steps
            if pieces > 0
        ]
        move_stock(moves, actor=None, at=MOMENT)
        Reservation.objects.create(
            line=line,
            sku=line.sku,
            warehouse=self.warehouse,
            quantity=line.quantity,
            reserved_at=MOMENT,
        )

    def sku(self, **values: Any) -> Sku:
        return factories.SkuFactory(store=self.store, **values)

    def plan(self, **more: Any) -> list[Wave]:
        actor = more.pop("actor", self.packer)
        return plan_waves(warehouse_id=self.warehouse.pk, actor=actor, at=LATER, **more)

    def released(self) -> list[Pick]:
        """What can be picked is planned and released; its pick lists."""
        for wave in self.plan():
            release_wave(wave_id=wave.pk, actor=self.packer, at=LATER)
        return list(Pick.objects.at_work().order_by("pk"))

    def taken(self) -> Pick:
        """The only pick list, assigned to the packer."""
        [pick] = self.released()
        return assign_pick(pick_id=pick.pk, to_id=self.packer.pk, actor=self.packer, at=LATER)

"""Which orders make which wave, without writing anything (FUL-1)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from catalog.models import Warehouse
from fulfillment.models import BackOrder, Parcel, ParcelOrder, WaveOrder, WaveRule
from fulfillment.services.allocating import FreeStock, free_stock
from opsdesk.deadlines.models import Deadline
from orders.models import Order, Reservation, ShipTogetherMember
from orders.services import parcels as together

SHIP_CLOCK = "fulfillment.ship"
# More wait for the next run: one transaction stays a matter of seconds.
MOST_ORDERS = 20_000


@dataclass(frozen=True)
class Want:
    """Pieces of a SKU that an order's line is promised in the warehouse."""

    order_id: int
    line_id: int
    sku_id: int
    pieces: int


@dataclass
class Group:
    """Orders that leave together: one, or several of one shipment. Never torn between waves."""

    orders: list[int]
    due_at: datetime | None
    channels: set[int | None]
    wants: list[Want] = field(default_factory=list)
    service_id: int | None = None  # who will carry it, where somebody asked (`foresee`)

    @property
    def pieces(self) -> int:
        return sum(want.pieces for want in self.wants)


@dataclass
class Draft:
    """A wave that could be planned."""

    rule: WaveRule | None
    groups: list[Group] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)
    pieces: int = 0

    def add(self, group: Group) -> None:
        self.groups.append(group)
        self.orders += group.orders
        self.pieces += group.pieces

    @property
    def due_at(self) -> datetime | None:
        return min((group.due_at for group in self.groups if group.due_at), default=None)


@dataclass(frozen=True)
class Capacity:
    """How much a wave holds where no rule says so."""

    orders: int
    pieces: int


def to_pick(warehouse: Warehouse) -> QuerySet[Any]:
    """Orders to ship with pieces here that are in no wave and no parcel, first ship-by first.

    Those that wait for goods are left out.
    """
    reserved = Reservation.objects.open().filter(line__order=OuterRef("pk"), warehouse=warehouse)
    in_wave = WaveOrder.objects.current().filter(order=OuterRef("pk"), warehouse=warehouse)
    waits = BackOrder.objects.open().filter(order=OuterRef("pk"), warehouse=warehouse)
    packed = ParcelOrder.objects.filter(
        order=OuterRef("pk"), parcel__warehouse=warehouse, parcel__state__in=Parcel.HERE
    )
    clock = Deadline.objects.open().filter(
        rule=SHIP_CLOCK,
        subject_type=ContentType.objects.get_for_model(Order),
        subject_id=OuterRef("pk"),
    )
    return (
        Order.objects.filter(store=warehouse.store_id)
        .to_ship()
        .filter(Exists(reserved), ~Exists(in_wave), ~Exists(packed), ~Exists(waits))
        .annotate(ship_by=Subquery(clock.values("due_at")[:1]))
        .order_by(F("ship_by").asc(nulls_last=True), "pk")
    )


def groups_of(warehouse: Warehouse, orders: Sequence[dict[str, Any]]) -> list[Group]:
    """The orders in their order, those of one shipment as one; torn shipments are left out."""
    whole = set(together.without_torn([row["pk"] for row in orders]))
    members = ShipTogetherMember.objects.current().filter(order__in=whole)
    shipment = dict(members.values_list("order_id", "group_id"))
    groups: dict[tuple[str, int], Group] = {}
    of_order: dict[int, Group] = {}
    for row in orders:
        pk = row["pk"]
        if pk not in whole:
            continue
        key = ("shipment", shipment[pk]) if pk in shipment else ("order", pk)
        group = groups.setdefault(key, Group([], row["ship_by"], set()))
        group.orders.append(pk)
        group.channels.add(row["channel_id"])
        of_order[pk] = group
    for want in _wants(warehouse, of_order):
        of_order[want.order_id].wants.append(want)
    return list(groups.values())


def _wants(warehouse: Warehouse, order_ids: Iterable[int]) -> list[Want]:
    rows = Reservation.objects.open().filter(line__order__in=list(order_ids), warehouse=warehouse)
    columns = rows.values_list("line__order_id", "line_id", "sku_id", "quantity")
    return [Want(*row) for row in columns.order_by("line__order_id", "line_id", "sku_id")]


def stock_for(warehouse: Warehouse, groups: Iterable[Group]) -> FreeStock:
    return free_stock(warehouse.pk, {want.sku_id for group in groups for want in group.wants})


def draft(
    groups: Sequence[Group], rules: Sequence[WaveRule], capacity: Capacity, stock: FreeStock
) -> list[Draft]:
    """The waves, in the order of their first ship-by. What fits no rule is in none.

    Without rules every order goes, in waves of `capacity`.
    """
    drafts: list[Draft] = []
    filling: dict[int | None, Draft] = {}
    promised: Counter[tuple[int, int]] = Counter()
    for group in groups:
        rule = next((rule for rule in rules if _fits(rule, group, stock, promised)), None)
        if rules and rule is None:
            continue
        room = Capacity(rule.most_orders, rule.most_pieces) if rule else capacity
        key = rule.pk if rule else None
        current = filling.get(key)
        if current is None or not _has_room(current, group, room):
            current = filling[key] = Draft(rule)
            drafts.append(current)
        current.add(group)
    return drafts


def _has_room(current: Draft, group: Group, room: Capacity) -> bool:
    orders = len(current.orders) + len(group.orders)
    return orders <= room.orders and current.pieces + group.pieces <= room.pieces


def _fits(
    rule: WaveRule, group: Group, stock: FreeStock, promised: Counter[tuple[int, int]]
) -> bool:
    is_single = group.pieces == 1
    if rule.kind == WaveRule.Kind.SINGLE and not is_single:
        return False
    if rule.kind == WaveRule.Kind.MULTI and is_single:
        return False
    if rule.channel_id is not None and group.channels != {rule.channel_id}:
        return False
    if rule.service_id is not None and group.service_id != rule.service_id:
        return False
    return rule.zone_id is None or _lies_in(rule.zone_id, group, stock, promised)


def _lies_in(
    zone_id: int, group: Group, stock: FreeStock, promised: Counter[tuple[int, int]]
) -> bool:
    """Whether all of it can be fetched from the zone; then it is promised to this group."""
    needed: dict[int, int] = defaultdict(int)
    for want in group.wants:
        needed[want.sku_id] += want.pieces
    if any(
        stock.pieces(sku_id, zone_id) - promised[zone_id, sku_id] < pieces
        for sku_id, pieces in needed.items()
    ):
        return False
    for sku_id, pieces in needed.items():
        promised[zone_id, sku_id] += pieces
    return True

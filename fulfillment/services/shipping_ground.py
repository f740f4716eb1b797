"""What programs say has left, and what is known of it, read once for many shipments (FUL-3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from catalog.models import Warehouse
from catalog.services import codes
from fulfillment.models import Carrier, CarrierService, Parcel, ParcelItem, ParcelOrder
from fulfillment.services.handing_over import HAND_OVER
from fulfillment.services.packing import PACK, Pieces
from fulfillment.waybills import folded
from opsdesk.errors import DomainError, NotAllowed
from orders.models import Order

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User


class NotHere(DomainError):
    """The store, or the part of it this person works in, has nothing of that name."""

    code = "not_here"


@dataclass(frozen=True)
class Line:
    """So many pieces of a SKU; `order` says of which order, where several have it."""

    sku_code: str
    pieces: int
    order: str = ""


@dataclass(frozen=True)
class Shipment:
    """A parcel as a program tells it. Orders by number, by id, or both; weights in grams.

    Without `items` it holds all that its orders are owed from the warehouse. `service` may be left
    out where the carrier has one.
    """

    warehouse: str
    carrier: str
    waybill: str
    orders: tuple[str, ...] = ()
    order_ids: tuple[int, ...] = ()
    service: str = ""
    weight_grams: int | None = None
    size_mm: tuple[int, int, int] | None = None
    freight_cost: Decimal | None = None
    items: tuple[Line, ...] = ()


@dataclass
class Known:
    """A parcel that has its waybill already, with what it holds."""

    parcel: Parcel
    order_ids: set[int]
    pieces: Pieces


@dataclass
class Yard:
    """Everything the shipments name, as it stands now; orders and parcels are locked."""

    actor: User | None
    warehouses: dict[str, Warehouse]
    services: dict[str, list[CarrierService]]
    orders: dict[int, Order]
    ids_by_number: dict[str, int]
    known: dict[tuple[int | None, str], Known]
    sku_ids: dict[str, int]
    companions: list[set[int]]
    # Line → (SKU, warehouse) → pieces that are reserved and in no parcel.
    owed: dict[int, Counter[tuple[int, int]]] = field(default_factory=dict)
    order_of: dict[int, int] = field(default_factory=dict)
    lines: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    # Packed, labelled and on no manifest: parcel → its orders.
    waiting: dict[int, set[int]] = field(default_factory=dict)
    # Orders of which a parcel can't leave now: it is open, has no label or is on a manifest.
    stuck: set[int] = field(default_factory=set)

    def warehouse_of(self, shipment: Shipment) -> Warehouse:
        """Raises NotHere, NotAllowed."""
        warehouse = self.warehouses.get(shipment.warehouse)
        if warehouse is None:
            raise NotHere(_("There is no such warehouse."), warehouse=shipment.warehouse)
        person = self.actor
        if person is not None and not all(
            person.has_perm(right, warehouse) for right in (PACK, HAND_OVER)
        ):
            raise NotAllowed(
                _("You may not do this in the warehouse %(warehouse)s.") % {"warehouse": warehouse}
            )
        return warehouse

    def service_of(self, shipment: Shipment) -> CarrierService:
        """Raises NotHere, and DomainError where the carrier has several and none is named."""
        offered = self.services.get(shipment.carrier, [])
        named = [each for each in offered if shipment.service in ("", each.code)]
        if not named:
            raise NotHere(_("The store has no such carrier service."), carrier=shipment.carrier)
        if len(named) > 1:
            raise DomainError(
                _("Say which service: %(services)s.")
                % {"services": ", ".join(each.code for each in named)},
                services=[each.code for each in named],
            )
        return named[0]

    def orders_of(self, shipment: Shipment) -> list[Order]:
        """By id. Raises NotHere for one that the store does not have."""
        ids = set(shipment.order_ids)
        for number in shipment.orders:
            ids.add(self.ids_by_number.get(number, 0))
        if not ids or not ids <= self.orders.keys():
            raise NotHere(_("There is no such order."))
        return [self.orders[pk] for pk in sorted(ids)]

    def lines_of(self, order_id: int) -> set[int]:
        return self.lines.get(order_id, set())

    def take(self, pieces: Pieces, warehouse_id: int) -> None:
        """These pieces are in a parcel now."""
        for (line, sku), quantity in pieces.items():
            self.owed[line][sku, warehouse_id] -= quantity

    def is_whole(self, order_id: int) -> bool:
        """Nothing of it stays behind when the parcels that are ready leave."""
        if order_id in self.stuck or not self.orders[order_id].is_to_ship:
            return False
        return not any(left > 0 for line in self.lines_of(order_id) for left in self._left(line))

    def _left(self, line: int) -> Iterable[int]:
        return self.owed[line].values()

    def groups(self, also: Iterable[set[int]]) -> list[set[int]]:
        """Orders that leave together or not at all: in one parcel, or bound to each other."""
        groups: list[set[int]] = [{pk} for pk in self.orders]
        for tied in [*self.companions, *self.waiting.values(), *also]:
            apart = [group for group in groups if not group & tied]
            groups = [*apart, tied.union(*(group for group in groups if group & tied))]
        return groups


def look_around(shipments: Sequence[Shipment], *, store: Store, actor: User | None) -> Yard:
    """Locks the orders that are named and those that leave with them, then their parcels."""
    told = _told(shipments, store, actor)
    orders = {row[0]: _order(row) for row in told["orders"] or ()}
    services: dict[str, list[CarrierService]] = defaultdict(list)
    for service in map(_service, told["services"] or ()):
        services[service.carrier.code].append(service)
    yard = Yard(
        actor=actor,
        warehouses={row[2]: _warehouse(row) for row in told["warehouses"] or ()},
        services=services,
        orders=orders,
        ids_by_number={order.external_number: pk for pk, order in orders.items()},
        known=_known(told["known"]) if told["known"] else {},
        sku_ids=_skus(shipments, store),
        companions=[set(group) for group in told["companions"] or ()],
    )
    _put_pieces(yard, told["reserved"] or ())
    _sort_out(yard, told["here"] or ())
    return yard


def _told(shipments: Sequence[Shipment], store: Store, actor: User | None) -> dict[str, Any]:
    """One statement, by the function `shipping_yard`: reading it row by row takes nine."""
    sees_all = actor is None or actor.is_superuser
    is_here = sees_all or (actor is not None and store.pk in actor.store_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shipping_yard("
            "%s, %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s)",
            [
                store.pk,
                sorted({pk for each in shipments for pk in each.order_ids}),
                sorted({number for each in shipments for number in each.orders}),
                sorted({folded(each.waybill) for each in shipments}),
                sorted({each.warehouse for each in shipments}) if is_here else [],
                sorted({each.carrier for each in shipments}),
                None if actor is None or sees_all else actor.pk,
            ],
        )
        return orjson.loads(cursor.fetchone()[0])


# In the model's order, as `from_db` takes them, and as `shipping_yard` gives them. The rest of a
# row is read when somebody asks.
_ORDER_FIELDS = (
    "id",
    "store_id",
    "channel_id",
    "external_number",
    "review_state",
    "fulfilment_state",
    "paid_at",
)
_WAREHOUSE_FIELDS = ("id", "store_id", "code", "name")
_SERVICE_FIELDS = ("id", "carrier_id", "code", "name")
_CARRIER_FIELDS = ("id", "store_id", "code", "name", "kuaidi100_code", "easypost_code")


def _order(row: Sequence[Any]) -> Order:
    *values, paid_at = row
    moment = datetime.fromisoformat(paid_at) if paid_at else None
    return Order.from_db("default", _ORDER_FIELDS, [*values, moment])


def _warehouse(row: Sequence[Any]) -> Warehouse:
    return Warehouse.from_db("default", _WAREHOUSE_FIELDS, row)


def _service(row: Sequence[Any]) -> CarrierService:
    its_own, carriers = row
    service = CarrierService.from_db("default", _SERVICE_FIELDS, its_own)
    service.carrier = Carrier.from_db("default", _CARRIER_FIELDS, carriers)
    return service


def _known(parcel_ids: Sequence[int]) -> dict[tuple[int | None, str], Known]:
    rows = Parcel.objects.filter(pk__in=parcel_ids).select_related("carrier", "service")
    parcels = {parcel.pk: parcel for parcel in rows}
    orders: dict[int, set[int]] = defaultdict(set)
    for parcel_id, order_id in ParcelOrder.objects.filter(parcel__in=parcels).values_list(
        "parcel_id", "order_id"
    ):
        orders[parcel_id].add(order_id)
    pieces: dict[int, Pieces] = defaultdict(Counter)
    for parcel_id, line, sku, quantity in ParcelItem.objects.filter(parcel__in=parcels).values_list(
        "parcel_id", "line_id", "sku_id", "quantity"
    ):
        pieces[parcel_id][line, sku] = quantity
    return {
        (parcel.carrier_id, parcel.waybill): Known(parcel, orders[pk], pieces[pk])
        for pk, parcel in parcels.items()
    }


def _skus(shipments: Sequence[Shipment], store: Store) -> dict[str, int]:
    named = {item.sku_code for each in shipments for item in each.items}
    if not named:
        return {}
    rows = codes.skus_by_code(store_id=store.pk, codes=named)
    return {code: row.sku_id for code, row in rows.items() if row.sku_id is not None}


def _put_pieces(yard: Yard, reserved: Iterable[Sequence[int]]) -> None:
    owed: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    for order, line, sku, warehouse, pieces in reserved:
        owed[line][sku, warehouse] += pieces
        yard.order_of[line] = order
        yard.lines[order].add(line)
    yard.owed = owed


def _sort_out(yard: Yard, here: Iterable[dict[str, Any]]) -> None:
    """What is in parcels; which only wait for others of their orders, which hold them back."""
    for parcel in here:
        for line, sku, pieces in parcel["items"] or ():
            yard.owed[line][sku, parcel["warehouse"]] -= pieces
        orders = set(parcel["orders"])
        if parcel["is_ready"] and orders <= yard.orders.keys():
            yard.waiting[parcel["id"]] = orders
        else:
            yard.stuck |= orders & yard.orders.keys()

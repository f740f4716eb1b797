"""An order moves on: reviewed, shipped, delivered, cancelled. Each verb takes a set of orders.

An order that is not in the state a verb needs, or that the actor may not touch, is left alone; a
verb returns the ids of those that moved on. Orders are locked in id order, then stock: every
service takes them in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Now

from catalog.models import StockMovement, Warehouse
from catalog.services.stock import Move, move_stock
from opsdesk.db import retrying
from opsdesk.deadlines import services as deadlines
from opsdesk.listeners import Listeners
from orders.models import Hold, Order, OrderEvent, OrderQuerySet, Reservation
from orders.services import parcels, releasing

if TYPE_CHECKING:
    from opsdesk.stores.models import User


Listener = Callable[[Sequence[int], "User | None", datetime], None]
_listeners: list[Listener] = []
_shipped: Listeners[Listener] = Listeners()


def on_cancel(listener: Listener) -> None:
    """Call `listener(order_ids, actor, at)` in the transaction that cancels orders, locked."""
    if listener not in _listeners:
        _listeners.append(listener)


def on_ship(listener: Listener, *, where: str) -> None:
    """Call `listener(order_ids, actor, at)` when goods of orders have left, in that transaction.

    The orders and their stock rows are held. `where`: see `Listeners`.
    """
    _shipped.add(listener, where=where)


def review_orders(
    *, order_ids: Iterable[int], actor: User | None, at: datetime, why: str = ""
) -> list[int]:
    """The orders have passed review (ORD-3). Returns the ids of those that did now.

    A person passes what is held, too: the holds end as passed as they are. The system does not, and
    that it passed an order is no change of it.
    """
    return retrying(partial(_review, list(order_ids), actor=actor, at=at, why=why))


def _review(order_ids: list[int], *, actor: User | None, at: datetime, why: str) -> list[int]:
    orders = _locked(Order.objects.to_review(), order_ids, actor, "orders.review_order")
    ids = [order.pk for order in orders]
    if actor is None:
        held = releasing.still_held(ids)
        ids = [pk for pk in ids if pk not in held]
    else:
        releasing.close_open(ids, outcome=Hold.Outcome.PASSED, actor=actor, at=at, note=why)
    _update(ids, is_touch=actor is not None, review_state=Order.Review.PASSED, reviewed_at=at)
    told = {"reason": why} if why else None
    note(ids, OrderEvent.Kind.REVIEWED, actor=actor, at=at, data=told)
    deadlines.reach(Order, ids, reached="reviewed_at", at=at)
    return ids


def ship_orders(*, order_ids: Iterable[int], actor: User | None, at: datetime) -> list[int]:
    """Paid, passed and reserved orders have left the warehouse (FUL-2). Returns which now.

    Those that leave in one parcel with others leave with all of them, or not yet (ORD-5).
    """
    return retrying(partial(_ship, list(order_ids), actor=actor, at=at))


def _ship(order_ids: list[int], *, actor: User | None, at: datetime) -> list[int]:
    wanted = parcels.with_companions(order_ids)
    orders = _locked(Order.objects.to_ship(), wanted, actor, "orders.ship_order")
    ids = parcels.without_torn(_in_warehouses_of(actor, orders))
    ship_locked(ids, actor=actor, at=at)
    return ids


def ship_locked(order_ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """The orders have left whole. The caller holds their locks, and looked."""
    _left("ship_orders", order_ids, actor=actor, at=at)
    deadlines.reach(Order, order_ids, reached="shipped_at", at=at)


def deliver_orders(
    *,
    order_ids: Iterable[int],
    actor: User | None,
    at: datetime,
    arrived: Mapping[int, datetime] | None = None,
) -> list[int]:
    """Shipped orders have reached their customers: the goods are sold. Returns which now.

    `arrived` tells of an order when that was, where it was not just now.
    """
    work = partial(_deliver, list(order_ids), actor=actor, at=at, arrived=arrived or {})
    return retrying(work)


def _deliver(
    order_ids: list[int], *, actor: User | None, at: datetime, arrived: Mapping[int, datetime]
) -> list[int]:
    shipped = Order.objects.filter(fulfilment_state=Order.Fulfilment.SHIPPED)
    orders = _locked(shipped, order_ids, actor, "orders.ship_order")
    ids = _in_warehouses_of(actor, orders)
    deliver_shipped(ids, actor=actor, at=at)
    earlier = [When(pk=pk, then=Value(arrived[pk])) for pk in ids if pk in arrived]
    _update(
        ids,
        fulfilment_state=Order.Fulfilment.DELIVERED,
        delivered_at=Case(*earlier, default=Value(at)) if earlier else at,
    )
    note(ids, OrderEvent.Kind.DELIVERED, actor=actor, at=at)
    return ids


def cancel_orders(
    *, order_ids: Iterable[int], reason: str, actor: User | None, at: datetime
) -> list[int]:
    """Orders that have not left are cancelled, their stock is free again. Returns which now."""
    return retrying(partial(_cancel, list(order_ids), reason=reason, actor=actor, at=at))


def _cancel(order_ids: list[int], *, reason: str, actor: User | None, at: datetime) -> list[int]:
    still_here = Order.objects.filter(fulfilment_state__in=["waiting", "reserved", "not_tracked"])
    orders = _locked(still_here, order_ids, actor, "orders.cancel_order")
    ids = [order.pk for order in orders]
    cancel_locked(ids, actor=actor, at=at, data={"reason": reason})
    return ids


def cancel_locked(
    order_ids: Sequence[int], *, actor: User | None, at: datetime, data: dict[str, Any]
) -> None:
    """Orders that have not left are cancelled. The caller holds their locks, and looked."""
    release_reservations(order_ids, actor=actor, at=at)
    releasing.close_open(
        order_ids,
        outcome=Hold.Outcome.CANCELLED,
        actor=actor,
        at=at,
        note=str(data.get("reason", ""))[:300],
    )
    _update(order_ids, fulfilment_state=Order.Fulfilment.CANCELLED, cancelled_at=at)
    note(order_ids, OrderEvent.Kind.CANCELLED, actor=actor, at=at, data=data)
    deadlines.cancel(Order, order_ids, at=at)
    parcels.leave(order_ids, at=at)
    for listener in _listeners:
        listener(order_ids, actor, at)


def release_reservations(order_ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """What these orders held is available again. The caller holds the orders' locks."""
    open_rows = Reservation.objects.open().filter(line__order__in=list(order_ids))
    held = list(open_rows.select_related("line"))
    _move_reserved(held, StockMovement.Kind.RELEASE, actor=actor, at=at)
    Reservation.objects.filter(pk__in=[row.pk for row in held]).update(
        state=Reservation.State.RELEASED, closed_at=at
    )


def ship_reserved(order_ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """What was reserved for these orders has left. The caller holds the orders' locks."""
    _left("ship_reserved", order_ids, actor=actor, at=at)


def deliver_shipped(order_ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """What was shipped for these orders is sold. The caller holds the orders' locks."""
    shipped = Reservation.objects.filter(
        line__order__in=list(order_ids), state=Reservation.State.SHIPPED
    ).select_related("line")
    _move_reserved(list(shipped), StockMovement.Kind.DELIVER, actor=actor, at=at)


def _left(function: str, order_ids: Sequence[int], *, actor: User | None, at: datetime) -> None:
    """Goods of the orders have left by a function of `orders/sql`; who hears of it is told.

    WITH, for the trail takes the actor along with what writes.
    """
    statement = f"WITH done AS (SELECT {function}(%s, %s, %s)) SELECT FROM done"
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(order_ids), actor.pk if actor else None, at])
    for listener in _shipped.concerned(order_ids):
        listener(order_ids, actor, at)


def _move_reserved(
    reservations: Sequence[Reservation], kind: str, *, actor: User | None, at: datetime
) -> None:
    if reservations:
        move_stock(
            [
                Move(
                    row.sku_id,
                    row.warehouse_id,
                    kind,
                    row.quantity,
                    reference=f"order:{row.line.order_id}",
                )
                for row in reservations
            ],
            actor=actor,
            at=at,
        )


def _locked(
    ready: OrderQuerySet, order_ids: Iterable[int], actor: User | None, permission: str
) -> list[Order]:
    """Those of the ready orders that the actor may act on, locked. No actor: the system itself."""
    orders = ready.filter(pk__in=list(order_ids))
    if actor is not None:
        orders = orders.visible_to(actor).in_stores(actor.stores_allowing(permission))
    return list(orders.locked())


def in_warehouses_of(user: User, orders: QuerySet[Order]) -> QuerySet[Order]:
    """Without orders that have pieces, reserved or shipped, in a warehouse not this person's."""
    elsewhere = Reservation.objects.filter(
        line__order=OuterRef("pk"), state__in=[Reservation.State.OPEN, Reservation.State.SHIPPED]
    ).exclude(warehouse__in=Warehouse.objects.visible_to(user))
    return orders.filter(~Exists(elsewhere))


def _in_warehouses_of(actor: User | None, orders: Sequence[Order]) -> list[int]:
    """Asked once the orders are locked: until then their pieces may change places."""
    ids = [order.pk for order in orders]
    if actor is None:
        return ids
    kept = in_warehouses_of(actor, Order.objects.filter(pk__in=ids))
    return list(kept.order_by("pk").values_list("pk", flat=True))


def touch_orders(order_ids: Sequence[int]) -> None:
    """Somebody works on the orders: what made them is not taken back. The caller locked them."""
    _update(order_ids)


def _update(order_ids: Sequence[int], *, is_touch: bool = True, **values: Any) -> None:
    Order.objects.filter(pk__in=order_ids).update(
        version=F("version") + int(is_touch), updated_at=Now(), **values
    )


def note(
    order_ids: Iterable[int],
    kind: str,
    *,
    actor: User | None,
    at: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """A line on each order's timeline."""
    OrderEvent.objects.bulk_create(
        [
            OrderEvent(order_id=pk, kind=kind, actor=actor, at=at, data=data or {})
            for pk in order_ids
        ]
    )

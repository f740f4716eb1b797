"""Stock moves: every change is a ledger line, and no balance goes below zero (CAT-7)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Sku, StockLevel, StockMovement, StockState, Warehouse
from catalog.services.bundles import check_no_bundles
from catalog.services.codes import check_entering
from opsdesk.db import retrying
from opsdesk.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import User

Kind = StockMovement.Kind

# Kind → (from, to); an empty state is the world outside.
STATES: dict[str, tuple[str, str]] = {
    Kind.RECEIVE: ("", StockState.AVAILABLE),
    Kind.RESERVE: (StockState.AVAILABLE, StockState.RESERVED),
    Kind.RELEASE: (StockState.RESERVED, StockState.AVAILABLE),
    Kind.SHIP: (StockState.RESERVED, StockState.SHIPPED),
    Kind.DELIVER: (StockState.SHIPPED, StockState.SOLD),
    Kind.RETURN: (StockState.SOLD, StockState.RETURNING),
    Kind.ACCEPT: (StockState.RETURNING, StockState.AVAILABLE),
    Kind.REJECT: (StockState.RETURNING, StockState.DAMAGED),
    Kind.TRANSFER_OUT: (StockState.AVAILABLE, ""),
    Kind.TRANSFER_IN: ("", StockState.AVAILABLE),
    Kind.RECALL: ("", StockState.AVAILABLE),
    Kind.WRITE_OFF: (StockState.DAMAGED, ""),
    Kind.DAMAGE: (StockState.AVAILABLE, StockState.DAMAGED),
}

# Of what orders have reserved, and a bundle is reserved as its parts.
_BY_ORDERS = (Kind.RELEASE, Kind.SHIP, Kind.DELIVER)
ON_HAND = (StockState.AVAILABLE, StockState.RESERVED, StockState.DAMAGED)

Place = tuple[int, int]  # (SKU id, warehouse id)


class InsufficientStock(DomainError):
    """More pieces were asked of a state than it holds. Nothing was moved."""

    code = "insufficient_stock"


@dataclass(frozen=True, slots=True)
class Move:
    """So many pieces of one SKU in one warehouse take the step that `kind` names.

    A count gives its states itself: ("", available) for a surplus, (available, "") for a loss.
    """

    sku_id: int
    warehouse_id: int
    kind: str
    quantity: int
    reference: str = ""
    note: str = ""
    states: tuple[str, str] | None = None

    @property
    def from_and_to(self) -> tuple[str, str]:
        return self.states or STATES[self.kind]


Arrival = Callable[[list[int]], None]
_arrivals: list[Arrival] = []


def on_arrival(listener: Arrival) -> None:
    """Call `listener` with SKU ids, after commit, whenever pieces became available."""
    if listener not in _arrivals:
        _arrivals.append(listener)


def tell_arrivals(sku_ids: Iterable[int]) -> None:
    """Once the transaction is committed, whoever waits for these SKUs is told."""
    arrived = sorted(sku_ids)
    if arrived:
        for listener in _arrivals:
            transaction.on_commit(partial(listener, arrived))


Loss = Callable[[Collection[Place], "User | None", datetime], None]
_losses: list[Loss] = []


def on_loss(listener: Loss) -> None:
    """Call `listener(places, actor, at)` where pieces left a warehouse, but not with an order.

    In the transaction that moves them, with the stock rows of these (SKU id, warehouse id) held.
    """
    if listener not in _losses:
        _losses.append(listener)


def tell_losses(places: Collection[Place], *, actor: User | None, at: datetime) -> None:
    """Fewer pieces are on hand in these places; the caller holds their stock rows."""
    if places:
        for listener in _losses:
            listener(places, actor, at)


def move_stock(moves: Sequence[Move], *, actor: User | None, at: datetime) -> list[StockMovement]:
    """All moves are done and in the ledger, or none is: raises InsufficientStock, NoBundle,
    and WrongCode for goods that enter stock for the first time against a strict scheme (CAT-1).

    Locks the stock rows in SKU order, as the SQL function `reserve_orders` does. Four statements,
    however many moves; one more where people move them, another where goods come from outside.
    """
    if any(move.quantity <= 0 for move in moves):
        raise DomainError(_("A move takes at least one piece."))
    return retrying(partial(_move, moves, actor=actor, at=at))


def _move(moves: Sequence[Move], *, actor: User | None, at: datetime) -> list[StockMovement]:
    entering = [move.sku_id for move in moves if not move.from_and_to[0]]
    by_people = [move.sku_id for move in moves if move.kind not in _BY_ORDERS]
    with transaction.atomic():
        if by_people:
            check_no_bundles(by_people)
        if entering:
            check_entering(entering)
        levels = _locked_levels({(move.sku_id, move.warehouse_id) for move in moves})
        for move in moves:
            _apply(move, levels[(move.sku_id, move.warehouse_id)])
        StockLevel.objects.bulk_update(levels.values(), list(StockState.values))
        lines = StockMovement.objects.bulk_create([_line(move, actor, at) for move in moves])
        tell_arrivals({m.sku_id for m in moves if m.from_and_to[1] == StockState.AVAILABLE})
        tell_losses({_place(m) for m in moves if _is_loss(m)}, actor=actor, at=at)
    return lines


def _place(move: Move) -> Place:
    return move.sku_id, move.warehouse_id


def _is_loss(move: Move) -> bool:
    source, target = move.from_and_to
    return move.kind not in _BY_ORDERS and source in ON_HAND and target not in ON_HAND


def _locked_levels(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], StockLevel]:
    """The stock rows of these (SKU, warehouse) places, made where missing, locked in SKU order."""
    places = sorted(places)
    StockLevel.objects.bulk_create(
        [StockLevel(sku_id=sku_id, warehouse_id=warehouse_id) for sku_id, warehouse_id in places],
        ignore_conflicts=True,
    )
    wanted = set(places)
    levels = StockLevel.objects.filter(
        sku__in={sku_id for sku_id, _warehouse in places},
        warehouse__in={warehouse_id for _sku, warehouse_id in places},
    ).locked()
    return {
        (level.sku_id, level.warehouse_id): level
        for level in levels
        if (level.sku_id, level.warehouse_id) in wanted
    }


def _apply(move: Move, level: StockLevel) -> None:
    source, target = move.from_and_to
    if source:
        left = getattr(level, source)
        if left < move.quantity:
            raise InsufficientStock(
                _("%(wanted)s pieces wanted, %(left)s %(state)s.")
                % {
                    "wanted": move.quantity,
                    "left": left,
                    "state": StockState(source).label,
                },
                sku_id=move.sku_id,
                warehouse_id=move.warehouse_id,
                wanted=move.quantity,
                left=left,
            )
        setattr(level, source, left - move.quantity)
    if target:
        setattr(level, target, getattr(level, target) + move.quantity)


def _line(move: Move, actor: User | None, at: datetime) -> StockMovement:
    source, target = move.from_and_to
    return StockMovement(
        sku_id=move.sku_id,
        warehouse_id=move.warehouse_id,
        kind=move.kind,
        from_state=source,
        to_state=target,
        quantity=move.quantity,
        reference=move.reference,
        note=move.note,
        actor=actor,
        at=at,
    )


def receive_stock(
    *,
    sku_id: int,
    warehouse_id: int,
    quantity: int,
    actor: User | None,
    at: datetime,
    note: str = "",
) -> StockMovement:
    """Goods came in and are available; orders that wait for them are served (ORD-2)."""
    sku = Sku.objects.select_related("store").get(pk=sku_id)
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    if sku.store_id != warehouse.store_id:
        raise DomainError(_("The SKU and the warehouse belong to different stores."))
    if actor is not None and not (
        actor.has_perm("catalog.receive_stock", sku)
        and Warehouse.objects.visible_to(actor).filter(pk=warehouse_id).exists()
    ):
        raise NotAllowed(_("You may not receive goods in this warehouse."))
    move = Move(sku_id, warehouse_id, Kind.RECEIVE, quantity, note=note)
    return move_stock([move], actor=actor, at=at)[0]

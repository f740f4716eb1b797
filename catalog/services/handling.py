"""Pieces that people book from one state to the next: delivered, come back, looked at, damaged.

Orders reserve, release and ship by themselves; what lies outside is booked here (CAT-7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from catalog.models import Sku, StockMovement, Warehouse
from catalog.services.stock import Kind, Move, move_stock
from opsdesk.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import User

HANDLE = "catalog.handle_stock"
# What a person books by hand, in the order in which it happens.
STEPS = (Kind.DELIVER, Kind.RETURN, Kind.ACCEPT, Kind.REJECT, Kind.DAMAGE)


@dataclass(frozen=True)
class Place:
    """A SKU in a warehouse, and what caused the booking, such as `order:42`."""

    sku_id: int
    warehouse_id: int
    reference: str = ""
    note: str = ""


def deliver_stock(
    place: Place, *, quantity: int, actor: User | None, at: datetime
) -> list[StockMovement]:
    """Shipped pieces have reached their buyer: sold."""
    return book_steps(place, [(Kind.DELIVER, quantity)], actor=actor, at=at)


def return_stock(
    place: Place, *, quantity: int, actor: User | None, at: datetime
) -> list[StockMovement]:
    """Sold pieces are on their way back into this warehouse."""
    return book_steps(place, [(Kind.RETURN, quantity)], actor=actor, at=at)


def inspect_stock(
    place: Place, *, accepted: int, damaged: int, actor: User | None, at: datetime
) -> list[StockMovement]:
    """Pieces that came back were looked at: so many are available again, so many are damaged."""
    steps = [(Kind.ACCEPT, accepted), (Kind.REJECT, damaged)]
    return book_steps(place, [step for step in steps if step[1]], actor=actor, at=at)


def damage_stock(
    place: Place, *, quantity: int, actor: User | None, at: datetime
) -> list[StockMovement]:
    """Available pieces were found damaged on the shelf."""
    return book_steps(place, [(Kind.DAMAGE, quantity)], actor=actor, at=at)


def book_steps(
    place: Place, steps: Sequence[tuple[str, int]], *, actor: User | None, at: datetime
) -> list[StockMovement]:
    """All steps are in the ledger, or none. `actor` None is the product itself.

    Raises NotAllowed, InsufficientStock. Locks the stock row.
    """
    sku = Sku.objects.select_related("store").get(pk=place.sku_id)
    warehouse = Warehouse.objects.get(pk=place.warehouse_id)
    if sku.store_id != warehouse.store_id:
        raise DomainError(_("The SKU and the warehouse belong to different stores."))
    if not steps or any(kind not in STEPS for kind, _quantity in steps):
        raise DomainError(_("Say what happened, and to how many pieces."))
    require_right(HANDLE, warehouse, actor)
    moves = [
        Move(sku.pk, warehouse.pk, kind, quantity, place.reference, place.note)
        for kind, quantity in steps
    ]
    return move_stock(moves, actor=actor, at=at)


def has_right(permission: str, warehouse: Warehouse, person: User) -> bool:
    """Whether the person may do this in this very warehouse."""
    here = Warehouse.objects.visible_to(person).filter(pk=warehouse.pk)
    return person.has_perm(permission, warehouse) and here.exists()


def require_right(permission: str, warehouse: Warehouse, actor: User | None) -> None:
    """Raises NotAllowed unless the person may do this in this very warehouse."""
    if actor is not None and not has_right(permission, warehouse, actor):
        raise NotAllowed(
            _("You may not do this in the warehouse %(warehouse)s.") % {"warehouse": warehouse}
        )

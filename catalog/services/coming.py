"""What is under way to fill a warehouse up: asked for, ordered or sent from another (CAT-8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import F, Min, Q, Sum

from catalog.models import PurchaseLine, PurchaseState, Transfer, TransferLine
from opsdesk.approvals.models import Approval

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

Place = tuple[int, int]


@dataclass(frozen=True)
class Coming:
    """Pieces; `expected_on` is the first day on which a supplier is to bring some."""

    asked: int = 0
    ordered: int = 0
    moved: int = 0
    expected_on: date | None = None

    @property
    def pieces(self) -> int:
        return self.asked + self.ordered + self.moved


NOTHING = Coming()


def pieces_coming(store: Store) -> dict[Place, Coming]:
    """(SKU id, warehouse id) → what is under way there; a place without any is not in it.

    An order counts from the moment it was asked for, a refused request and a draft for nothing.
    Two statements, whatever the number of orders.
    """
    found = _bought(store)
    lines = TransferLine.objects.filter(
        transfer__state=Transfer.State.SENT, transfer__target__store=store
    ).order_by()
    sums = lines.values_list("sku_id", "transfer__target_id").annotate(pieces=Sum("sent"))
    for sku_id, warehouse_id, pieces in sums:
        place = sku_id, warehouse_id
        found[place] = replace(found.get(place, NOTHING), moved=pieces)
    return found


def _bought(store: Store) -> dict[Place, Coming]:
    waiting = Q(order__state=PurchaseState.PENDING, order__approval__state__in=Approval.OPEN)
    here = PurchaseLine.objects.filter(order__store=store)
    lines = here.on_order() | here.filter(waiting)
    rest = F("quantity") - F("received")
    sums = (
        lines.order_by()
        .values_list("sku_id", "order__warehouse_id")
        .annotate(
            asked=Sum(rest, filter=waiting, default=0),
            ordered=Sum(rest, filter=~waiting, default=0),
            expected_on=Min("order__expected_on"),
        )
    )
    return {
        (sku_id, warehouse_id): Coming(asked, ordered, 0, expected_on)
        for sku_id, warehouse_id, asked, ordered, expected_on in sums
    }

"""A statement of stock is taken back: its first lines are met by their opposite (CAT-16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from catalog.models import StockLevel, StockMovement, StockState
from catalog.services.stock import Kind, Move, move_stock

if TYPE_CHECKING:
    from opsdesk.stores.models import User


def take_back_statement(
    level_ids: Sequence[int], *, reference: str, actor: User | None, at: datetime
) -> set[int]:
    """Of these levels, those that nothing else has moved hold no pieces again. Returns their ids.

    The ledger keeps both lines. In the caller's transaction; locks the stock rows in SKU order.
    """
    levels = list(StockLevel.objects.filter(pk__in=level_ids).locked())
    lines: dict[tuple[int, int], list[StockMovement]] = {}
    for line in StockMovement.objects.filter(
        sku__in={level.sku_id for level in levels},
        warehouse__in={level.warehouse_id for level in levels},
    ):
        lines.setdefault((line.sku_id, line.warehouse_id), []).append(line)
    untouched = [
        level
        for level in levels
        if all(
            line.reference == reference
            for line in lines.get((level.sku_id, level.warehouse_id), [])
        )
    ]
    moves = [
        Move(
            level.sku_id,
            level.warehouse_id,
            Kind.COUNT,
            level.available,
            reference=f"undo:{reference}",
            states=(StockState.AVAILABLE, ""),
        )
        for level in untouched
        if level.available
    ]
    if moves:
        move_stock(moves, actor=actor, at=at)
    return {level.pk for level in untouched}

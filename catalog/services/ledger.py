"""What the ledger tells: its lines with a running balance, and the stock of any past moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from catalog.models import StockMovement, StockState

Balances = dict[str, int]

_AS_OF = """
SELECT sku_id, warehouse_id, state, sum(pieces)::integer
FROM (
    SELECT sku_id, warehouse_id, to_state AS state, quantity AS pieces
    FROM catalog_stockmovement
    WHERE at <= %(at)s AND to_state <> '' AND sku_id = ANY (%(skus)s)
    UNION ALL
    SELECT sku_id, warehouse_id, from_state, -quantity
    FROM catalog_stockmovement
    WHERE at <= %(at)s AND from_state <> '' AND sku_id = ANY (%(skus)s)
) moved
WHERE %(warehouse)s::bigint IS NULL OR warehouse_id = %(warehouse)s
GROUP BY 1, 2, 3
"""
# The window needs all of a place's lines; the page is cut from what it made of them.
_LINES = """
SELECT id, pieces, balance FROM (
    SELECT id, pieces, sum(pieces) OVER (ORDER BY id) AS balance
    FROM (
        SELECT id, CASE WHEN to_state = %(state)s THEN quantity ELSE -quantity END AS pieces
        FROM catalog_stockmovement
        WHERE sku_id = %(sku)s AND warehouse_id = %(warehouse)s
          AND %(state)s IN (from_state, to_state)
    ) moved
) running
WHERE id < %(before)s ORDER BY id DESC LIMIT %(size)s
"""
_NEWEST = 2**63 - 1


def stock_as_of(
    at: datetime, *, sku_ids: list[int], warehouse_id: int | None = None
) -> dict[tuple[int, int], Balances]:
    """(SKU id, warehouse id) → pieces by state, as the ledger had them at that moment.

    A line counts from its own moment on. A place without lines until then is not there. One
    statement.
    """
    found: dict[tuple[int, int], Balances] = {}
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, {"at": at, "skus": sku_ids, "warehouse": warehouse_id})
        for sku_id, warehouse, state, pieces in cursor.fetchall():
            place = found.setdefault((sku_id, warehouse), dict.fromkeys(StockState.values, 0))
            place[state] = pieces
    return found


@dataclass(frozen=True)
class LedgerPage:
    """Lines newest first, each with its `pieces` (signed) and `balance` after it."""

    lines: list[StockMovement]
    older: int | None  # `before` of the next page


def ledger_of(
    *, sku_id: int, warehouse_id: int, state: str, before: int | None = None, size: int = 30
) -> LedgerPage:
    """The lines that touched one state of a place, with the balance that each left."""
    facts: dict[str, Any] = {
        "sku": sku_id,
        "warehouse": warehouse_id,
        "state": state,
        "before": before if before is not None else _NEWEST,
        "size": size + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, facts)
        found = {pk: (pieces, balance) for pk, pieces, balance in cursor.fetchall()}
    shown = list(found)[:size]
    by_id = StockMovement.objects.select_related("actor").in_bulk(shown)
    lines = []
    for pk in shown:
        line: Any = by_id[pk]
        line.pieces, line.balance = found[pk]
        lines.append(line)
    return LedgerPage(lines, shown[-1] if len(found) > size else None)

"""How much of presales buyers ordered, and how much of that waits for its goods (CAT-11)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from django.db import connection

from catalog.models import PresaleLot
from catalog.presold import Presold

_PRESOLD = """
SELECT w.lot, sum(l.quantity), coalesce(
    sum(l.quantity) FILTER (WHERE o.fulfilment_state = 'waiting'), 0
)
FROM json_to_recordset(%s) AS w (
    lot bigint, sku bigint, channel bigint, begins timestamptz, ends timestamptz
)
JOIN orders_orderline l ON l.sku_id = w.sku
JOIN orders_order o ON o.id = l.order_id
WHERE o.placed_at >= w.begins AND o.placed_at < w.ends
  AND (w.channel IS NULL OR o.channel_id = w.channel)
  AND o.fulfilment_state NOT IN ('cancelled', 'not_tracked')
GROUP BY w.lot
"""


def read_presold(lots: Sequence[PresaleLot]) -> dict[int, Presold]:
    """Lot id → pieces of its SKU ordered on its channel while it was sold. One statement.

    Cancelled orders and those that are only on record count for nothing.
    """
    windows = [
        {
            "lot": lot.pk,
            "sku": lot.sku_id,
            "channel": lot.channel_id,
            "begins": lot.begins,
            "ends": lot.ends,
        }
        for lot in lots
    ]
    with connection.cursor() as cursor:
        cursor.execute(_PRESOLD, [orjson.dumps(windows).decode()])
        return {
            lot: Presold(int(ordered), int(waiting)) for lot, ordered, waiting in cursor.fetchall()
        }

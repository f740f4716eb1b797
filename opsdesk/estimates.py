"""How many rows, without counting them all."""

import json

from django.db.models import QuerySet


def capped_count(rows: QuerySet, limit: int) -> int:
    """How many rows there are, or `limit` + 1 if there are more. Reads no further than that."""
    return rows.order_by()[: limit + 1].count()


def estimated_count(rows: QuerySet) -> int:
    """What the planner expects; off by as much as its statistics are old."""
    plan = json.loads(rows.order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])

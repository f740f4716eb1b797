"""How many rows, without counting them all."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def capped_count(rows: QuerySet, limit: int) -> int:
    """How many rows there are, or `limit` + 1 if there are more. Reads no further than that."""
    return rows.order_by()[: limit + 1].count()


def capped_counts(rows: Mapping[str, QuerySet], limit: int) -> dict[str, int]:
    """The same for several sets of rows, by name, in one statement."""
    statements: list[str] = []
    parameters: list[object] = []
    for name, queryset in rows.items():
        try:
            sql, values = queryset.order_by().values("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        statements.append(f"SELECT %s, count(*) FROM ({sql}) AS counted")
        parameters += [name, *values]
    found = dict.fromkeys(rows, 0)
    if statements:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(statements), parameters)
            found.update(cursor.fetchall())
    return found


def estimated_count(rows: QuerySet) -> int:
    """What the planner expects; off by as much as its statistics are old."""
    plan = json.loads(rows.order_by().explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])

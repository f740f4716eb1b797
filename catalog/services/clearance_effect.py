"""What a SKU sold day by day, and what a measure against slow stock has changed (CAT-9, CAT-10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Sum

from catalog.models import StockLevel
from catalog.services.clearance_ground import DAYS
from catalog.services.replenishment import DEMAND
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from catalog.models import ClearancePlan, Sku

_DAILY = f"""
SELECT (m.at AT TIME ZONE %(zone)s)::date AS day, sum({DEMAND})::integer
FROM catalog_stockmovement m
JOIN catalog_warehouse w ON w.id = m.warehouse_id
WHERE m.sku_id = %(sku)s AND w.is_active AND m.at >= %(start)s AND m.at < %(end)s
GROUP BY 1
"""


@dataclass(frozen=True)
class Effect:
    """Pieces and money when it was planned and now; pieces a day before it was, and since done.

    A pace is of whole business days; None where there is none yet. Money is None without a cost.
    """

    pieces_then: int
    pieces_now: int
    value_then: Decimal
    value_now: Decimal | None
    before: Decimal | None
    after: Decimal | None
    days_after: int


def daily_sales(sku: Sku, *, first: date, last: date) -> list[tuple[date, int]]:
    """Demand of each business day from the first to the last, both included. One query."""
    if last < first:
        return []
    zone = sku.store.zone
    with connection.cursor() as cursor:
        cursor.execute(
            _DAILY,
            {
                "zone": sku.store.timezone,
                "sku": sku.pk,
                "start": datetime.combine(first, time(), tzinfo=zone),
                "end": datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
            },
        )
        sold = dict(cursor.fetchall())
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [(day, sold.get(day, 0)) for day in days]


def effects_of(sku: Sku, plans: Iterable[ClearancePlan], *, at: datetime) -> dict[int, Effect]:
    """Id of a plan of this SKU that is done → its effect so far; up to so many days each way."""
    span = timedelta(days=int(procedure.value_of(DAYS.key, store=sku.store, at=at)))
    day = timedelta(days=1)
    today = sku.store.business_date(at)
    levels = StockLevel.objects.filter(sku=sku, warehouse__is_active=True)
    pieces = levels.aggregate(sum=Sum("available"))["sum"] or 0
    found = {}
    for plan in plans:
        if plan.done_at is None:
            continue
        planned, done = (sku.store.business_date(m) for m in (plan.planned_at, plan.done_at))
        before = daily_sales(sku, first=planned - span, last=planned - day)
        after = daily_sales(sku, first=done + day, last=min(done + span, today - day))
        found[plan.pk] = Effect(
            pieces_then=plan.pieces_then,
            pieces_now=pieces,
            value_then=plan.value_then,
            value_now=None if sku.cost is None else pieces * sku.cost,
            before=_pace(before),
            after=_pace(after),
            days_after=len(after),
        )
    return found


def _pace(days: list[tuple[date, int]]) -> Decimal | None:
    if not days:
        return None
    sold = sum(pieces for _day, pieces in days)
    return (Decimal(sold) / len(days)).quantize(Decimal("0.01"))

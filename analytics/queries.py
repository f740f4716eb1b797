"""Figures of a store by business day, read from the roll-ups (ANA-2, ANA-3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from analytics.models import DailySales, DayBasis

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

CENT = Decimal("0.01")
SUMMED = ("orders", "paid_orders", "buyers", "units", "gmv", "refunds", "refund_orders")


def kpi(store: Store, first: date, last: date, *, basis: str = DayBasis.CREATED) -> dict[str, Any]:
    """Figures per business day first … last and in total; money as strings in store currency.

    `gmv` is what was paid for the day's orders, gross; `net` less `refunds`. A day without orders
    is a row of zeros. Traffic figures (uv, pv) and what is divided by them are null without
    traffic. `buyers` of the total adds up days: who buys on two days counts twice.
    """
    rows: dict[date, dict[str, Any]] = {
        row["date"]: dict(row)
        for row in DailySales.objects.filter(store=store, basis=basis)
        .between(first, last)
        .values("date")
        .annotate(**{f"sum_{name}": Sum(name) for name in SUMMED})
    }
    days = [_figures(rows.get(day, {})) | {"date": day.isoformat()} for day in _days(first, last)]
    total = {
        f"sum_{name}": sum((row[f"sum_{name}"] for row in rows.values()), Decimal(0))
        for name in SUMMED
    }
    return {
        "store": store.code,
        "currency": store.currency,
        "basis": str(basis),
        "days": days,
        "total": _figures(total),
    }


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    gmv = Decimal(row.get("sum_gmv") or 0)
    refunds = Decimal(row.get("sum_refunds") or 0)
    paid = int(row.get("sum_paid_orders") or 0)
    return {
        "uv": None,
        "pv": None,
        "orders": int(row.get("sum_orders") or 0),
        "paid_orders": paid,
        "buyers": int(row.get("sum_buyers") or 0),
        "units": int(row.get("sum_units") or 0),
        "gmv": _money(gmv),
        "net": _money(gmv - refunds),
        "refunds": _money(refunds),
        "refund_orders": int(row.get("sum_refund_orders") or 0),
        "cvr": None,
        "aov": _money(gmv / paid) if paid else None,
        "uv_value": None,
    }


def _money(amount: Decimal) -> str:
    return str(amount.quantize(CENT, ROUND_HALF_UP))


def daily_series(
    stores: Iterable[Store], *, days: int, at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Currency → one row per day (date, gmv, paid_orders) over the stores of that currency.

    The last day is the latest business day that any of these stores has reached.
    """
    by_currency: dict[str, list[Store]] = {}
    for store in stores:
        by_currency.setdefault(store.currency, []).append(store)
    return {
        currency: _series(theirs, days=days, at=at)
        for currency, theirs in sorted(by_currency.items())
    }


def _series(stores: list[Store], *, days: int, at: datetime) -> list[dict[str, Any]]:
    last = max(store.business_date(at) for store in stores)
    first = last - timedelta(days=days - 1)
    sums = {
        row["date"]: row
        for row in DailySales.objects.in_stores(store.pk for store in stores)
        .filter(basis=DayBasis.CREATED)
        .between(first, last)
        .values("date")
        .annotate(gmv_sum=Sum("gmv"), paid_sum=Sum("paid_orders"))
    }
    return [
        {
            "date": day,
            "gmv": sums[day]["gmv_sum"] if day in sums else Decimal(0),
            "paid_orders": sums[day]["paid_sum"] if day in sums else 0,
        }
        for day in _days(first, last)
    ]

"""What is left of an old season, and what the demonstration store does about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.demo.opening import Demonstration
from catalog.models import ClearancePlan, SlowStock, StockMovement
from catalog.services.clearing import Task, cut_prices, finish_plan, plan_clearance
from catalog.services.replenishment import measure_cover
from catalog.services.slow_stock import look_for_slow_stock
from catalog.services.stock import Move, move_stock
from opsdesk.stores.roles import Role

_LEFT_OVER = (180, 150, 120, 96, 90, 72, 60, 48, 36, 30, 24, 18)
_SINCE = timedelta(days=50)
_PLANNED, _DONE = timedelta(days=10), timedelta(days=3)

Measure = ClearancePlan.Measure


def keep_leftovers(it: Demonstration, *, first: datetime, end: datetime) -> None:
    """The least popular articles lie there since last season."""
    place = it.store.warehouses.order_by("priority", "pk").first()
    skus = dict(it.store.skus.values_list("code", "pk"))
    articles = it.articles[-len(_LEFT_OVER) :]
    moves = [
        Move(skus[article.code], place.pk, StockMovement.Kind.RECEIVE, pieces, note="Last season")
        for article, pieces in zip(articles, _LEFT_OVER, strict=False)
    ]
    move_stock(moves, actor=it.people[Role.WAREHOUSE], at=max(first, end - _SINCE))


def plan_last_week(it: Demonstration, *, at: datetime) -> None:
    """Two measures were planned the week before; one of them is done, the other overdue."""
    earlier = at - _PLANNED
    measure_cover(it.store, at=earlier)
    look_for_slow_stock(it.store, at=earlier)
    plans = _plan(it, Measure.OFF_SITE, slice(0, 2), at=earlier)
    if plans:
        finish_plan(
            plan_id=plans[0].pk,
            result="The outlet has it on its list and orders week by week",
            actor=it.people[Role.CATALOG_OPERATOR],
            at=at - _DONE,
        )


def clear_out(it: Demonstration, *, at: datetime) -> None:
    """The list is that of the last night; a task is new, and a lower price waits for a yes."""
    look_for_slow_stock(it.store, at=at)
    _plan(it, Measure.NTH_PIECE, slice(2, 3), at=at)
    rows = _rows(it)[3:4]
    if rows:
        operator = it.people[Role.CATALOG_OPERATOR]
        cut_prices(row_ids=[row.pk for row in rows], actor=operator, at=at)


def _plan(
    it: Demonstration, measure: Measure, which: slice, *, at: datetime
) -> list[ClearancePlan]:
    ids = [row.pk for row in _rows(it)[which]]
    if not ids:
        return []
    operator = it.people[Role.CATALOG_OPERATOR]
    return plan_clearance(row_ids=ids, task=Task(measure, operator), actor=operator, at=at)


def _rows(it: Demonstration) -> list[SlowStock]:
    """Those of the leftovers, whatever else is found, so that each step meets a SKU of its own."""
    codes = [article.code for article in it.articles[-len(_LEFT_OVER) :]]
    rows = SlowStock.objects.of_finding(SlowStock.Finding.SLOW).filter(sku__code__in=codes)
    return list(rows.filter(store=it.store).order_by("-value", "pk"))

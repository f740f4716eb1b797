"""Prices that changed, will change, and wait for a yes (CAT-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from catalog.models import PriceChange
from catalog.services.price_checks import Asked
from catalog.services.price_effect import apply_due
from catalog.services.repricing import file_price_change
from opsdesk.approvals.services import carrying, deciding
from opsdesk.stores.roles import Role

HOUR = timedelta(hours=1)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class _Plan:
    """Articles by rank, how their price changes, and when: hours before the present."""

    ranks: tuple[int, ...]
    factor: str
    reason: str
    filed: int
    begins: int
    agreed: int | None = None
    lasts: timedelta | None = None


PLANS = (
    _Plan((0, 1), "0.95", "Two rivals went below us last week", 66, 40, agreed=60),
    _Plan((3,), "0.92", "Weekend price", 62, 34, agreed=58, lasts=timedelta(days=5)),
    _Plan((0,), "1.04", "The supplier charges more from next month on", 30, -72, agreed=26),
    _Plan((5, 6, 7), "0.85", "Clearing the old collection", 5, -48),
    _Plan((12,), "0.90", "Anniversary week", 65, 28, agreed=57),
)
# Between its approval and its moment the supplier asks more: the last one is below the floor then.
DEARER, DEARER_COST = 45, Decimal("0.88")


def plan_prices(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    """One change and one temporary price took effect, one is planned, one waits for finance, and
    one was dropped at its moment."""
    for plan in PLANS:
        begins = (end - plan.begins * HOUR).replace(minute=0, second=0)
        timeline.plan(end - plan.filed * HOUR, partial(_file, it, timeline, plan, end, begins))
        timeline.plan(begins, _apply)
    (rank,) = PLANS[-1].ranks
    timeline.plan(end - DEARER * HOUR, partial(_get_dearer, it, rank))


def _get_dearer(it: Demonstration, rank: int, _at: datetime) -> None:
    sku = it.store.skus.get(code=it.articles[rank].code)
    sku.cost = ((sku.list_price or Decimal(0)) * DEARER_COST).quantize(CENT)
    sku.save(update_fields=["cost"])


def _file(
    it: Demonstration,
    timeline: Timeline,
    plan: _Plan,
    end: datetime,
    begins: datetime,
    at: datetime,
) -> None:
    skus = [it.store.skus.get(code=it.articles[rank].code) for rank in plan.ranks]
    lines = [
        Asked(
            sku,
            ((sku.list_price or Decimal(0)) * Decimal(plan.factor)).quantize(CENT),
            begins,
            plan.reason,
            until=begins + plan.lasts if plan.lasts else None,
        )
        for sku in skus
    ]
    actor = it.people[Role.CATALOG_OPERATOR]
    change = file_price_change(store=it.store, lines=lines, actor=actor, at=at)
    if plan.agreed is not None:
        timeline.plan(end - plan.agreed * HOUR, partial(_agree, it, change))


def _agree(it: Demonstration, change: PriceChange, at: datetime) -> None:
    assert change.approval_id is not None
    approval_id = change.approval_id
    lead = it.people[Role.MARKETING_LEAD]
    deciding.decide(approval_id=approval_id, verdict="approve", actor=lead, at=at)
    carrying.carry_out(approval_id=approval_id, at=at + timedelta(seconds=2))


def _apply(at: datetime) -> None:
    apply_due(at=at)

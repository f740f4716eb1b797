"""The page of a slow or overstocked SKU: figures, sales, proposals side by side, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from catalog import sales_chart
from catalog.models import ClearancePlan, PriceChangeLine, SlowStock
from catalog.models.cover import ENDLESS
from catalog.services.clearance_effect import daily_sales, effects_of
from catalog.services.clearing import PLAN, owners_in
from catalog.services.measures import Choice, Proposal, propose
from catalog.services.price_requests import REQUEST
from catalog.services.pricing import VIEW_COST
from opsdesk.wording import money

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SHOWN_DAYS = 30


@dataclass(frozen=True)
class Card:
    """A proposal as this person may see it and act on it."""

    proposal: Proposal
    steps: Sequence[str]
    freed: str
    lost: str
    may_choose: bool
    is_planned: bool

    @property
    def is_task(self) -> bool:
        return self.proposal.measure != Choice.PRICE_CUT


def context_of(request: HttpRequest, row: SlowStock, *, at: datetime) -> dict[str, Any]:
    person, today = request.user, row.store.business_date(at)
    days = daily_sales(row.sku, first=today - timedelta(days=SHOWN_DAYS), last=today)
    plans = list(row.sku.clearance_plans.select_related("owner", "ended_by"))
    effects = effects_of(row.sku, plans, at=at)
    sees_cost = person.has_perm(VIEW_COST, row)
    prices = PriceChangeLine.objects.filter(
        sku=row.sku, state__in=[PriceChangeLine.State.ASKED, PriceChangeLine.State.PLANNED]
    )
    return {
        "row": row,
        "sees_cost": sees_cost,
        "money": money(row.value, row.store.currency) if row.cost is not None else "",
        "is_endless": row.turnover_days >= ENDLESS,
        "drawing": sales_chart.draw(days),
        "cards": _cards(row, plans, person, at) if row.is_open else [],
        "plans": [(plan, effects.get(plan.pk)) for plan in plans],
        "currency": row.store.currency,
        "zone": row.store.timezone,
        "owners": owners_in(row.store),
        "prices": prices.order_by("valid") if person.has_perm(REQUEST, row) else [],
    }


def _cards(
    row: SlowStock, plans: Sequence[ClearancePlan], person: User, at: datetime
) -> list[Card]:
    open_ones = {plan.measure for plan in plans if plan.state == ClearancePlan.State.OPEN}
    sees_cost, currency = person.has_perm(VIEW_COST, row), row.store.currency
    cards = []
    for proposal in propose([row], at=at)[row.pk]:
        right = REQUEST if proposal.measure == Choice.PRICE_CUT else PLAN
        is_planned = proposal.measure in open_ones
        cards.append(
            Card(
                proposal=proposal,
                steps=[step.text for step in proposal.steps if sees_cost or not step.of_cost],
                freed=money(proposal.freed, currency) if sees_cost else "",
                lost=money(proposal.lost, currency) if sees_cost else "",
                may_choose=person.has_perm(right, row) and not proposal.problem and not is_planned,
                is_planned=is_planned,
            )
        )
    return cards

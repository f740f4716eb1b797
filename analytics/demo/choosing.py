"""What the demonstration might sell next: scored, to be decided, on trial."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.demo.opening import Demonstration
from catalog.models import Criterion, Product, SelectionCandidate, SelectionDecision
from catalog.services.selection import Mark, decide_candidate, score_candidate
from catalog.services.trials import start_trial
from opsdesk.stores.roles import Role

DAY = timedelta(days=1)
# Longer than a trial may take: its judgement is overdue.
_TRIED = 31 * DAY
# Name, category, scores by criterion; an empty one is still to be scored.
_CANDIDATES = (
    ("便携咖啡滤杯", "厨房 Kitchen", (5, 4, 4, 4, 3)),
    ("宠物自动饮水机", "宠物 Pets", (5, 4, 5, 3, 3)),
    ("磁吸香薰灯", "家居 Home", (3, 3, 2, 4, 4)),
    ("折叠露营椅", "户外 Outdoor", (4, 3)),
)
_REASONS = (
    "生意参谋搜索指数周环比 +18%",
    "同类商品转化率约 4.1%",
    "竞品差评集中在漏水与噪音",
    "两家供应商可替换，月产能充足",
    "月结 30 天",
)


def choose_products(it: Demonstration, *, at: datetime) -> None:
    """One candidate's trial is long over, two wait for a decision, one for its scores."""
    people = it.people
    began = at - _TRIED
    tried, *others = _CANDIDATES
    on_trial = _put_up(it, *tried, at=began - 2 * DAY)
    for row in others:
        _put_up(it, *row, at=at - 3 * DAY)
    lead = people[Role.OPERATIONS_LEAD]
    decide_candidate(
        candidate_id=on_trial.pk,
        verdict=SelectionDecision.Verdict.TRIAL,
        actor=lead,
        at=began - DAY,
    )
    product = Product.objects.filter(store=it.store).order_by("-code")[0]
    start_trial(candidate_id=on_trial.pk, product_id=product.pk, actor=lead, at=began)


def _put_up(
    it: Demonstration, name: str, category: str, scores: tuple[int, ...], *, at: datetime
) -> SelectionCandidate:
    operator = it.people[Role.CATALOG_OPERATOR]
    candidate = SelectionCandidate.objects.create(
        store=it.store, name=name, category=category, created_by=operator, created_at=at
    )
    marks = [
        Mark(criterion, score, reason)
        for criterion, score, reason in zip(Criterion.values, scores, _REASONS, strict=False)
    ]
    score_candidate(candidate_id=candidate.pk, marks=marks, actor=operator, at=at)
    return candidate

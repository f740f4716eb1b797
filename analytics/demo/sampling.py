"""Two weekly checks of the demonstration: one done with an error found, one waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from catalog.models import ListingSampleItem
from catalog.services import checking
from catalog.services.sampling import draw_sample
from opsdesk.stores.roles import Role

Verdict = ListingSampleItem.Verdict


def plan_checks(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    """Last week's sheet has a wrong price; this week's is on the catalog operator's desk."""
    drawn = end - timedelta(hours=4)
    timeline.plan(drawn, partial(_check_last_week, it))
    timeline.plan(drawn + timedelta(hours=1), partial(_draw, it))


def _check_last_week(it: Demonstration, at: datetime) -> None:
    day = it.store.business_date(at) - timedelta(days=7)
    sample = draw_sample(store=it.store, day=day, at=at)
    if sample is None:
        return
    for item in sample.items.order_by("place"):
        is_first = item.place == 1
        checking.answer_item(
            item_id=item.pk,
            verdict=Verdict.WRONG if is_first else Verdict.RIGHT,
            error=ListingSampleItem.Error.PRICE if is_first else "",
            note="页面仍显示活动价。" if is_first else "",
            actor=it.people[Role.OPERATIONS_LEAD],
            at=at + timedelta(minutes=5 * item.place),
        )


def _draw(it: Demonstration, at: datetime) -> None:
    draw_sample(store=it.store, day=it.store.business_date(at), at=at)

"""What took two people, and what still waits for the second."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from catalog.services.adjusting import PIECES_ALONE, adjust_stock
from opsdesk.approvals.models import Approval
from opsdesk.approvals.services import carrying, deciding
from opsdesk.stores import limits
from opsdesk.stores.roles import Role


def plan_requests(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    """Corrections of stock: one small, one agreed to, one that waits, one nobody decided in time;
    and a limit to be raised."""
    counts = (
        (62, 3, 66, "Found behind the rack when it was moved"),
        (52, 0, -3, "Crushed on the way from the supplier"),
        (45, 1, 60, "A pallet of last month was never booked in"),
        (9, 2, -58, "Yearly count: the shelf is emptier than the books"),
    )
    for hours, rank, pieces, reason in counts:
        count = partial(_count, it, rank, pieces, reason)
        timeline.plan(end - timedelta(hours=hours), count)
    timeline.plan(end - timedelta(hours=41), partial(_agree, it))
    timeline.plan(end - timedelta(hours=4), partial(_ask_for_a_higher_limit, it))


def _count(it: Demonstration, rank: int, pieces: int, reason: str, at: datetime) -> None:
    adjust_stock(
        sku_id=it.store.skus.get(code=it.articles[rank].code).pk,
        warehouse_id=it.store.warehouses.order_by("priority")[0].pk,
        pieces=pieces,
        reason=reason,
        actor=it.people[Role.WAREHOUSE],
        at=at,
    )


def _agree(it: Demonstration, at: datetime) -> None:
    newest = Approval.objects.pending(at).filter(store=it.store).latest("pk")
    deciding.decide(
        approval_id=newest.pk,
        verdict="approve",
        actor=it.people[Role.FINANCE],
        at=at,
        reason="Seen on the carrier's delivery note.",
    )
    carrying.carry_out(approval_id=newest.pk, at=at + timedelta(seconds=2))


def _ask_for_a_higher_limit(it: Demonstration, at: datetime) -> None:
    limits.change_number(
        key=PIECES_ALONE.key,
        value=Decimal(80),
        store=it.store,
        channel=None,
        valid_from=None,
        actor=it.people[Role.ADMINISTRATOR],
        reason="The yearly count finds many small differences",
        at=at,
    )

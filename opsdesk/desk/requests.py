"""Requests that wait for this person's decision, as rows of their desk."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval

if TYPE_CHECKING:
    from opsdesk.desk.queries import Chosen, Place
    from opsdesk.stores.models import User

# Comes after alerts and clocks that are due together with it.
REQUEST = 2


def waiting_requests(
    user: User,
    day_ends: dict[int, datetime],
    *,
    at: datetime,
    chosen: Chosen,
    after: Place | None = None,
) -> QuerySet[Approval]:
    """Those to decide in these stores (id → end of its day), soonest first, dearest first.

    What concerns every store is there unless one was chosen. None is overdue: it expires instead.
    """
    if chosen.when == "overdue" or after is not None and after.due == "infinity":
        return Approval.objects.none()
    rows = Approval.objects.to_decide(user, at).select_related("filer")
    where = Q(store__in=list(day_ends))
    if chosen.store_id is None:
        where |= Q(store=None)
    rows = rows.filter(where).annotate(money=Coalesce("amount", Decimal(0)))
    if chosen.when == "today":
        rows = rows.filter(_today(day_ends))
    if chosen.clause:
        codes = [kind.code for kind in kinds.all_kinds() if kind.clause == chosen.clause]
        rows = rows.filter(kind__in=codes)
    if after is not None:
        rows = rows.filter(_beyond(after))
    return rows.order_by("expires_at", "-money", "pk")


def _today(day_ends: dict[int, datetime]) -> Q:
    due = Q(store=None, expires_at__lt=max(day_ends.values())) if day_ends else Q(pk__in=[])
    for store_id, end in day_ends.items():
        due |= Q(store=store_id, expires_at__lt=end)
    return due


def _beyond(after: Place) -> Q:
    """The rows after the place where the last page ended."""
    due = datetime.fromisoformat(after.due)
    same = Q(expires_at=due)
    beyond = Q(expires_at__gt=due) | same & Q(money__lt=after.money)
    if after.kind < REQUEST:
        return beyond | same & Q(money=after.money)
    return beyond | same & Q(money=after.money, pk__gt=after.pk)

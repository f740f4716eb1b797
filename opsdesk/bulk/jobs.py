"""Who may follow bulk actions and for how long, and the job that finishes what a worker left."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import invariants, retention, waiting
from opsdesk.bulk import services
from opsdesk.invariants import Invariant
from opsdesk.retention import Kept
from opsdesk.schedule import jobs
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import EVERYONE, grant

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opsdesk.schedule.models import Slot


def continue_waiting(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"finished": services.run_waiting(at=at)}


def _oldest_waiting(_at: datetime) -> datetime | None:
    from opsdesk.bulk.models import BulkTask

    tasks = BulkTask.objects.filter(state=BulkTask.State.WAITING).order_by("started_at")
    return tasks.values_list("started_at", flat=True).first()


def _ended(before: datetime) -> QuerySet:
    """Their results go with them."""
    from opsdesk.bulk.models import BulkTask

    return BulkTask.objects.filter(finished_at__lt=before)


TASKS_KEPT = Setting(
    key="bulk.tasks_kept",
    clause="",
    title=_("What became of each row of a bulk action is kept for"),
    default=Decimal(180),
    unit=Unit.DAYS,
    minimum=Decimal(30),
    maximum=Decimal(1_000),
)

# Actions of the time before each row had its result have none.
COUNTS_AGREE = Invariant(
    "bulk.counts-agree-with-results",
    "A bulk action counts as dealt with, changed and refused what its results say.",
    """
    SELECT t.id, t.code, t.position, t.changed, t.refused, count(*) AS results
    FROM bulk_bulktask t JOIN bulk_bulkresult r ON r.task_id = t.id
    GROUP BY t.id
    HAVING (t.position, t.changed, t.refused) <> (
        count(*),
        count(*) FILTER (WHERE r.outcome = 'changed'),
        count(*) FILTER (WHERE r.outcome = 'refused')
    )
    """,
)

CONTINUE = jobs.Job(
    code="bulk.continue",
    title=_("Finish bulk actions"),
    run=continue_waiting,
    every=timedelta(minutes=1),
)


def register() -> None:
    waiting.register("bulk actions", _oldest_waiting)
    jobs.register(CONTINUE)
    retention.register(Kept("bulk actions", TASKS_KEPT, _ended))
    invariants.register(COUNTS_AGREE)
    grant(["bulk.view_bulktask"], to=EVERYONE)

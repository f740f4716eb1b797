"""Who may follow bulk actions, and the job that finishes what a worker left behind."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk import waiting
from opsdesk.bulk import services
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot
from opsdesk.stores.roles import EVERYONE, grant


def continue_waiting(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"finished": services.run_waiting(at=at)}


def _oldest_waiting(_at: datetime) -> datetime | None:
    from opsdesk.bulk.models import BulkTask

    tasks = BulkTask.objects.filter(state=BulkTask.State.WAITING).order_by("started_at")
    return tasks.values_list("started_at", flat=True).first()


CONTINUE = jobs.Job(
    code="bulk.continue",
    title=_("Finish bulk actions"),
    run=continue_waiting,
    every=timedelta(minutes=1),
)


def register() -> None:
    waiting.register("bulk actions", _oldest_waiting)
    jobs.register(CONTINUE)
    grant(["bulk.view_bulktask"], to=EVERYONE)

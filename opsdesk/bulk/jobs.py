"""Who may follow bulk actions, and the job that finishes what a worker left behind."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk.bulk import services
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot
from opsdesk.stores.roles import EVERYONE, grant


def continue_waiting(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"finished": services.run_waiting(at=at)}


CONTINUE = jobs.Job(
    code="bulk.continue",
    title=_("Finish bulk actions"),
    run=continue_waiting,
    every=timedelta(minutes=1),
)


def register() -> None:
    jobs.register(CONTINUE)
    grant(["bulk.view_bulktask"], to=EVERYONE)

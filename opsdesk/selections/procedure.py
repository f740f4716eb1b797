"""Who may export and share selections, and the job that writes what a worker left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import retention, waiting
from opsdesk.retention import Kept
from opsdesk.schedule import jobs
from opsdesk.selections import writing
from opsdesk.selections.numbers import KEEP_EXPORTS
from opsdesk.selections.rights import EXPORT, SHARE
from opsdesk.stores.roles import EVERYONE, Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

EXPORTERS = [
    Role.OPERATIONS_LEAD,
    Role.ORDER_REVIEWER,
    Role.SERVICE_LEAD,
    Role.FINANCE,
    Role.ANALYST,
]
SHARERS = [Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER, Role.SERVICE_LEAD, Role.FINANCE]


def write_waiting(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"written": writing.write_waiting(at=at)}


def _oldest_waiting(_at: datetime) -> datetime | None:
    from opsdesk.selections.models import ListExport

    exports = ListExport.objects.filter(state=ListExport.State.WAITING).order_by("requested_at")
    return exports.values_list("requested_at", flat=True).first()


def register() -> None:
    waiting.register("exports", _oldest_waiting)
    retention.register(Kept("export files", KEEP_EXPORTS, writing.older_than, clear=writing.remove))
    jobs.register(
        jobs.Job(
            code="selections.write_exports",
            title=_("Write exported lists"),
            run=write_waiting,
            every=timedelta(minutes=1),
        )
    )
    grant(["selections.view_listexport"], to=EVERYONE)
    grant([EXPORT], to=EXPORTERS)
    grant([SHARE], to=SHARERS)

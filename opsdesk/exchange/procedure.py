"""Who may bring files in and take them back, and the job that carries imports on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk import waiting
from opsdesk.exchange.services import background
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import Role, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def resume_imports(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"hinted": background.resume_imports(at=at)}


def _oldest_waiting(at: datetime) -> datetime | None:
    from opsdesk.exchange.models import ImportSession

    sessions = ImportSession.objects.for_a_worker(at).order_by("created_at")
    return sessions.values_list("created_at", flat=True).first()


def register() -> None:
    waiting.register("imports", _oldest_waiting)
    jobs.register(
        Job(
            "exchange.resume_imports",
            _("Imports that were left are carried on"),
            resume_imports,
            every=timedelta(minutes=1),
        )
    )
    grant(
        ["exchange.view_importsession", "exchange.view_importrow"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.ORDER_REVIEWER,
            Role.FINANCE,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(["exchange.run_import"], to=[Role.OPERATIONS_LEAD, Role.ORDER_REVIEWER])
    grant(["exchange.undo_import"], to=[Role.OPERATIONS_LEAD])

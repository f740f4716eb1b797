"""The rights of the analysis chapter, and the job that keeps its roll-ups."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from analytics import checks, services, usual
from opsdesk.alerts import checks as kinds
from opsdesk.inspection import checks as inspection
from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import EVERYONE, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def roll_up_changed(_slot: Slot, _at: datetime) -> dict[str, Any]:
    return {"days": services.roll_up_changed()}


def register() -> None:
    jobs.register(
        Job(
            "analytics.roll_up",
            _("Daily sales are rolled up"),
            roll_up_changed,
            every=timedelta(minutes=1),
        )
    )
    kinds.register(usual.UNUSUAL)
    inspection.register(*checks.CHECKS)
    grant(["analytics.view_dailysales"], to=EVERYONE)

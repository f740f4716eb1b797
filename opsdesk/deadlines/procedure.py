"""Who may look at clocks, and the job that sweeps them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores.roles import EVERYONE, grant

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def sweep_clocks(_slot: Slot, at: datetime) -> dict[str, Any]:
    from opsdesk.deadlines.sweeping import sweep

    return asdict(sweep(at=at))


def apply_numbers(_slot: Slot, at: datetime) -> dict[str, Any]:
    from opsdesk.stores.services import apply_due_numbers

    return {"applied": apply_due_numbers(at=at)}


def register() -> None:
    grant(["deadlines.view_deadline", "deadlines.view_deadlineevent"], to=EVERYONE)
    jobs.register(
        Job("deadlines.sweep", _("Sweep of the clocks"), sweep_clocks, every=timedelta(minutes=1)),
        Job(
            "deadlines.apply_numbers",
            _("Changed numbers reach open clocks"),
            apply_numbers,
            every=timedelta(minutes=1),
        ),
    )

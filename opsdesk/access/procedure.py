"""What access does by itself."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk import sealing
from opsdesk.access import refusals, second_step, throttle
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot


def forget_attempts(slot: Slot, at: datetime) -> dict[str, Any]:
    return {"forgotten": throttle.forget(at=at)}


def settle_refusals(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"entries": refusals.settle(at=at)}


def register() -> None:
    sealing.register(second_step.SECRETS)
    jobs.register(
        jobs.Job(
            "access.forget_attempts",
            _("Failed log-ins that are long past"),
            forget_attempts,
            every=timedelta(hours=1),
        ),
        jobs.Job(
            "access.settle_refusals",
            _("Refusals that have no entry yet"),
            settle_refusals,
            every=timedelta(hours=1),
        ),
    )

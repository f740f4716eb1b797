"""What access does by itself."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk import sealing
from opsdesk.access import second_step, throttle
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot


def forget_attempts(slot: Slot, at: datetime) -> dict[str, Any]:
    return {"forgotten": throttle.forget(at=at)}


def register() -> None:
    sealing.register(second_step.SECRETS)
    jobs.register(
        jobs.Job(
            "access.forget_attempts",
            _("Failed log-ins that are long past"),
            forget_attempts,
            every=timedelta(hours=1),
        )
    )

"""What runs by itself for the stores' calendars."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from opsdesk.schedule import jobs
from opsdesk.schedule.jobs import Job
from opsdesk.stores import checks, services

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot


def lay_out_work_time(slot: Slot, at: datetime) -> dict[str, Any]:
    """The years ahead come near, and holidays become known."""
    assert slot.store is not None  # A daily job runs store by store.
    services.keep_work_time(slot.store, at=at)
    return {}


def follow_work_time(_slot: Slot, at: datetime) -> dict[str, Any]:
    return {"moved": services.follow_work_time(at=at)}


def register() -> None:
    jobs.register(
        Job(
            "stores.look_for_missing_years",
            _("Public holidays that are not known yet"),
            checks.look_for_missing_years,
            daily_at=checks.LOOKS_AT,
        ),
        Job(
            "stores.lay_out_work_time",
            _("Work calendars are laid out for the years ahead"),
            lay_out_work_time,
            daily_at=time(4),
        ),
        Job(
            "stores.follow_work_time",
            _("Changed work calendars reach open clocks"),
            follow_work_time,
            every=timedelta(minutes=1),
        ),
    )

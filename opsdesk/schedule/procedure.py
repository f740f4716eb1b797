"""Who may look at scheduled runs, the alert of a run that keeps failing, how long runs are kept."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from opsdesk import retention, waiting
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.stores.procedure import Setting, Unit
from opsdesk.stores.roles import Role, grant

SLOTS_KEPT = Setting(
    key="schedule.slots_kept",
    clause="OPS",
    title=_("Scheduled runs are kept for"),
    default=Decimal(90),
    unit=Unit.DAYS,
    minimum=Decimal(7),
)
SESSIONS_KEPT = Setting(
    key="sessions.kept",
    clause="OPS",
    title=_("Sessions that ran out are kept for"),
    default=Decimal(0),
    unit=Unit.DAYS,
)


def _old_slots(before: datetime) -> QuerySet:
    """Ended ones. The newest of a job stays: from it the next ones are reckoned."""
    from opsdesk.schedule.models import Slot

    newest = Slot.objects.order_by("job", "store_id", "-slot_at").distinct("job", "store_id")
    ended = [Slot.State.DONE, Slot.State.COVERED, Slot.State.PARKED]
    return Slot.objects.filter(slot_at__lt=before, state__in=ended).exclude(
        pk__in=newest.values("pk")
    )


def _old_sessions(before: datetime) -> QuerySet:
    return Session.objects.filter(expire_date__lt=before)


def _oldest_waiting(at: datetime) -> datetime | None:
    from opsdesk.schedule.models import Slot

    waiting_slots = Slot.objects.waiting(at).order_by("slot_at")
    return waiting_slots.values_list("slot_at", flat=True).first()


def register() -> None:
    from opsdesk.schedule.services import PARKED

    checks.register(PARKED)
    waiting.register("slots", _oldest_waiting)
    jobs.register(retention.JOB)
    retention.register(
        retention.Kept("slots", SLOTS_KEPT, _old_slots),
        retention.Kept("sessions", SESSIONS_KEPT, _old_sessions),
    )
    grant(["schedule.view_slot"], to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR])

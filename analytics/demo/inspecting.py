"""The demonstration's store was walked through this morning: there is something of each chapter."""

from __future__ import annotations

from datetime import datetime

from analytics.demo.opening import Demonstration
from opsdesk.inspection.models import InspectionRun
from opsdesk.inspection.services import walking


def walk_through(it: Demonstration, *, at: datetime) -> None:
    """Every check has looked at the store, as of now."""
    day = it.store.business_date(at)
    walking.schedule_inspection(store=it.store, day=day, at=at)
    run = InspectionRun.objects.get(store=it.store, business_date=day, is_scheduled=True)
    walking.walk(run.pk, at=at)

"""What a store's setup is looked at for by itself."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.stores.models import WorkCalendar
from opsdesk.stores.publicdays import is_announced
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

YEAR_MISSING = AlertKind(
    code="stores.year_missing",
    title=_("The public holidays of a year are not known"),
    runbook=_(
        "Enter the days off, and the weekends worked instead, as exceptions of the work calendar; "
        "a later version of OpsDesk brings them along."
    ),
    evidence={"year": _("year"), "country": _("country")},
)
# China announces the next year's days in the course of November.
ASKS_FROM_MONTH = 11
LOOKS_AT = time(9)


def look_for_missing_years(slot: Slot, at: datetime) -> dict[str, Any]:
    """An alert while this year, or from November on the next, is not announced yet.

    A year for which the calendar has exceptions of its own is taken to be entered by hand.
    """
    assert slot.store is not None  # A daily job runs store by store.
    findings = [
        alerts.Finding(
            key=str(year),
            subject_label=str(year),
            subject_type_id=ContentType.objects.get_for_model(WorkCalendar).pk,
            subject_id=calendar.pk,
            owner_role=Role.ADMINISTRATOR,
            evidence={"year": year, "country": calendar.country},
        )
        for calendar in WorkCalendar.objects.filter(store=slot.store).select_related("store")
        for year in _missing_years(calendar, at)
    ]
    alerts.report(YEAR_MISSING, findings, store_id=slot.store.pk, at=at)
    return {"missing": len(findings)}


def _missing_years(calendar: WorkCalendar, at: datetime) -> list[int]:
    today = calendar.store.business_date(at)
    asked = [today.year, today.year + 1] if today.month >= ASKS_FROM_MONTH else [today.year]
    return [
        year
        for year in asked
        if not is_announced(calendar.country, year)
        and not calendar.exceptions.filter(day__year=year).exists()
    ]

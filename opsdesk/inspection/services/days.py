"""A store's business day: what was walked through, looked at and signed on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from opsdesk.db import lock_name
from opsdesk.inspection import checks
from opsdesk.inspection.models import CheckResult, InspectionRun, ManualItem, ManualItemQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opsdesk.stores.models import Store


def lock_day(store: Store, day: date) -> None:
    """Until the end of the transaction nobody else answers or signs the day.

    The triggers of answers and photos take the same lock (`models.guards`).
    """
    lock_name(f"inspection.day:{store.pk}:{day.isoformat()}")


def ends(store: Store, day: date) -> datetime:
    """The moment in which the store's next business day begins."""
    return store.midnight(day + timedelta(days=1))


def items_of(store: Store, day: date) -> ManualItemQuerySet:
    """What is looked at on that day: items that are active and were there before it ended."""
    items = ManualItem.objects.active().filter(store=store, created_at__lt=ends(store, day))
    return items.order_by("position", "pk")


def results_of(store: Store, day: date) -> QuerySet[CheckResult]:
    """Each check's last result of that day, from runs that ended."""
    results = CheckResult.objects.filter(
        run__store=store, run__business_date=day, run__state="done"
    )
    return results.order_by("code", "-at", "-pk").distinct("code")


def unseen_on(store: Store, day: date, *, at: datetime) -> list[str]:
    """Codes of the checks that have no result of that day, in order; one that couldn't look has.

    Today all that are registered are due; of a day long over those that were to be walked then, so
    that a check which came later doesn't keep it from being signed.
    """
    due = {check.code for check in checks.all_checks()}
    if day < store.business_date(at):
        runs = InspectionRun.objects.filter(store=store, business_date=day, is_scheduled=True)
        codes = runs.values_list("codes", flat=True).first()
        due &= set(codes if codes is not None else due)
    return sorted(due - set(results_of(store, day).values_list("code", flat=True)))

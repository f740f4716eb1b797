"""Money that should be at the provider by now and isn't (ORD-7), and the job that matches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from orders.models import MoneyDifference
from orders.services import settling
from orders.services.matching import match_money

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

LATE = AlertKind(
    code="orders.funds_late",
    title=_("Money of a day's payments has not arrived"),
    clause="ORD-7",
    runbook=_(
        "Bring in the provider's statement of the days since, or ask the provider. The alert "
        "closes by itself once the money is there or each difference is settled."
    ),
    evidence={"day": _("paid on"), "payments": _("payments"), "amount": _("amount")},
    acts_on=ListPlace(
        "admin:orders_moneydifference_changelist", "orders.view_moneydifference", tab="funds"
    ),
)


def look_for_late_funds(store: Store, *, at: datetime) -> int:
    """One open alert per day of payments whose money is late or missing; the others are closed.

    Returns how many payments those are. Safe to repeat.
    """
    days = list(
        MoneyDifference.objects.late_funds()
        .in_stores([store.pk])
        .annotate(day=TruncDate("at", tzinfo=store.zone))
        .values("day")
        .annotate(payments=Count("pk"), missing=Sum(F("ours") - F("theirs")))
        .order_by("day")
    )
    findings = [
        alerts.Finding(
            key=day["day"].isoformat(),
            subject_label=day["day"].isoformat(),
            owner_role=Role.FINANCE,
            evidence={
                "day": day["day"].isoformat(),
                "payments": day["payments"],
                "amount": f"{day['missing']:.2f} {store.currency}",
            },
            money_at_risk=day["missing"],
        )
        for day in days
    ]
    alerts.report(LATE, findings, store_id=store.pk, at=at)
    return sum(day["payments"] for day in days)


def look(_slot: Slot | None, at: datetime) -> dict[str, Any]:
    figures: dict[str, Any] = {"reopened": settling.reopen_refused(), "late": 0}
    for store in Store.objects.active():
        for name, count in match_money(store, at=at).items():
            figures[name] = figures.get(name, 0) + count
        figures["late"] += look_for_late_funds(store, at=at)
    return figures


JOB = Job(
    "orders.match_money",
    _("Payments and refunds are matched with statements"),
    look,
    every=timedelta(minutes=30),
)

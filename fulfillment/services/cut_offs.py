"""Waves by themselves: planned at their cut-offs, closed; short picks are alerts (FUL-1)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from fulfillment.models import ShortPick, WaveRule
from fulfillment.services import back_orders, waves
from fulfillment.services.planning import plan_waves
from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind, ListPlace
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

SHORT = AlertKind(
    code="fulfillment.short_picks",
    title=_("Goods were not where the pick list said"),
    clause="FUL-1",
    runbook=_(
        "Look for the pieces and plan them again, or take the order out of its wave; then have "
        "the SKU counted."
    ),
    evidence={"picks": _("short picks"), "pieces": _("missing pieces")},
    acts_on=ListPlace(
        "admin:fulfillment_shortpick_changelist", "fulfillment.view_shortpick", tab="open"
    ),
)


def last_cut_off(rule: WaveRule, at: datetime) -> datetime | None:
    """The rule's last cut-off up to this moment, by its store's clock; None where it has none."""
    store = rule.warehouse.store
    today = store.business_date(at)
    moments = [
        datetime.combine(day, cut_off, tzinfo=store.zone)
        for day in (today - timedelta(days=1), today, today + timedelta(days=1))
        for cut_off in rule.cut_offs
    ]
    return max((moment for moment in moments if moment <= at), default=None)


def plan_due(at: datetime) -> int:
    """Rules whose cut-off has come are planned, warehouse by warehouse; returns the new waves.

    A cut-off is planned once: a guarded UPDATE in the transaction that plans moves `planned_for`
    on. One that was missed is made up for.
    """
    due: dict[int, dict[int, datetime]] = defaultdict(dict)
    rules = WaveRule.objects.active().filter(warehouse__is_active=True).exclude(cut_offs=[])
    for rule in rules.select_related("warehouse__store"):
        moment = last_cut_off(rule, at)
        if moment is not None and moment > rule.planned_for:
            due[rule.warehouse_id][rule.pk] = moment
    return sum(_plan(warehouse_id, found, at) for warehouse_id, found in sorted(due.items()))


@transaction.atomic
def _plan(warehouse_id: int, cut_offs: dict[int, datetime], at: datetime) -> int:
    mine = [
        rule_id
        for rule_id, moment in sorted(cut_offs.items())
        if WaveRule.objects.filter(pk=rule_id, planned_for__lt=moment).update(planned_for=moment)
    ]
    if not mine:
        return 0
    cut_off = max(cut_offs[rule_id] for rule_id in mine)
    planned = plan_waves(
        warehouse_id=warehouse_id, rule_ids=mine, cut_off=cut_off, actor=None, at=at
    )
    return len(planned)


def tell_short_picks(store: Store, *, at: datetime) -> int:
    """Each warehouse with open short picks has an alert; one without has none. Returns how many."""
    path = "line__pick__wave__warehouse"
    rows = ShortPick.objects.open().filter(**{f"{path}__store": store}).order_by()
    sums = rows.values(path, f"{path}__name").annotate(picks=Count("pk"), missing=Sum("pieces"))
    found = [
        alerts.Finding(
            key=str(row[path]),
            subject_label=row[f"{path}__name"],
            owner_role=Role.WAREHOUSE,
            evidence={"picks": row["picks"], "pieces": row["missing"]},
        )
        for row in sums
    ]
    alerts.report(SHORT, found, store_id=store.pk, at=at)
    return len(found)


def run(slot: Slot, at: datetime) -> dict[str, Any]:
    """Safe to repeat."""
    arrived = back_orders.end_met(at)
    return {
        "arrived": arrived,
        "planned": plan_due(at),
        "closed": waves.close_waves(at=at),
        "short": sum(tell_short_picks(store, at=at) for store in Store.objects.active()),
    }


JOB = Job(
    "fulfillment.plan_waves",
    _("Waves at their cut-offs"),
    run,
    every=timedelta(minutes=5),
)

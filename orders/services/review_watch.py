"""A rule that crashes is told to somebody who can mend it; its orders are held meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role
from orders.models import Hold
from orders.review.judging import CRASHED

RULE_CRASHED = AlertKind(
    code="orders.review_rule_crashed",
    title=_("A review rule crashes"),
    clause="ORD-4",
    runbook=_(
        "The orders it crashes on are held; the others go on. Undo the last change of the rule's "
        "values or switch it off, and report the error with the log."
    ),
    evidence={"orders": _("orders"), "error": _("error")},
)


def look(*, at: datetime) -> int:
    """One alert per store and rule that crashed on orders still held; it closes itself.

    Returns how many rules crash. One statement, and two per store.
    """
    holds = Hold.objects.open().filter(evidence__has_key=CRASHED)
    found: dict[int, Counter[tuple[str, str]]] = {}
    for store_id, code, evidence in holds.values_list("order__store_id", "code", "evidence"):
        found.setdefault(store_id, Counter())[code, evidence[CRASHED]] += 1
    for store in Store.objects.active():
        findings = {
            code: alerts.Finding(
                key=code,
                subject_label=code,
                owner_role=Role.OPERATIONS_LEAD,
                severity="critical",
                evidence={"orders": orders, "error": error},
            )
            for (code, error), orders in sorted(found.get(store.pk, Counter()).items())
        }
        alerts.report(RULE_CRASHED, list(findings.values()), store_id=store.pk, at=at)
    return sum(len({code for code, _error in each}) for each in found.values())

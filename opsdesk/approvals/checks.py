"""What raises alerts here: approved requests that failed, emergencies nobody has reviewed."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from opsdesk.alerts import services as alerts
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.models import Alert, Severity
from opsdesk.approvals.models import Approval, Emergency
from opsdesk.approvals.services.finding import finding_on, stores_concerned

NOT_CARRIED_OUT = AlertKind(
    code="approvals.not_carried_out",
    title=_("An approved request was not carried out"),
    runbook=_("Read why on the request's page. File it anew if it is still wanted."),
    evidence={"why": _("why"), "note": _("note"), "filed_by": _("filed by")},
)
EMERGENCY = AlertKind(
    code="approvals.emergency",
    title=_("Carried out in an emergency, to be reviewed"),
    runbook=_(
        "Somebody who neither filed the request nor declared the emergency looks at it and "
        "writes down what they found. The alert comes back until then."
    ),
    evidence={"reason": _("reason"), "declared_by": _("declared by")},
)


def report_failure(approval: Approval, *, at: datetime) -> None:
    """An alert on the request that was approved and did not take effect."""
    finding = finding_on(
        approval,
        severity=Severity.CRITICAL,
        evidence={
            "why": str(approval.get_why_display()),
            "note": approval.note,
            "filed_by": str(approval.filer),
        },
    )
    for store_id in stores_concerned(approval):
        alerts.raise_findings(
            store_id=store_id, check_code=NOT_CARRIED_OUT.code, findings=[finding], at=at
        )


def report_emergencies(*, at: datetime) -> int:
    """A critical alert for each emergency nobody has reviewed, and none for the others.

    An alert that somebody resolved without a review is opened again. Safe to repeat.
    """
    found: dict[int, list[alerts.Finding]] = {
        store_id: []
        for store_id in Alert.objects.open()
        .filter(check_code=EMERGENCY.code)
        .values_list("store_id", flat=True)
    }
    waiting = Emergency.objects.to_review().select_related("approval", "declared_by")
    for emergency in waiting.order_by("pk"):
        finding = finding_on(
            emergency.approval,
            severity=Severity.CRITICAL,
            evidence={"reason": emergency.reason, "declared_by": str(emergency.declared_by)},
            deadline_at=emergency.review_due_at,
        )
        for store_id in stores_concerned(emergency.approval):
            found.setdefault(store_id, []).append(finding)
    for store_id, findings in sorted(found.items()):
        alerts.report(EMERGENCY, findings, store_id=store_id, at=at)
    return len(waiting)

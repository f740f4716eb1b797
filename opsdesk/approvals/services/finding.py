"""A request as the subject of an alert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType

from opsdesk.alerts.services import Finding
from opsdesk.approvals import kinds
from opsdesk.approvals.models import Approval
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role


def finding_on(
    approval: Approval,
    *,
    severity: str,
    evidence: dict[str, Any],
    deadline_at: datetime | None = None,
) -> Finding:
    return Finding(
        key=str(approval.pk),
        subject_label=approval.subject_label,
        subject_type_id=ContentType.objects.get_for_model(Approval).pk,
        subject_id=approval.pk,
        owner_role=Role.OPERATIONS_LEAD,
        severity=severity,
        evidence=evidence,
        # Whoever sees the alert need not be one of those who may see what goods cost.
        money_at_risk=None if kinds.get(approval.kind).costs_need else approval.amount,
        deadline_at=deadline_at,
    )


def stores_concerned(approval: Approval) -> list[int]:
    """Ids of its store, or of all when it concerns every store."""
    if approval.store_id is not None:
        return [approval.store_id]
    return list(Store.objects.active().values_list("pk", flat=True))

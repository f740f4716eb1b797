"""What was carried out before anybody agreed."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.approvals.models.requests import Approval, OfAnApprovalQuerySet
from opsdesk.stores.models import User


class EmergencyQuerySet(OfAnApprovalQuerySet):
    def to_review(self) -> Self:
        return self.filter(reviewed_at=None)


class Emergency(models.Model):
    """A request was carried out before anybody agreed: by whom, why, and who looked at it since."""

    approval = models.OneToOneField(Approval, models.PROTECT, related_name="emergency")
    declared_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("declared by")
    )
    reason = models.CharField(_("reason"), max_length=500)
    at = models.DateTimeField(_("at"))
    review_due_at = models.DateTimeField(_("review by"))
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    finding = models.CharField(_("finding"), max_length=500, blank=True)

    objects = EmergencyQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("emergency")
        verbose_name_plural = _("emergencies")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="emergency_has_reason"),
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("declared_by")),
                name="emergency_reviewed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, finding="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(finding=""),
                name="emergency_review_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["review_due_at"],
                condition=Q(reviewed_at=None),
                name="emergency_to_review",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="what_happened_stays",
                fields=["approval", "declared_by", "reason", "at", "review_due_at"],
            ),
        ]

    def __str__(self) -> str:
        return str(self.approval)

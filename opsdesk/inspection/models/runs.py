from __future__ import annotations

from datetime import datetime
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.alerts.models import Alert, Severity
from opsdesk.stores.models import ScopedQuerySet, Store, User


class InspectionRunQuerySet(ScopedQuerySet):
    def waiting(self, at: datetime) -> Self:
        """Not begun, or left behind by a worker that died (lease ran out)."""
        State = InspectionRun.State
        return self.filter(Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=at))

    def under_way(self) -> Self:
        return self.filter(state__in=InspectionRun.UNDER_WAY)


class InspectionRun(models.Model):
    """A walk through a store: its checks one after the other, each with a result.

    `position` counts the checks of `codes` that are done; a check, its alerts, its result and the
    position commit together, so that a run goes on where a worker died. Of a store one runs at a
    time, and of a business day one is the scheduled one: both by constraint.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    UNDER_WAY = (State.WAITING, State.RUNNING)

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    business_date = models.DateField(_("business day"))
    is_scheduled = models.BooleanField(_("by schedule"), default=False)
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked for by")
    )
    codes = ArrayField(models.CharField(max_length=60), verbose_name=_("checks"))
    position = models.PositiveSmallIntegerField(_("checks done"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    requested_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = InspectionRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        permissions = [("run_inspection", "Can have a store inspected now")]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "business_date"],
                condition=Q(is_scheduled=True),
                name="inspection_scheduled_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["store"], condition=Q(state="running"), name="inspection_runs_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | ~Q(state="running") & Q(lease_until=None),
                name="inspection_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False, position=F("codes__len"))
                | ~Q(state="done") & Q(finished_at=None),
                name="inspection_done_with_every_check",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-business_date", "-id"], name="inspection_list"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["waiting", "running"]),
                name="inspection_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.business_date}"

    @property
    def is_under_way(self) -> bool:
        return self.state in self.UNDER_WAY

    @property
    def percent(self) -> int:
        return 100 * self.position // len(self.codes) if self.codes else 100


class CheckResultQuerySet(ScopedQuerySet):
    store_field = "run__store_id"


class CheckResult(models.Model):
    """How one check of a run ended: passed, findings, or unchecked with the reason. Never edited.

    `new`, `persisting` and `cleared` compare with the store's last result of this check.
    """

    class Outcome(models.TextChoices):
        PASSED = "passed", _("passed")
        FINDINGS = "findings", _("findings")
        UNCHECKED = "unchecked", _("could not be checked")

    run = models.ForeignKey(InspectionRun, models.CASCADE, related_name="results", db_index=False)
    code = models.CharField(_("check"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("why"), max_length=500, blank=True)
    new = models.PositiveIntegerField(_("new"), default=0)
    persisting = models.PositiveIntegerField(_("persisting"), default=0)
    cleared = models.PositiveIntegerField(_("cleared"), default=0)
    figures = models.JSONField(_("figures"), default=dict)
    milliseconds = models.PositiveIntegerField(_("took (ms)"))
    at = models.DateTimeField(_("at"))

    objects = CheckResultQuerySet.as_manager()

    class Meta:
        ordering = ["run_id", "code"]
        verbose_name = _("result of a check")
        verbose_name_plural = _("results of checks")
        constraints = [
            models.UniqueConstraint(fields=["run", "code"], name="check_result_one_per_run"),
            models.CheckConstraint(
                condition=Q(outcome="findings") & (Q(new__gt=0) | Q(persisting__gt=0))
                | Q(outcome="passed", new=0, persisting=0)
                | Q(outcome="unchecked"),
                name="check_result_findings_counted",
            ),
            models.CheckConstraint(
                condition=Q(outcome="unchecked") & ~Q(reason="")
                | ~Q(outcome="unchecked") & Q(reason=""),
                name="check_result_unchecked_says_why",
            ),
        ]
        indexes = [models.Index(fields=["code", "-at"], name="check_result_history")]
        triggers = [pgtrigger.Protect(name="kept_as_it_was", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.code}: {self.outcome}"

    @property
    def findings(self) -> int:
        return self.new + self.persisting


class CheckFindingQuerySet(ScopedQuerySet):
    store_field = "result__run__store_id"


class CheckFinding(models.Model):
    """An alert that a check saw, as it stood then. Never edited.

    The gravest come first where a check sees more than are kept.
    """

    result = models.ForeignKey(CheckResult, models.CASCADE, related_name="rows", db_index=False)
    alert = models.ForeignKey(Alert, models.PROTECT, related_name="+")
    is_new = models.BooleanField(_("new"))
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    subject_label = models.CharField(_("subject"), max_length=120)
    evidence = models.JSONField(_("evidence"), default=dict)

    objects = CheckFindingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        constraints = [
            models.UniqueConstraint(fields=["result", "alert"], name="check_finding_once"),
        ]
        triggers = [pgtrigger.Protect(name="kept_as_it_was", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.subject_label

"""What a rule would have done: worked out by the worker, and kept for whoever switches it on."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.automation.models.rules import RuleVersion
from opsdesk.stores.models import ScopedQuerySet, User


class RuleTrialQuerySet(ScopedQuerySet):
    store_field = "version__rule__store_id"

    def under_way(self) -> Self:
        return self.filter(state__in=[RuleTrial.State.WAITING, RuleTrial.State.RUNNING])

    def to_work_on(self, at: datetime) -> Self:
        """Not begun, or left behind by a worker that died."""
        return self.filter(
            Q(state=RuleTrial.State.WAITING) | Q(state=RuleTrial.State.RUNNING, lease_until__lt=at)
        )


class RuleTrial(models.Model):
    """A dry run of one version over what has been. It changes nothing but itself.

    `result` is what `services.trying` worked out; see there for its shape.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    version = models.ForeignKey(
        RuleVersion, models.CASCADE, related_name="trials", verbose_name=_("version")
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(_("progress"), default=0)
    result = models.JSONField(_("result"), default=dict)
    error = models.CharField(_("error"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    asked_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("asked for by"), db_index=False
    )
    asked_at = models.DateTimeField(_("asked for"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = RuleTrialQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("trial of a rule")
        verbose_name_plural = _("trials of rules")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | ~Q(state="running") & Q(lease_until=None),
                name="rule_trial_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | Q(state__in=["waiting", "running"], finished_at=None),
                name="rule_trial_over_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(since__lt=models.F("until")), name="rule_trial_looks_back"
            ),
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(state__in=["waiting", "running"]),
                name="rule_trial_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["waiting", "running"]),
                name="rule_trial_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.state}"

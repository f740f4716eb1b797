from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.stores.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class BulkTaskQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A person follows what they started; what it does is checked store by store."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(started_by=user)

    def waiting(self, at: datetime) -> Self:
        """Not begun, or left behind by a worker that died (lease ran out)."""
        return self.filter(
            Q(state=BulkTask.State.WAITING) | Q(state=BulkTask.State.RUNNING, lease_until__lt=at)
        )


class BulkTask(models.Model):
    """One action on many rows, carried out in chunks that commit on their own.

    `position` counts the rows dealt with, from the first of `row_ids` on: each has its
    `BulkResult`. Resumable: a chunk, its results and its position commit together.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    code = models.CharField(_("action"), max_length=60)
    row_ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))
    note = models.CharField(_("reason"), max_length=300, blank=True)
    total = models.PositiveIntegerField(_("total"))
    position = models.PositiveIntegerField(_("dealt with"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    refused = models.PositiveIntegerField(
        pgettext_lazy("a row of a bulk action", "refused"), default=0, db_default=0
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    started_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = BulkTaskQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("bulk action")
        verbose_name_plural = _("bulk actions")
        constraints = [
            models.CheckConstraint(
                condition=Q(changed__lte=F("position"), position__lte=F("total")),
                name="bulk_task_counts_in_order",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=F("changed") + F("refused")),
                name="bulk_task_changed_or_refused",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(position=F("total")),
                name="bulk_task_done_with_every_row",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | ~Q(state="running") & Q(lease_until=None),
                name="bulk_task_lease_while_running",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["waiting", "running"]),
                name="bulk_task_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} × {self.total}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)

    @property
    def left_alone(self) -> int:
        return self.position - self.changed - self.refused

    @property
    def percent(self) -> int:
        return 100 * self.position // self.total if self.total else 100


class BulkResultQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the bulk actions that the person follows."""
        return self.filter(task__in=BulkTask.objects.visible_to(user))


class BulkResult(models.Model):
    """What became of one row of a bulk action, written once, with the chunk that dealt with it.

    A row that was `refused` has what the service said, mobile numbers masked. One that was left
    alone had moved on, or was not the person's to touch.
    """

    class Outcome(models.TextChoices):
        CHANGED = "changed", _("changed")
        LEFT_ALONE = "left_alone", _("left alone")
        REFUSED = "refused", pgettext_lazy("a row of a bulk action", "refused")

    task = models.ForeignKey(
        BulkTask,
        models.CASCADE,
        related_name="results",
        # The unique key begins with it.
        db_index=False,
        verbose_name=_("bulk action"),
    )
    row_id = models.BigIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    said = models.TextField(_("why"), blank=True)

    objects = BulkResultQuerySet.as_manager()

    class Meta:
        ordering = ["-outcome", "-pk"]
        verbose_name = _("result of a bulk action")
        verbose_name_plural = _("results of bulk actions")
        constraints = [
            models.UniqueConstraint(fields=["task", "row_id"], name="bulk_result_one_of_a_row"),
            models.CheckConstraint(
                condition=Q(outcome__in=["changed", "left_alone", "refused"]),
                name="bulk_result_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(said="") | Q(outcome="refused"), name="bulk_result_words_of_a_refusal"
            ),
        ]
        indexes = [models.Index(fields=["task", "outcome", "id"], name="bulk_result_by_outcome")]

    def __str__(self) -> str:
        return f"{self.row_id}: {self.get_outcome_display()}"

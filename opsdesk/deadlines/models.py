from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules
from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User
from opsdesk.stores.roles import Role


class DeadlineQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Clocks whose state has not been reached: running, paused, or run out and still owed."""
        return self.filter(state__in=Deadline.OPEN)

    def running(self) -> Self:
        return self.filter(state=Deadline.State.RUNNING)

    def breached(self) -> Self:
        return self.exclude(breached_at=None)

    def of(self, subject: models.Model) -> Self:
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
        )

    def for_desk(self, user: User) -> Self:
        """Open clocks on the desks of this person's roles, in their stores."""
        if user.is_superuser:
            return self.open()
        mine = Q(pk__in=[])
        for store_id, roles in user.roles_by_store.items():
            mine |= Q(store_id=store_id, owner_role__in=sorted(roles))
        return self.open().filter(mine)


class Deadline(models.Model):
    """A clock on one subject: by `due_at` it must have reached the state its rule names.

    `next_at` is the next moment at which the sweep has something to do (50 %, 80 %, due).
    Times are UTC; `allowed_seconds` is the promise in force, `paused_seconds` what was added.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        BREACHED = "breached", _("overdue")
        MET = "met", _("met")
        MET_LATE = "met_late", _("met late")
        CANCELLED = "cancelled", _("cancelled")

    class Source(models.TextChoices):
        OWN = "own", _("own promise")
        CHANNEL = "channel", _("channel's promise")

    OPEN = ["running", "paused", "breached"]

    rule = models.CharField(_("rule"), max_length=60)
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("channel"),
        db_index=False,
    )
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    subject_label = models.CharField(_("subject"), max_length=120)
    owner_role = models.CharField(_("owner"), max_length=30, choices=Role)
    money_at_risk = models.DecimalField(
        _("money at risk"), max_digits=14, decimal_places=2, null=True
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.OWN)
    started_at = models.DateTimeField(_("started"))
    allowed_seconds = models.PositiveIntegerField(_("allowed seconds"))
    paused_seconds = models.PositiveIntegerField(_("paused seconds"), default=0)
    paused_at = models.DateTimeField(_("paused"), null=True)
    due_at = models.DateTimeField(_("due"))
    next_at = models.DateTimeField(_("next step"), null=True)
    warned_percent = models.PositiveSmallIntegerField(_("warned at percent"), default=0)
    met_at = models.DateTimeField(_("met"), null=True)
    breached_at = models.DateTimeField(_("breached"), null=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "rule"],
                condition=Q(state__in=["running", "paused", "breached"]),
                name="deadline_one_open_per_subject_rule",
            ),
            models.CheckConstraint(
                condition=Q(state="running", next_at__isnull=False)
                | (~Q(state="running") & Q(next_at=None)),
                name="deadline_next_step_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_at__isnull=False)
                | (~Q(state="paused") & Q(paused_at=None)),
                name="deadline_paused_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["met", "met_late"], met_at__isnull=False)
                | (~Q(state__in=["met", "met_late"]) & Q(met_at=None)),
                name="deadline_met_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["breached", "met_late"]) | Q(breached_at__isnull=False),
                name="deadline_breach_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["running", "met"]) | Q(breached_at=None),
                name="deadline_unbreached_has_no_moment",
            ),
            models.CheckConstraint(
                condition=Q(warned_percent__in=[0, 50, 80]), name="deadline_warned_percent_known"
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="deadline_due_after_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=Q(state="running"), name="deadline_next_step"
            ),
            models.Index(
                fields=["owner_role", "store", "due_at"],
                condition=Q(state__in=["running", "paused", "breached"]),
                name="deadline_desk",
            ),
            models.Index(fields=["subject_type", "subject_id"], name="deadline_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.subject_label}"

    @property
    def title(self) -> str:
        return str(rules.get(self.rule).title)

    @property
    def clause(self) -> str:
        return rules.get(self.rule).clause

    def time_left(self, at: datetime) -> timedelta:
        """Until due; negative once overdue. A paused clock keeps what it had."""
        return self.due_at - (self.paused_at or at)


class DeadlineEventQuerySet(ScopedQuerySet):
    store_field = "deadline__store_id"


class DeadlineEvent(models.Model):
    """Something that happened to a clock. Append-only, held by the database."""

    class Kind(models.TextChoices):
        STARTED = "started", _("started")
        WARNED = "warned", _("warned")
        BREACHED = "breached", _("breached")
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("resumed")
        RECALCULATED = "recalculated", _("recalculated")
        MET = "met", _("met")
        CANCELLED = "cancelled", _("cancelled")

    # No foreign key in the database: checking it takes a third of a sweep's time. Clocks are never
    # deleted, events are written with theirs, and an invariant looks for strays.
    deadline = models.ForeignKey(
        Deadline, models.CASCADE, related_name="events", db_constraint=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    percent = models.PositiveSmallIntegerField(_("percent of the time"), null=True)
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = DeadlineEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("deadline event")
        verbose_name_plural = _("deadline events")
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

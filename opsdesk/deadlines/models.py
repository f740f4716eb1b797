from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.deadlines import rules
from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User
from opsdesk.stores.procedure import CHOICES_OF_TIME, Number, Unit
from opsdesk.stores.roles import Role

SECONDS_PER_MINUTE = 60


class DeadlineQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Clocks whose state has not been reached: running, paused, or run out and still owed."""
        return self.filter(state__in=Deadline.OPEN)

    def standing(self, standing: str, *, at: datetime) -> Self:
        """The clocks that stand so at that moment, see `Deadline.Standing`."""
        states = Deadline.State
        return self.filter(
            {
                Deadline.Standing.RUNNING: Q(state=states.RUNNING, due_at__gt=at),
                Deadline.Standing.OVERDUE: Q(state=states.RUNNING, due_at__lte=at),
                Deadline.Standing.PAUSED: Q(state=states.PAUSED),
                Deadline.Standing.MET: Q(state=states.MET, met_at__lte=F("due_at")),
                Deadline.Standing.MET_LATE: Q(state=states.MET, met_at__gt=F("due_at")),
                Deadline.Standing.CANCELLED: Q(state=states.CANCELLED),
            }[Deadline.Standing(standing)]
        )

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

    Whether it is late is not stored: the due time says so. That it was breached is an event,
    written once, by whoever takes its timer away. Times are UTC; `allowed_seconds` is the promise
    in force, `paused_seconds` what was added, both in what the clock counts: all time, or only
    working time. A promise in working days ends with the last one's work; its seconds follow.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        MET = "met", _("met")
        CANCELLED = "cancelled", _("cancelled")

    class Standing(models.TextChoices):
        """How a clock stands at a moment: its state, and whether it is or was in time."""

        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        OVERDUE = "overdue", _("overdue")
        MET = "met", _("met")
        MET_LATE = "met_late", _("met late")
        CANCELLED = "cancelled", _("cancelled")

    class Source(models.TextChoices):
        OWN = "own", _("own promise")
        CHANNEL = "channel", _("channel's promise")

    OPEN = ["running", "paused"]

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
    unit = models.CharField(
        _("counts"),
        max_length=20,
        choices=CHOICES_OF_TIME,
        default=Unit.MINUTES,
        db_default=Unit.MINUTES,
    )
    allowed_seconds = models.PositiveIntegerField(_("allowed seconds"))
    allowed_days = models.PositiveSmallIntegerField(_("allowed working days"), null=True)
    paused_seconds = models.PositiveIntegerField(_("paused seconds"), default=0)
    paused_at = models.DateTimeField(_("paused"), null=True)
    due_at = models.DateTimeField(_("due"))
    met_at = models.DateTimeField(_("met"), null=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "rule"],
                condition=Q(state__in=["running", "paused"]),
                name="deadline_one_open_per_subject_rule",
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_at__isnull=False)
                | (~Q(state="paused") & Q(paused_at=None)),
                name="deadline_paused_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="met", met_at__isnull=False) | (~Q(state="met") & Q(met_at=None)),
                name="deadline_met_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("started_at")), name="deadline_due_after_start"
            ),
            models.CheckConstraint(
                condition=Q(unit__in=[Unit.MINUTES, Unit.WORKING_MINUTES], allowed_days=None)
                | Q(unit=Unit.WORKING_DAYS, allowed_days__gt=0),
                name="deadline_days_with_their_unit",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_role", "store", "due_at"],
                condition=Q(state__in=["running", "paused"]),
                name="deadline_desk",
            ),
            models.Index(fields=["subject_type", "subject_id"], name="deadline_subject"),
            models.Index(
                fields=["store"],
                condition=Q(state__in=["running", "paused"]) & ~Q(unit=Unit.MINUTES),
                name="deadline_in_working_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.subject_label}"

    @property
    def title(self) -> str:
        return str(rules.get(self.rule).title)

    @property
    def clause(self) -> str:
        return rules.get(self.rule).clause

    def standing(self, at: datetime) -> Standing:
        if self.state == self.State.RUNNING and self.due_at <= at:
            return self.Standing.OVERDUE
        if self.met_at and self.met_at > self.due_at:
            return self.Standing.MET_LATE
        return self.Standing(self.state)

    @property
    def allowed(self) -> Number:
        """The promise in force, as the number of the procedure gives it."""
        if self.allowed_days is not None:
            return Number(Decimal(self.allowed_days), Unit.WORKING_DAYS)
        return Number(Decimal(self.allowed_seconds) / SECONDS_PER_MINUTE, Unit(self.unit))

    def time_left(self, at: datetime) -> timedelta:
        """Until due; negative once overdue. A paused clock keeps what it had."""
        return self.due_at - (self.paused_at or at)


class DeadlineTimerQuerySet(ScopedQuerySet):
    store_field = "deadline__store_id"


class DeadlineTimer(models.Model):
    """When the sweep next has something to do about a running clock: at 50 %, at 80 %, when due.

    A row apart, and narrow, so that a million clocks run out in seconds: the clock, its checks and
    its indexes stay as they are. The row is also the right to end the wait: sweep, pause, meet and
    cancel each take it away, and only one of them can. A breached clock has none any more.
    """

    # No foreign key in the database, as with events below.
    deadline = models.OneToOneField(
        Deadline,
        models.CASCADE,
        related_name="timer",
        primary_key=True,
        db_constraint=False,
        verbose_name=_("deadline"),
    )
    rule = models.CharField(_("rule"), max_length=60)
    due_at = models.DateTimeField(_("due"))
    next_at = models.DateTimeField(_("next step"))

    objects = DeadlineTimerQuerySet.as_manager()

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        indexes = [models.Index(fields=["next_at"], name="deadline_next_step")]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_at__lte=F("due_at")), name="deadline_next_step_before_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.next_at:%Y-%m-%d %H:%M}"


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

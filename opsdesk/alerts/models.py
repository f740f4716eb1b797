from __future__ import annotations

from datetime import datetime
from typing import Self

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opsdesk.stores.models import ScopedQuerySet, Store, User
from opsdesk.stores.roles import Role

STORM = "alerts.storm"
"""The check of an alert that stands for many: those folded into it."""


class Severity(models.TextChoices):
    INFO = "info", _("info")
    WARNING = "warning", _("warning")
    CRITICAL = "critical", _("critical")


class AlertQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.exclude(state=Alert.State.RESOLVED)

    def unfolded(self) -> Self:
        """Open, and a row of its own: not one of the many that a storm stands for."""
        return self.open().filter(folded_into=None)

    def awake(self, at: datetime) -> Self:
        """Open, not folded, and not put to sleep beyond that moment."""
        return self.unfolded().filter(Q(snoozed_until=None) | Q(snoozed_until__lte=at))

    def for_desk(self, user: User, at: datetime) -> Self:
        """Awake alerts for this person: theirs, nobody's and their roles', or escalated to them."""
        return self.awake(at).visible_to(user).concerning(user)

    def concerning(self, user: User) -> Self:
        """Theirs by name, nobody's by name and their roles', or escalated to a role of theirs."""
        if user.is_superuser:
            return self
        mine = Q(assignee=user)
        for store_id, roles in user.roles_by_store.items():
            here = Q(store_id=store_id)
            mine |= here & Q(owner_role__in=sorted(roles), assignee=None)
            mine |= here & Q(escalated_to__in=sorted(roles))
        return self.filter(mine)


class Alert(models.Model):
    """Something a person must look at. One row per (store, check, key), reopened when it recurs.

    `check_code` names what found it (a check, a deadline rule, "manual"), `key` the cause within
    it. `title` is rendered from both, so that each reader gets their language; `evidence` holds
    the values that were compared, never personal data.

    One that is folded came up in a storm: the storm's alert (`STORM`) lies on desks for it. Whoever
    takes it up (acknowledges, snoozes, assigns) has it back as a row of its own.

    `level` counts the steps it took up the ladder, `escalated_to` is the role it got to, on whose
    desks it lies besides its owner's. `climbs_at` is when it takes the next one if nobody does
    anything; it says nothing of one that is resolved or folded. `days_seen` counts the store's days
    on which it was seen, until they are forgotten.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        RESOLVED = "resolved", _("resolved")

    class Resolution(models.TextChoices):
        SELF = "self", _("closed by itself")
        PERSON = "person", _("resolved by a person")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    check_code = models.CharField(_("check"), max_length=60)
    key = models.CharField(_("key"), max_length=120)
    clause = models.CharField(_("clause"), max_length=12, blank=True)
    subject_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject_id = models.BigIntegerField(null=True)
    subject = GenericForeignKey("subject_type", "subject_id")
    subject_label = models.CharField(_("subject"), max_length=120)
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity, default=Severity.WARNING
    )
    owner_role = models.CharField(_("owner"), max_length=30, choices=Role)
    assignee = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_alerts",
        verbose_name=_("assigned to"),
        db_index=False,
    )
    evidence = models.JSONField(_("evidence"), default=dict)
    money_at_risk = models.DecimalField(
        _("money at risk"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    deadline_at = models.DateTimeField(_("act by"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    last_seen_at = models.DateTimeField(_("last seen"))
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolution = models.CharField(_("resolution"), max_length=10, choices=Resolution, blank=True)
    times_reopened = models.PositiveIntegerField(_("times reopened"), default=0)
    # No foreign key in the database, see AlertEvent.
    folded_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="folded",
        verbose_name=_("storm"),
        db_index=False,
        db_constraint=False,
    )
    level = models.PositiveSmallIntegerField(_("level"), default=0, db_default=0)
    escalated_to = models.CharField(
        _("escalated to"), max_length=30, choices=Role, blank=True, default="", db_default=""
    )
    climbs_at = models.DateTimeField(_("climbs"), null=True)
    days_seen = models.PositiveSmallIntegerField(_("days seen"), default=1, db_default=1)
    is_recurring = models.BooleanField(_("keeps coming back"), default=False, db_default=False)

    stands_for: int | None = None
    """Of a storm, how many are open that it stands for; told by `storms.count_folded`."""

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        permissions = [
            ("act_on_alert", "Can acknowledge, snooze, assign and resolve alerts"),
            ("raise_alert", "Can raise an alert by hand"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "check_code", "key"], name="alert_unique_store_check_key"
            ),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False) & ~Q(resolution="")
                | ~Q(state="resolved") & Q(resolved_at=None, resolution=""),
                name="alert_resolved_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(snoozed_until=None),
                name="alert_resolved_does_not_snooze",
            ),
            models.CheckConstraint(
                condition=Q(folded_into=None)
                | Q(state__in=["open", "resolved"], assignee=None, snoozed_until=None)
                & ~Q(check_code=STORM),
                name="alert_folded_is_nobodys",
            ),
            models.CheckConstraint(
                condition=Q(level=0, escalated_to="") | Q(level__gte=1) & ~Q(escalated_to=""),
                name="alert_level_has_role",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner_role", "store", "deadline_at"],
                condition=Q(folded_into=None) & ~Q(state="resolved"),
                name="alert_on_desk",
            ),
            models.Index(
                fields=["store", "check_code", "owner_role", "opened_at"],
                condition=~Q(state="resolved"),
                name="alert_news",
            ),
            models.Index(
                fields=["folded_into", "state"],
                condition=Q(folded_into__isnull=False),
                name="alert_folded",
            ),
            models.Index(
                fields=["climbs_at"],
                condition=Q(climbs_at__isnull=False, folded_into=None) & ~Q(state="resolved"),
                name="alert_climbing",
            ),
            models.Index(
                fields=["escalated_to", "store", "deadline_at"],
                condition=Q(folded_into=None) & ~Q(state="resolved") & ~Q(escalated_to=""),
                name="alert_escalated",
            ),
            models.Index(fields=["store", "-opened_at", "-id"], name="alert_list"),
            models.Index(
                fields=["assignee"],
                condition=Q(assignee__isnull=False) & ~Q(state="resolved"),
                name="alert_assignee",
            ),
            models.Index(
                fields=["id"],
                condition=Q(folded_into=None) & ~Q(state="resolved"),
                name="alert_unfolded",
            ),
            models.Index(
                fields=["snoozed_until"],
                condition=Q(snoozed_until__isnull=False),
                name="alert_asleep",
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_recurring=True, folded_into=None) & ~Q(state="resolved"),
                name="alert_recurring",
            ),
            models.Index(fields=["subject_type", "subject_id"], name="alert_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.check_code} · {self.subject_label}"

    @property
    def subject_words(self) -> str:
        """What it is about; of a storm, how many."""
        return self.subject_label if self.stands_for is None else f"× {self.stands_for}"


class AlertEventQuerySet(ScopedQuerySet):
    store_field = "alert__store_id"


class AlertEvent(models.Model):
    """What was done to an alert, by whom and why. Append-only, held by the database."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        REOPENED = "reopened", _("reopened")
        ACKNOWLEDGED = "acknowledged", _("acknowledged")
        SNOOZED = "snoozed", _("snoozed")
        ASSIGNED = "assigned", _("assigned")
        COMMENTED = "commented", _("commented")
        RESOLVED = "resolved", _("resolved")
        CLOSED_ITSELF = "closed_itself", _("closed by itself")
        ESCALATED = "escalated", _("escalated")
        RECURRING = "recurring", _("keeps coming back")

    # No foreign key in the database: its checks, one per row, go by a plan that a connection keeps.
    # Made while there are few alerts it reads all of them, and a flood takes an hour to commit.
    # Alerts are never deleted, events are written with theirs, and an invariant looks for strays.
    alert = models.ForeignKey(Alert, models.CASCADE, related_name="events", db_constraint=False)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    data = models.JSONField(_("details"), default=dict)

    objects = AlertEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("alert event")
        verbose_name_plural = _("alert events")
        # They come in the order of time, so a few bytes a page find those of a time.
        indexes = [BrinIndex(fields=["at"], name="alert_event_at", autosummarize=True)]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"

    @property
    def words(self) -> str:
        """What else is to be said of it: to whom it climbed, on how many days it was seen."""
        if self.kind == self.Kind.ESCALATED and self.data.get("role") in Role.values:
            return str(Role(self.data["role"]).label)
        if self.kind == self.Kind.RECURRING:
            days = self.data.get("days", 0)
            return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
        return ""

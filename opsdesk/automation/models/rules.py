"""What operators have told the desk to do by itself, and every wording of it."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User


class RuleQuerySet(ScopedQuerySet):
    def working(self) -> Self:
        """Switched on, in a store that is run."""
        return self.filter(state=Rule.State.ON, store__is_active=True)


class Rule(models.Model):
    """When something happens in a store, and it is so, then this is done. Its words are versions.

    `version` is the number of the one that counts. A rule works from where it was switched on:
    `seen_to` is the last event it looked at, `next_at` when one that goes by the clock is due.
    Parked rules were stopped by the desk itself, which says why.
    """

    class State(models.TextChoices):
        OFF = "off", _("off")
        ON = "on", _("on")
        PARKED = "parked", _("parked")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="rules", verbose_name=_("store"), db_index=False
    )
    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OFF)
    version = models.PositiveIntegerField(_("version"), default=1)
    seen_to = models.BigIntegerField(null=True, editable=False)
    next_at = models.DateTimeField(_("looks again"), null=True, editable=False)
    on_since = models.DateTimeField(_("on since"), null=True, editable=False)
    parked_at = models.DateTimeField(_("parked at"), null=True, editable=False)
    parked_because = models.CharField(_("why it is parked"), max_length=300, blank=True)
    fired_at = models.DateTimeField(_("last acted"), null=True, editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("written by"), db_index=False
    )
    created_at = models.DateTimeField(_("written"))

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "name"]
        verbose_name = _("automation rule")
        verbose_name_plural = _("automation rules")
        default_permissions = ("view", "add", "change")
        permissions = [
            ("switch_rule", "Can switch automation rules on and off"),
            ("try_rule", "Can try automation rules on what has been"),
            ("message_people", "Can have automation rules write to people"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "name"],
                name="rule_unique_name",
                violation_error_message=_("The store has a rule of this name."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="rule_has_name"),
            models.CheckConstraint(condition=Q(version__gte=1), name="rule_version_positive"),
            models.CheckConstraint(
                condition=Q(state="on", on_since__isnull=False)
                & (Q(seen_to=None) ^ Q(next_at=None))
                | Q(state__in=["off", "parked"], on_since=None, seen_to=None, next_at=None),
                name="rule_on_knows_from_where",
            ),
            models.CheckConstraint(
                condition=Q(state="parked", parked_at__isnull=False) & ~Q(parked_because="")
                | ~Q(state="parked") & Q(parked_at=None, parked_because=""),
                name="rule_parked_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="on"), name="rule_working"),
        ]
        triggers = recording(
            "name",
            "state",
            "version",
            "parked_because",
            label="{row}.name",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return self.state == self.State.ON


class RuleVersionQuerySet(ScopedQuerySet):
    store_field = "rule__store_id"

    def current(self) -> Self:
        """Of each rule the version that counts."""
        return self.filter(number=F("rule__version"))

    def at_work(self, at: datetime) -> Self:
        """What counts of the rules that are on and have, or may have, something to do."""
        working = self.current().filter(rule__state=Rule.State.ON, rule__store__is_active=True)
        return working.filter(Q(rule__next_at=None) | Q(rule__next_at__lte=at))


class RuleVersion(models.Model):
    """A wording of a rule as it was saved. Never edited: what was meant then stays readable.

    `trigger`, `conditions` and `actions` are what `automation.reading` reads and checks.
    `came_from` is the number of the version that was brought back with this one.
    """

    rule = models.ForeignKey(
        Rule,
        models.CASCADE,
        related_name="versions",
        verbose_name=_("automation rule"),
        db_index=False,
    )
    number = models.PositiveIntegerField(_("version"))
    trigger = models.JSONField(_("when"))
    conditions = models.JSONField(_("if"))
    actions = models.JSONField(_("then"))
    note = models.CharField(_("why it was changed"), max_length=300, blank=True)
    came_from = models.PositiveIntegerField(_("brought back"), null=True)
    written_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("written by"), db_index=False
    )
    written_at = models.DateTimeField(_("written"))

    objects = RuleVersionQuerySet.as_manager()

    class Meta:
        ordering = ["rule_id", "-number"]
        verbose_name = _("version of a rule")
        verbose_name_plural = _("versions of rules")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_unique_number"),
            models.CheckConstraint(
                condition=Q(number__gte=1)
                & (Q(came_from=None) | Q(came_from__gte=1, came_from__lt=F("number"))),
                name="rule_version_numbers_in_order",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            *recording(
                "number",
                "trigger",
                "conditions",
                "actions",
                label="(SELECT r.name FROM automation_rule r WHERE r.id = {row}.rule_id)"
                " || ' v' || {row}.number",
                store="(SELECT r.store_id FROM automation_rule r WHERE r.id = {row}.rule_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"

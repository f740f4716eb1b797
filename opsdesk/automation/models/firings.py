"""What rules have done: once for each cause and subject, and what became of each action."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.automation.models.rules import Rule, RuleVersion
from opsdesk.stores.models import ScopedQuerySet


class Outcome(models.TextChoices):
    """How an action ended. The worst of them is how its firing did."""

    DONE = "done", pgettext_lazy("an action of a rule", "done")
    LEFT_ALONE = "left_alone", _("left alone")
    REFUSED = "refused", pgettext_lazy("an action of a rule", "refused")
    STOPPED = "stopped", _("stopped: rules were answering each other")


class FiringQuerySet(ScopedQuerySet):
    store_field = "rule__store_id"

    def about(self, subject: models.Model) -> Self:
        """What rules did about this row."""
        return self.filter(
            subject_type=ContentType.objects.get_for_model(subject), subject_id=subject.pk
        )


class Firing(models.Model):
    """A rule met a cause: an event's row, or its time. Once per rule, cause and subject.

    `chain` are the rules whose effects led to the cause, the first one first: nothing for what
    people and the world did. One that was stopped did nothing, for its chain was a circle or too
    long. It is written whole, with its effects, in one transaction.
    """

    Outcome = Outcome

    rule = models.ForeignKey(
        Rule,
        models.CASCADE,
        related_name="firings",
        verbose_name=_("automation rule"),
        db_index=False,
    )
    version = models.ForeignKey(
        RuleVersion, models.CASCADE, related_name="+", verbose_name=_("version"), db_index=False
    )
    cause = models.CharField(_("cause"), max_length=80)
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    subject_label = models.CharField(_("subject"), max_length=120)
    chain = ArrayField(models.BigIntegerField(), verbose_name=_("led to by"), default=list)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome, default=Outcome.LEFT_ALONE
    )
    at = models.DateTimeField(_("at"))

    objects = FiringQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "cause", "subject_type", "subject_id"], name="firing_once"
            ),
        ]
        indexes = [
            models.Index(fields=["rule", "at"], name="firing_of_rule"),
            models.Index(fields=["subject_type", "subject_id"], name="firing_subject"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="said_as_it_was",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "rule",
                    "version",
                    "cause",
                    "subject_type",
                    "subject_id",
                    "subject_label",
                    "chain",
                    "at",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_label} {self.at:%Y-%m-%d %H:%M}"


class FiringEffectQuerySet(ScopedQuerySet):
    store_field = "firing__rule__store_id"


class FiringEffect(models.Model):
    """What one action of a firing did, and the row that came of it: an alert, a tag, a hold."""

    Outcome = Outcome

    firing = models.ForeignKey(
        Firing,
        models.CASCADE,
        related_name="effects",
        verbose_name=_("run of a rule"),
        db_index=False,
    )
    position = models.PositiveSmallIntegerField(_("place"))
    action = models.CharField(_("action"), max_length=40)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    reason = models.CharField(_("why"), max_length=300, blank=True)
    effect_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, related_name="+", db_index=False
    )
    effect_id = models.BigIntegerField(null=True)
    effect = GenericForeignKey("effect_type", "effect_id")

    objects = FiringEffectQuerySet.as_manager()

    class Meta:
        ordering = ["firing_id", "position"]
        verbose_name = _("effect of a rule")
        verbose_name_plural = _("effects of rules")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["firing", "position"], name="firing_effect_unique"),
            models.CheckConstraint(
                condition=Q(effect_type=None, effect_id=None)
                | Q(effect_type__isnull=False, effect_id__isnull=False, outcome="done"),
                name="firing_effect_of_what_was_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=["effect_type", "effect_id"],
                condition=Q(effect_id__isnull=False),
                name="firing_effect_row",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.action}: {self.outcome}"

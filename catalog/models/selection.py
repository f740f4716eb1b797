"""What might be sold next: candidates, what people think of them, what was decided, and trials."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Product
from catalog.models.suppliers import Supplier
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User

BEST = 5


class Criterion(models.TextChoices):
    """What a candidate is looked at for. The values are the columns of a scorecard."""

    HEAT = "heat", _("market heat")
    CONVERSION = "conversion", _("conversion")
    PAIN_POINTS = "pain_points", _("user pain points")
    SUPPLY = "supply", _("supply stability")
    PAYMENT = "payment", _("payment terms")


def _weight(label: Any) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, validators=[MaxValueValidator(100)])


class Scorecard(models.Model):
    """How much each criterion weighs in a store, in percent, from one version to the next (CAT-12).

    Never changed: a decision keeps the weights it was taken with.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="scorecards", verbose_name=_("store"), db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    heat = _weight(Criterion.HEAT.label)
    conversion = _weight(Criterion.CONVERSION.label)
    pain_points = _weight(Criterion.PAIN_POINTS.label)
    supply = _weight(Criterion.SUPPLY.label)
    payment = _weight(Criterion.PAYMENT.label)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    created_at = models.DateTimeField(_("at"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        default_permissions = ("change",)
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        constraints = [
            models.UniqueConstraint(fields=["store", "version"], name="scorecard_unique_version"),
            models.CheckConstraint(
                condition=Q(
                    heat=100 - F("conversion") - F("pain_points") - F("supply") - F("payment")
                ),
                name="scorecard_weights_sum_to_100",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="never_changed"),
            *recording(*Criterion.values, label="'#' || {row}.version", inserts=True),
        ]

    def __str__(self) -> str:
        return f"#{self.version}"

    def weight(self, criterion: str) -> int:
        return getattr(self, criterion)


class SelectionCandidateQuerySet(ScopedQuerySet):
    def to_decide(self) -> Self:
        """Everything about them is scored, and nobody has decided for good."""
        return self.pending().filter(scored=len(Criterion))

    def to_score(self) -> Self:
        return self.pending().filter(scored__lt=len(Criterion))

    def pending(self) -> Self:
        return self.filter(state__in=SelectionCandidate.PENDING)

    def on_trial(self) -> Self:
        return self.filter(state=SelectionCandidate.State.TRIAL, trial__judged_at=None)


class SelectionCandidate(models.Model):
    """Something the store might sell (CAT-12).

    `total` is the sum of weight × score ÷ 5 over what is scored, so 20 to 100 once all of it is;
    it follows scores and weights until the candidate is decided on.
    """

    class State(models.TextChoices):
        OPEN = "open", _("undecided")
        LATER = "later", _("later")
        TRIAL = "trial", _("to be tried")
        REJECTED = "rejected", _("rejected")

    PENDING = ["open", "later"]

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="candidates", verbose_name=_("store"), db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    category = models.CharField(_("category"), max_length=120, blank=True)
    source = models.CharField(
        _("found at"), max_length=200, blank=True, help_text=_("A link, a fair, a supplier's list.")
    )
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("supplier"),
        db_index=False,
    )
    note = models.TextField(_("note"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    scored = models.PositiveSmallIntegerField(_("criteria scored"), default=0)
    total = models.DecimalField(_("total"), max_digits=5, decimal_places=1, default=Decimal(0))
    created_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("put up by"), db_index=False
    )
    created_at = models.DateTimeField(_("put up"))

    objects = SelectionCandidateQuerySet.as_manager()

    class Meta:
        ordering = ["-total", "-pk"]
        default_permissions = ("view", "add")
        permissions = [
            ("score_candidate", "Can score what might be sold"),
            ("decide_candidate", "Can decide what is tried, and judge trials"),
        ]
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="candidate_has_name"),
            models.CheckConstraint(
                condition=Q(total__gte=0, total__lte=100), name="candidate_total_in_range"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "later"]) | Q(scored=len(Criterion)),
                name="candidate_decided_when_scored",
            ),
        ]
        indexes = [
            models.Index(fields=["total", "id"], name="candidate_board"),
            models.Index(fields=["store", "total", "id"], name="candidate_store_board"),
        ]
        triggers = recording("state", "name", label="{row}.name", inserts=True)

    def __str__(self) -> str:
        return self.name


class CandidateScoreQuerySet(ScopedQuerySet):
    store_field = "candidate__store_id"

    def newest(self) -> Self:
        """Of each criterion the score that counts."""
        return self.order_by("candidate_id", "criterion", "-pk").distinct(
            "candidate_id", "criterion"
        )


class CandidateScore(models.Model):
    """What one person thinks of a candidate by one criterion. Never changed: the newest counts."""

    candidate = models.ForeignKey(
        SelectionCandidate,
        models.PROTECT,
        related_name="scores",
        verbose_name=_("candidate"),
        db_index=False,
    )
    criterion = models.CharField(_("criterion"), max_length=12, choices=Criterion)
    score = models.PositiveSmallIntegerField(_("score"))
    reason = models.CharField(_("reason"), max_length=300)
    scored_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("scored by"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = CandidateScoreQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=BEST), name="candidate_score_one_to_five"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="candidate_score_has_reason"),
            models.CheckConstraint(
                condition=Q(criterion__in=Criterion.values), name="candidate_score_criterion_known"
            ),
        ]
        indexes = [
            models.Index(fields=["candidate", "criterion", "-id"], name="candidate_score_newest")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_criterion_display()}: {self.score}"


class SelectionDecisionQuerySet(ScopedQuerySet):
    store_field = "candidate__store_id"


class SelectionDecision(models.Model):
    """What was decided on a candidate, on which total and which weights. Never changed."""

    class Verdict(models.TextChoices):
        TRIAL = "trial", _("try it")
        REJECTED = "rejected", _("reject it")
        LATER = "later", _("later")

    candidate = models.ForeignKey(
        SelectionCandidate, models.PROTECT, related_name="decisions", verbose_name=_("candidate")
    )
    scorecard = models.ForeignKey(
        Scorecard,
        models.PROTECT,
        related_name="+",
        verbose_name=_("scorecard"),
        db_index=False,
    )
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    total = models.DecimalField(_("total"), max_digits=5, decimal_places=1)
    threshold = models.DecimalField(_("threshold"), max_digits=5, decimal_places=1)
    decided_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("decided by"), db_index=False
    )
    decided_at = models.DateTimeField(_("decided"))

    objects = SelectionDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        verbose_name = _("decision on a candidate")
        verbose_name_plural = _("decisions on candidates")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="trial", total__gte=F("threshold")) | ~Q(reason=""),
                name="selection_decision_has_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            *recording(
                "verdict",
                "reason",
                "total",
                label="(SELECT c.name FROM catalog_selectioncandidate c"
                " WHERE c.id = {row}.candidate_id)",
                store="(SELECT c.store_id FROM catalog_selectioncandidate c"
                " WHERE c.id = {row}.candidate_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()


class TrialQuerySet(ScopedQuerySet):
    store_field = "candidate__store_id"

    def running(self) -> Self:
        return self.filter(state=Trial.State.RUNNING)

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class Trial(models.Model):
    """A candidate is sold in small, as a product, until somebody judges it (CAT-12).

    No more than `cap` pieces are ordered in all until it is taken on. `figures` are those of the
    moment it was judged: pieces received, sold and returned, and days.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("on trial")
        TAKEN_ON = "taken_on", _("taken on")
        DROPPED = "dropped", _("dropped")

    candidate = models.OneToOneField(
        SelectionCandidate, models.PROTECT, related_name="trial", verbose_name=_("candidate")
    )
    product = models.OneToOneField(
        Product, models.PROTECT, related_name="trial", verbose_name=_("product")
    )
    cap = models.PositiveIntegerField(_("pieces at most"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    started_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("started by"), db_index=False
    )
    started_at = models.DateTimeField(_("started"))
    judged_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("judged by"),
        db_index=False,
    )
    judged_at = models.DateTimeField(_("judged"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    figures = models.JSONField(_("figures"), null=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        verbose_name = _("trial")
        verbose_name_plural = _("trials")
        constraints = [
            models.CheckConstraint(condition=Q(cap__gt=0), name="trial_cap_positive"),
            models.CheckConstraint(
                condition=Q(state="running", judged_at=None, judged_by=None, figures=None)
                | Q(
                    state__in=["taken_on", "dropped"],
                    judged_at__isnull=False,
                    judged_by__isnull=False,
                    figures__isnull=False,
                )
                & ~Q(reason=""),
                name="trial_judged_with_reason",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="what_was_begun_stays",
                fields=["candidate", "product", "cap", "started_by", "started_at"],
            ),
            *recording(
                "state",
                "reason",
                "figures",
                label="(SELECT c.name FROM catalog_selectioncandidate c"
                " WHERE c.id = {row}.candidate_id)",
                store="(SELECT c.store_id FROM catalog_selectioncandidate c"
                " WHERE c.id = {row}.candidate_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return str(self.product)

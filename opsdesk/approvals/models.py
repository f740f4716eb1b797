from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pgtrigger
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from opsdesk.approvals import guards
from opsdesk.stores.models import Membership, ScopedQuerySet, Store, User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

NEVER_EDITED = pgtrigger.Update | pgtrigger.Delete


class CommonRowsQuerySet(ScopedQuerySet):
    """Rows of a store, and rows without one that hold for all stores."""

    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the person's stores, and those that hold for all stores."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(store__in=user.store_ids) | Q(store=None))
        return super().visible_to(user)


class ApprovalPolicy(models.Model):
    """From an amount on, so many people with these roles decide; a band of the kind's rule.

    All bands with one `valid_from` are one version of the rule; the newest version holds. Rows
    are never edited: they are the history. Without rows the kind's own bands hold.
    """

    kind = models.CharField(_("kind"), max_length=60)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("store")
    )
    from_amount = models.DecimalField(_("from"), max_digits=14, decimal_places=2, default=0)
    below_amount = models.DecimalField(_("below"), max_digits=14, decimal_places=2, null=True)
    roles = ArrayField(models.CharField(max_length=30, choices=Role), verbose_name=_("decided by"))
    voices = models.PositiveSmallIntegerField(_("people"), default=1)
    from_different_roles = models.BooleanField(_("one of each role"), default=False)
    valid_from = models.DateTimeField(_("valid from"))
    set_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("set by")
    )
    reason = models.CharField(_("reason"), max_length=300)

    objects = CommonRowsQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "kind", "from_amount"]
        verbose_name = _("approval rule")
        verbose_name_plural = _("approval rules")
        constraints = [
            ExclusionConstraint(
                name="approval_policy_bands_dont_overlap",
                expressions=[
                    ("kind", RangeOperators.EQUAL),
                    (Coalesce("store", Value(0, models.BigIntegerField())), RangeOperators.EQUAL),
                    ("valid_from", RangeOperators.EQUAL),
                    (
                        Func("from_amount", "below_amount", function="numrange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(from_amount__gte=0)
                & (Q(below_amount=None) | Q(below_amount__gt=F("from_amount"))),
                name="approval_policy_band_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(roles__len__gte=1, roles__contained_by=Role.values, voices__gte=1),
                name="approval_policy_somebody_decides",
            ),
            models.CheckConstraint(
                condition=Q(from_different_roles=False) | Q(voices__lte=F("roles__len")),
                name="approval_policy_enough_roles",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=NEVER_EDITED)]

    def __str__(self) -> str:
        return f"{self.kind} ≥ {self.from_amount}"


class ApprovalQuerySet(CommonRowsQuerySet):
    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")

    def pending(self, at: datetime) -> Self:
        """Waiting for a decision that may still be made."""
        return self.filter(state=Approval.State.PENDING, expires_at__gt=at)

    def to_carry_out(self) -> Self:
        return self.filter(state=Approval.State.APPROVED)

    def to_decide(self, user: User, at: datetime) -> Self:
        """What this person may decide now, for themselves or for somebody they stand in for.

        Says the same as `voices.voice_of`, for a list.
        """
        rows = (
            self.visible_to(user)
            .pending(at)
            .exclude(filer=user)
            .exclude(last_editor=user)
            .exclude(beneficiary=user)
            .exclude(decisions__decider=user)
            .exclude(decisions__on_behalf_of=user)
        )
        if user.is_superuser:
            return rows
        seat, everywhere = Seats(1), Seats(2)
        outside = (
            Store.objects.active()
            .exclude(Exists(everywhere.taken_by(user, store=OuterRef("pk"))))
            .values("pk")
        )
        return rows.filter(
            Exists(seat.taken_by(user, store=OuterRef("store")))
            | Exists(seat.stood_in_by(user, at))
            | Q(store=None) & ~Exists(outside)
        )


class Seats:
    """Memberships whose role counts as a voice on an approval so many queries further out."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def asked(self, name: str) -> OuterRef:
        """A column of the approval."""
        reference = OuterRef(name)
        for _level in range(self.depth - 1):
            reference = OuterRef(reference)
        return reference

    def rows(self) -> models.QuerySet[Membership]:
        """Not those that the filer granted for the occasion, nor roles that have spoken."""
        spoken = ApprovalDecision.objects.filter(
            approval=Seats(self.depth + 1).asked("pk"),
            approval__from_different_roles=True,
            role=OuterRef("role"),
        )
        place = Func(
            self.asked("roles"),
            F("role"),
            function="array_position",
            output_field=models.IntegerField(),
        )
        return (
            Membership.objects.alias(place=place)
            .filter(place__isnull=False)
            .exclude(
                granted_by=self.asked("filer"), granted_at__gt=self.asked("roles_granted_before")
            )
            .exclude(Exists(spoken))
        )

    def taken_by(self, user: User, *, store: OuterRef) -> models.QuerySet[Membership]:
        return self.rows().filter(user=user, store=store)

    def stood_in_by(self, user: User, at: datetime) -> models.QuerySet[Membership]:
        """Seats of people who are away and named this person; never of somebody concerned."""
        given = Delegation.objects.at(at).filter(
            absent=OuterRef("user"), store=OuterRef("store"), stand_in=user
        )
        deeper = Seats(self.depth + 1)
        spoken = ApprovalDecision.objects.filter(approval=deeper.asked("pk")).filter(
            Q(decider=OuterRef("user")) | Q(on_behalf_of=OuterRef("user"))
        )
        return (
            self.rows()
            .filter(Exists(given), store=self.asked("store"), user__is_active=True)
            .exclude(user=self.asked("filer"))
            .exclude(user=Coalesce(self.asked("last_editor"), 0))
            .exclude(user=Coalesce(self.asked("beneficiary"), 0))
            .exclude(Exists(spoken))
        )


class Approval(models.Model):
    """A request that takes effect when somebody else agrees. What is asked is frozen with a digest.

    `store` empty: it concerns every store. `subject_key` names what it is about within its kind;
    `counted_amount` is the amount together with what this person asked for on the subject lately.
    The rule that applied is copied: a later rule changes nothing here. A role the filer granted
    after `roles_granted_before` doesn't count.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("to decide")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        VOIDED = "voided", _("void")
        EXPIRED = "expired", _("expired")
        CARRIED_OUT = "carried_out", _("carried out")
        FAILED = "failed", _("failed")

    class Why(models.TextChoices):
        EDITED = "edited", _("the request was edited")
        WITHDRAWN = "withdrawn", _("withdrawn by who filed it")
        CHANGED = "changed", _("what it stands on has changed since")
        RIGHTS = "rights", _("somebody lost a right that it rests on")
        REFUSED = "refused", _("it could not be carried out")

    OPEN = (State.PENDING, State.APPROVED)

    kind = models.CharField(_("kind"), max_length=60)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
        db_index=False,
    )
    subject_key = models.CharField(max_length=120)
    subject_label = models.CharField(_("subject"), max_length=120)
    subject_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject_id = models.BigIntegerField(null=True)
    snapshot = models.JSONField(_("request"))
    digest = models.CharField(_("digest"), max_length=64)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True)
    counted_amount = models.DecimalField(_("counts as"), max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    policy = models.ForeignKey(
        ApprovalPolicy, models.PROTECT, null=True, related_name="+", verbose_name=_("rule")
    )
    roles = ArrayField(models.CharField(max_length=30, choices=Role), verbose_name=_("decided by"))
    voices = models.PositiveSmallIntegerField(_("people"))
    from_different_roles = models.BooleanField(_("one of each role"), default=False)
    roles_granted_before = models.DateTimeField()
    filer = models.ForeignKey(
        User, models.PROTECT, related_name="filed_approvals", verbose_name=_("filed by")
    )
    last_editor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("edited by")
    )
    beneficiary = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("benefits")
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PENDING)
    filed_at = models.DateTimeField(_("filed"))
    expires_at = models.DateTimeField(_("decide by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("ended by")
    )
    why = models.CharField(_("why"), max_length=10, choices=Why, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    outcome = models.JSONField(_("outcome"), default=dict)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        permissions = [
            ("decide_limits", "Can decide on changes of limits and approval rules"),
            (
                "break_glass",
                "Can have a request carried out in an emergency, before anybody agrees",
            ),
            ("review_break_glass", "Can review what was carried out in an emergency"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="approval_digest_sha256"
            ),
            models.CheckConstraint(
                condition=Q(amount=None, counted_amount=None)
                | Q(amount__gte=0, counted_amount__gte=F("amount")),
                name="approval_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("filed_at")), name="approval_expires_after_filing"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "approved"], ended_at=None)
                | Q(
                    state__in=["rejected", "voided", "expired", "carried_out", "failed"],
                    ended_at__isnull=False,
                ),
                name="approval_ended_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "expired"], decided_at=None)
                | Q(state="voided")
                | Q(
                    state__in=["approved", "rejected", "carried_out", "failed"],
                    decided_at__isnull=False,
                ),
                name="approval_decided_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["voided", "failed"]) & ~Q(why="")
                | ~Q(state__in=["voided", "failed"]) & Q(why=""),
                name="approval_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=Q(state="pending"), name="approval_pending"
            ),
            models.Index(fields=["id"], condition=Q(state="approved"), name="approval_approved"),
            models.Index(fields=["kind", "filer", "subject_key", "filed_at"], name="approval_sums"),
            models.Index(fields=["store", "-id"], name="approval_list"),
        ]
        triggers = guards.OF_APPROVALS

    def __str__(self) -> str:
        return f"{self.kind} · {self.subject_label}"

    @property
    def asked(self) -> dict[str, Any]:
        return self.snapshot["asked"]

    @property
    def concerned(self) -> set[int]:
        """Ids of those who may not decide: filer, last editor, beneficiary."""
        return {pk for pk in (self.filer_id, self.last_editor_id, self.beneficiary_id) if pk}


class OfAnApprovalQuerySet(CommonRowsQuerySet):
    store_field = "approval__store_id"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(approval__in=Approval.objects.visible_to(user).values("pk"))


class ApprovalDecision(models.Model):
    """One person's word on a request. Append-only, held by the database.

    Filer, last editor and beneficiary are copied from the request by a trigger, whatever the
    INSERT says, so that the CHECKs below can see them. `on_behalf_of` is who was away.
    """

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("approved")
        REJECT = "reject", _("rejected")

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="decisions")
    decider = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("decided by")
    )
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("on behalf of")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role)
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))
    filer = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    last_editor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )
    beneficiary = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False
    )

    objects = OfAnApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "decider"], name="approval_decision_one_per_person"
            ),
            models.UniqueConstraint(
                "approval",
                Coalesce("on_behalf_of", "decider"),
                name="approval_decision_one_per_voice",
            ),
            *(
                models.CheckConstraint(
                    condition=~Q(decider=F(concerned)), name=f"approval_decider_is_not_{concerned}"
                )
                for concerned in ("filer", "last_editor", "beneficiary", "on_behalf_of")
            ),
            *(
                models.CheckConstraint(
                    condition=~Q(on_behalf_of=F(concerned)),
                    name=f"approval_absent_is_not_{concerned}",
                )
                for concerned in ("filer", "last_editor", "beneficiary")
            ),
            models.CheckConstraint(
                condition=Q(verdict="approve") | Q(verdict="reject") & ~Q(reason=""),
                name="approval_rejection_has_reason",
            ),
        ]
        triggers = guards.OF_DECISIONS

    def __str__(self) -> str:
        return f"{self.verdict} · {self.decider}"


class DelegationQuerySet(ScopedQuerySet):
    def at(self, at: datetime) -> Self:
        return self.filter(starts_at__lte=at, ends_at__gt=at)


class Delegation(models.Model):
    """While a person is away, another decides for them in a store. One stand-in at a time."""

    absent = models.ForeignKey(
        User, models.PROTECT, related_name="absences", verbose_name=_("who is away")
    )
    stand_in = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("who stands in")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    made_at = models.DateTimeField(_("made"), editable=False)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=~Q(absent=F("stand_in")), name="delegation_to_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at")), name="delegation_ends_after_its_start"
            ),
            ExclusionConstraint(
                name="delegation_one_at_a_time",
                expressions=[
                    ("absent", RangeOperators.EQUAL),
                    ("store", RangeOperators.EQUAL),
                    (Func("starts_at", "ends_at", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absent} → {self.stand_in}"


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

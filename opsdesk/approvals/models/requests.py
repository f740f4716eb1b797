"""Requests, and the words people have given on them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from opsdesk.approvals import guards
from opsdesk.approvals.models.rules import ApprovalPolicy, CommonRowsQuerySet
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


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
        asked = RawSQL("SELECT approvals_to_decide(%s, %s)", [user.pk, at])
        return self.visible_to(user).pending(at).filter(pk__in=asked)


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

    # Whether the person who looks may see what its goods cost: said by `words.mark_known_costs`.
    sees_costs: bool

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

"""What a channel says of its orders, compared with ours (ORD-1)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, User


class OfAChannelQuerySet(ScopedQuerySet):
    store_field = "channel__store_id"


class ChannelReconciliationQuerySet(OfAChannelQuerySet):
    def nobody_needs(self) -> Self:
        """Runs that no difference names; the last one of a channel says how it stands."""
        told = ChannelDifference.objects.filter(run=OuterRef("pk"))
        later = ChannelReconciliation.objects.filter(
            channel=OuterRef("channel"), pk__gt=OuterRef("pk")
        )
        return self.filter(~Exists(told), Exists(later))


class ChannelReconciliation(models.Model):
    """A channel was asked which orders changed between two moments, and its answer compared.

    `covers_since` and `covers_until` are what of that time the answer speaks of; a run without an
    answer says why. Counts are of this run; what it found are differences.
    """

    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="reconciliations",
        verbose_name=_("channel"),
        db_index=False,
    )
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=120)
    since = models.DateTimeField(pgettext_lazy("a moment", "from"))
    until = models.DateTimeField(_("until"))
    covers_since = models.DateTimeField(_("answer from"), null=True)
    covers_until = models.DateTimeField(_("answer until"), null=True)
    at = models.DateTimeField(_("compared"))
    listed = models.PositiveIntegerField(_("orders in the answer"), default=0)
    agreeing = models.PositiveIntegerField(_("agreeing"), default=0)
    missing_here = models.PositiveIntegerField(_("missing here"), default=0)
    missing_there = models.PositiveIntegerField(_("missing there"), default=0)
    different = models.PositiveIntegerField(_("different"), default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )

    objects = ChannelReconciliationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("comparison with a channel")
        verbose_name_plural = _("comparisons with channels")
        permissions = [("reconcile_orders", "Can compare orders with channels and settle it")]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lt=F("until")), name="channel_reconciliation_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(covers_since=None, covers_until=None)
                | Q(covers_since__lte=F("covers_until"), problem=""),
                name="channel_reconciliation_answered_or_not",
            ),
        ]
        indexes = [models.Index(fields=["channel", "-id"], name="channel_reconciliation_list")]

    def __str__(self) -> str:
        return f"{self.channel} {self.at:%Y-%m-%d %H:%M}"

    @property
    def found(self) -> int:
        return self.missing_here + self.missing_there + self.different


class ChannelDifferenceQuerySet(OfAChannelQuerySet):
    def open(self) -> Self:
        return self.filter(state=ChannelDifference.State.OPEN)


class ChannelDifference(models.Model):
    """An order that channel and record don't agree about: in one field of it, or that it is there.

    An open one is told anew by each run that still finds it; one that agrees closes it. What a
    person explained or ignored is not told again while both sides say the same.
    """

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("missing here")
        MISSING_THERE = "missing_there", _("missing there")
        DIFFERENT = "different", _("different")

    class Field(models.TextChoices):
        STATE = "state", _("state")
        PAID = "paid", _("paid")
        REFUNDED = "refunded", _("refunded")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN_IN = "taken_in", _("taken in since")
        AGREES = "agrees", _("agrees by now")
        EXPLAINED = "explained", _("explained")
        IGNORED = "ignored", _("ignored")

    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="order_differences",
        verbose_name=_("channel"),
        db_index=False,
    )
    run = models.ForeignKey(
        ChannelReconciliation,
        models.PROTECT,
        related_name="differences",
        verbose_name=_("found by"),
        help_text=_("The last run that told it."),
    )
    external_number = models.CharField(_("order number"), max_length=80)
    kind = models.CharField(_("difference"), max_length=14, choices=Kind)
    field = models.CharField(_("field"), max_length=10, choices=Field, blank=True)
    ours = models.CharField(_("ours"), max_length=40, blank=True)
    theirs = models.CharField(_("theirs"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed there"), null=True)
    opened_at = models.DateTimeField(_("opened"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    note = models.CharField(_("note"), max_length=200, blank=True)
    settled_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("settled by"),
        db_index=False,
    )
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects = ChannelDifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("difference with a channel")
        verbose_name_plural = _("differences with channels")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_number", "field"],
                condition=Q(state="open"),
                name="channel_difference_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None)
                | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="channel_difference_settled_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["explained", "ignored"])
                | (~Q(note="") & Q(settled_by__isnull=False)),
                name="channel_difference_settled_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind="different") & ~Q(field="") | ~Q(kind="different") & Q(field=""),
                name="channel_difference_is_about_a_field",
            ),
        ]
        indexes = [
            # What was explained or ignored, for the next run; and every difference of an order.
            models.Index(fields=["channel", "external_number"], name="channel_difference_order"),
        ]
        triggers = recording(
            "state",
            "note",
            label="{row}.external_number",
            store="(SELECT c.store_id FROM stores_channel c WHERE c.id = {row}.channel_id)",
        )

    def __str__(self) -> str:
        return f"{self.external_number}: {self.get_kind_display()}"

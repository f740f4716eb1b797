"""Who decides on what, from which amount on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


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
    from_amount = models.DecimalField(
        pgettext_lazy("an amount", "from"), max_digits=14, decimal_places=2, default=0
    )
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
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            *recording(
                "kind",
                "from_amount",
                "below_amount",
                "roles",
                "voices",
                "from_different_roles",
                "valid_from",
                "reason",
                label="{row}.kind",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ≥ {self.from_amount}"

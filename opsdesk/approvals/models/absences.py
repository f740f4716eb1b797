"""Who is away, and who decides for them meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Membership, ScopedQuerySet, Store, User


class DelegationQuerySet(ScopedQuerySet):
    def at(self, at: datetime) -> Self:
        """Those that hold then, while the stand-in works for the store."""
        works_there = Membership.objects.filter(user=OuterRef("stand_in"), store=OuterRef("store"))
        return self.filter(Exists(works_there), starts_at__lte=at, ends_at__gt=at)


class Delegation(models.Model):
    """While a person is away, another decides for them in a store. One stand-in at a time."""

    absent = models.ForeignKey(
        User, models.PROTECT, related_name="absences", verbose_name=_("who is away")
    )
    stand_in = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("who stands in")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    starts_at = models.DateTimeField(pgettext_lazy("a moment", "from"))
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
        triggers = recording(
            "absent",
            "stand_in",
            "starts_at",
            "ends_at",
            label="(SELECT string_agg(u.username, ' → ' ORDER BY u.id <> {row}.absent_id)"
            " FROM stores_user u WHERE u.id IN ({row}.absent_id, {row}.stand_in_id))",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.absent} → {self.stand_in}"

"""Carriers that are offered for a while though a paper of theirs does not hold (FUL-5)."""

from __future__ import annotations

from datetime import date
from typing import Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fulfillment.models.carrier_papers import STORE_OF_CARRIER, PaperKind
from fulfillment.models.carriers import Carrier
from fulfillment.models.prices import Days
from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet


class CarrierExceptionQuerySet(ScopedQuerySet):
    store_field = "carrier__store_id"

    def valid_on(self, day: date) -> Self:
        return self.filter(valid_from__lte=day, valid_until__gte=day)


class CarrierException(models.Model):
    """The carrier is offered from one day to another without a paper of this kind, and why.

    Made by an approved request alone, and never changed: it ends by its last day.
    """

    carrier = models.ForeignKey(
        Carrier,
        models.PROTECT,
        related_name="exceptions",
        verbose_name=_("carrier"),
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PaperKind)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), help_text=_("The last day it holds."))
    reason = models.CharField(_("reason"), max_length=200)
    approval = models.OneToOneField(
        Approval, models.PROTECT, related_name="+", verbose_name=_("approval")
    )

    objects = CarrierExceptionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("exception for a carrier")
        verbose_name_plural = _("exceptions for carriers")
        default_permissions = ("view",)
        permissions = [
            ("ask_carrierexception", "Can ask for carriers to be offered without a valid paper"),
            ("approve_carrierexception", "Can decide on carriers without a valid paper"),
        ]
        constraints = [
            ExclusionConstraint(
                name="carrier_exception_one_at_a_time",
                expressions=[
                    ("carrier", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (Days("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")) & ~Q(reason=""),
                name="carrier_exception_for_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="as_approved", operation=pgtrigger.Update | pgtrigger.Delete),
            *recording(
                "kind",
                "valid_from",
                "valid_until",
                "reason",
                label="{row}.kind",
                store=STORE_OF_CARRIER,
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

"""What became of a carrier's parcels, month by month (FUL-5)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from fulfillment.models.carriers import CarrierService
from opsdesk.stores.models import ScopedQuerySet


class CarrierScoreQuerySet(ScopedQuerySet):
    store_field = "service__carrier__store_id"


class CarrierScore(models.Model):
    """What became of the parcels that a service took over in a month, of the store's calendar.

    Counts, not rates: those of several months are added up. Worked out from the parcels, and may be
    worked out anew at any time. `judged` are those of which it is known whether they were on time,
    `settled` those of which it is known whether they came to harm.
    """

    service = models.ForeignKey(
        CarrierService,
        models.CASCADE,
        related_name="scores",
        verbose_name=_("service"),
        db_index=False,
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    parcels = models.PositiveIntegerField(_("parcels"))
    picked_up = models.PositiveIntegerField(_("picked up, and when is known"))
    picked_up_in_time = models.PositiveIntegerField(_("picked up in time"))
    judged = models.PositiveIntegerField(_("delivered, or late"))
    on_time = models.PositiveIntegerField(_("on time"))
    settled = models.PositiveIntegerField(_("arrived, over or damaged"), default=0, db_default=0)
    damaged = models.PositiveIntegerField(_("damaged"))
    lost = models.PositiveIntegerField(_("lost"))
    complained = models.PositiveIntegerField(_("complained of"))
    computed_at = models.DateTimeField(_("worked out"))

    objects = CarrierScoreQuerySet.as_manager()

    class Meta:
        ordering = ["service_id", "month"]
        verbose_name = _("carrier score")
        verbose_name_plural = _("carrier scores")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["service", "month"], name="carrier_score_unique_service_month"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1)
                & Q(picked_up__lte=F("parcels"))
                & Q(picked_up_in_time__lte=F("picked_up"))
                & Q(judged__lte=F("parcels"))
                & Q(on_time__lte=F("judged"))
                & Q(damaged__lte=F("parcels"))
                & Q(lost__lte=F("parcels"))
                & Q(complained__lte=F("parcels")),
                name="carrier_score_parts_of_a_month",
            ),
            models.CheckConstraint(
                condition=Q(damaged__lte=F("settled")) & Q(settled__lte=F("parcels")),
                name="carrier_score_damaged_of_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.month:%Y-%m}"

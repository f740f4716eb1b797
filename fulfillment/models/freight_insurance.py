"""Who pays the way back of returned goods (FUL-8)."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fulfillment.models.prices import Days, money
from fulfillment.models.store_terms import (
    Dated,
    DatedQuerySet,
    any_channel,
    ends_after_it_begins,
)
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store
from opsdesk.stores.triggers import of_one_store

_STORE_OF_BAND = (
    "(SELECT t.store_id FROM fulfillment_freightinsurance t WHERE t.id = {row}.insurance_id)"
)


class FreightInsurance(Dated):
    """Who pays the way back of returned goods, for which premium per order (运费险).

    The premium is fixed, or that of the band in which the store's refund rate lies. An order that
    is placed while it holds is covered up to `cover`. Money is in the store's currency.
    """

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="freight_insurances",
        verbose_name=_("store"),
        db_index=False,
    )
    provider = models.CharField(_("provider"), max_length=120)
    policy = models.CharField(_("policy number"), max_length=80, blank=True)
    premium = money(
        _("premium of an order"),
        null=True,
        blank=True,
        help_text=_("Left empty: by bands of the refund rate."),
    )
    cover = money(_("covered up to"))

    objects = DatedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "-valid_from"]
        verbose_name = _("freight insurance")
        verbose_name_plural = _("freight insurances")
        constraints = [
            ExclusionConstraint(
                name="freight_insurance_one_at_a_time",
                expressions=[
                    ("store", RangeOperators.EQUAL),
                    (any_channel(), RangeOperators.EQUAL),
                    (Days("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_(
                    "Another insurance of this channel holds at that time: end it first."
                ),
            ),
            ends_after_it_begins("freight_insurance"),
            models.CheckConstraint(
                condition=~Q(provider="") & Q(cover__gt=0) & (Q(premium=None) | Q(premium__gte=0)),
                name="freight_insurance_covers_something",
            ),
        ]
        triggers = [
            of_one_store("freight_insurance"),
            *recording(
                "provider",
                "policy",
                "channel",
                "premium",
                "cover",
                "valid_from",
                "valid_until",
                label="{row}.provider",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.provider


class InsuranceBandQuerySet(ScopedQuerySet):
    store_field = "insurance__store_id"


class InsuranceBand(models.Model):
    """The premium of an order from this refund rate of the store on, up to the next band's."""

    insurance = models.ForeignKey(
        FreightInsurance,
        models.CASCADE,
        related_name="bands",
        verbose_name=_("freight insurance"),
        db_index=False,
    )
    rate_from = models.DecimalField(
        _("refund rate from (%)"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    premium = money(_("premium of an order"))

    objects = InsuranceBandQuerySet.as_manager()

    class Meta:
        ordering = ["insurance_id", "rate_from"]
        verbose_name = _("premium band")
        verbose_name_plural = _("premium bands")
        constraints = [
            models.UniqueConstraint(
                fields=["insurance", "rate_from"], name="insurance_band_unique_rate"
            ),
            models.CheckConstraint(
                condition=Q(rate_from__gte=0, rate_from__lte=100) & Q(premium__gte=0),
                name="insurance_band_sound",
            ),
        ]
        triggers = recording(
            "rate_from", "premium", label="{row}.rate_from::text", store=_STORE_OF_BAND
        )

    def __str__(self) -> str:
        return f"{self.rate_from} %"

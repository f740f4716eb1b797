"""What carrying a parcel should cost, and what the carrier billed for it (FUL-5)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.parcels import Parcel
from fulfillment.models.prices import PriceTable, money
from opsdesk.audit.triggers import recording
from opsdesk.exchange.models import ImportSession
from opsdesk.stores.models import User

_STORE_OF_PARCEL = "(SELECT p.store_id FROM fulfillment_parcel p WHERE p.id = {row}.parcel_id)"


class ParcelChargeQuerySet(WarehouseQuerySet):
    store_field = "parcel__store_id"
    warehouse_field = "parcel__warehouse_id"

    def differing(self) -> Self:
        """Billed at another amount than was expected."""
        return self.exclude(difference=0).filter(difference__isnull=False)


class ParcelCharge(models.Model):
    """The cost of a parcel by the price table that held when it was labelled, and as billed.

    `expected` stays what it was when the table's rows change later: `parts` keep how it came about,
    in the store's language. Without a `table` it is what a program told. `difference` is what was
    billed beyond it. Money is in the store's currency, weights are in grams.
    """

    parcel = models.OneToOneField(
        Parcel, models.CASCADE, related_name="charge", verbose_name=_("parcel")
    )
    expected = money(_("expected cost"), null=True)
    table = models.ForeignKey(
        PriceTable,
        models.PROTECT,
        null=True,
        related_name="charges",
        verbose_name=_("price table"),
        db_index=False,
    )
    grams = models.PositiveIntegerField(_("charged weight (g)"), null=True)
    parts = models.JSONField(_("breakdown"), default=list)
    expected_at = models.DateTimeField(_("worked out"), null=True)
    billed = money(_("billed cost"), null=True)
    bill = models.CharField(_("number of the bill"), max_length=80, blank=True)
    billed_at = models.DateTimeField(_("bill put down"), null=True)
    billed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    session = models.ForeignKey(
        ImportSession,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("import"),
        db_index=False,
    )
    difference = models.GeneratedField(
        expression=F("billed") - F("expected"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2, null=True),
        db_persist=True,
        verbose_name=_("billed beyond what was expected"),
    )

    objects = ParcelChargeQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost of a parcel")
        verbose_name_plural = _("costs of parcels")
        default_permissions = ("view",)
        permissions = [("bill_parcelcharge", "Can put down what carriers bill for parcels")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(expected=None) | Q(expected__gte=0))
                & (Q(billed=None) | Q(billed__gte=0)),
                name="parcel_charge_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(expected=None, table=None, expected_at=None)
                | Q(expected__isnull=False, expected_at__isnull=False),
                name="parcel_charge_expected_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(billed=None, billed_at=None, bill="")
                | Q(billed__isnull=False, billed_at__isnull=False),
                name="parcel_charge_billed_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["parcel"],
                condition=~Q(difference=0),
                name="parcel_charge_differs",
            )
        ]
        triggers = recording(
            "billed",
            "bill",
            label="'P' || lpad({row}.parcel_id::text, 9, '0')",
            store=_STORE_OF_PARCEL,
        )

    def __str__(self) -> str:
        return f"{self.expected} / {self.billed}"

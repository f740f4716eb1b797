"""Who carries parcels, and in which ways (FUL-3, FUL-5)."""

from __future__ import annotations

from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store


class CarrierQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Carrier(models.Model):
    """A company that carries parcels of one store, known there by its `code`.

    `kuaidi100_code` and `easypost_code` are what these sources of tracking call it.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="carriers", verbose_name=_("store"), db_index=False
    )
    code = models.SlugField(_("code"), max_length=40, db_index=False)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("customer service"), max_length=40, blank=True)
    kuaidi100_code = models.CharField(_("code at Kuaidi100"), max_length=40, blank=True)
    easypost_code = models.CharField(_("code at EasyPost"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects = CarrierQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="carrier_unique_store_code"),
            models.UniqueConstraint(
                fields=["store", "kuaidi100_code"],
                condition=~Q(kuaidi100_code=""),
                name="carrier_unique_store_kuaidi100",
            ),
            models.UniqueConstraint(
                fields=["store", "easypost_code"],
                condition=~Q(easypost_code=""),
                name="carrier_unique_store_easypost",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="carrier_has_name"),
        ]
        triggers = recording("code", "name", "is_active", label="{row}.code", inserts=True)

    def __str__(self) -> str:
        return self.name


class CarrierServiceQuerySet(ScopedQuerySet):
    store_field = "carrier__store_id"

    def active(self) -> Self:
        return self.filter(is_active=True, carrier__is_active=True)


class CarrierService(models.Model):
    """A way in which a carrier carries: standard, express, cold chain.

    `usual_days` are days from handing over to delivery.
    """

    carrier = models.ForeignKey(
        Carrier,
        models.PROTECT,
        related_name="services",
        verbose_name=_("carrier"),
        db_index=False,
    )
    code = models.SlugField(_("code"), max_length=40, db_index=False)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    is_cold = models.BooleanField(_("cold chain"), default=False, db_default=False)
    usual_days = models.PositiveSmallIntegerField(
        _("usual days"),
        default=3,
        db_default=3,
        validators=[MaxValueValidator(120)],
        help_text=_("From handing over to delivery, where no region takes longer."),
    )

    objects = CarrierServiceQuerySet.as_manager()

    class Meta:
        ordering = ["carrier_id", "code"]
        verbose_name = _("carrier service")
        verbose_name_plural = _("carrier services")
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "code"], name="carrier_service_unique_carrier_code"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="carrier_service_has_name"),
        ]
        triggers = recording(
            "code",
            "name",
            "is_active",
            "is_cold",
            "usual_days",
            label="{row}.code",
            store="(SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = {row}.carrier_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.carrier} · {self.name}"

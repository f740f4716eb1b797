"""Business orders, and the contracts they carry (ORD-10)."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User
from orders.models.orders import Order

_STORE_OF_ORDER = "(SELECT o.store_id FROM orders_order o WHERE o.id = {row}.order_id)"


class BusinessOrderQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def without_contract(self) -> Self:
        return self.filter(~Exists(Contract.objects.filter(order=OuterRef("order"))))


class BusinessOrder(models.Model):
    """The order is one between businesses: it has to carry a contract."""

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="business", verbose_name=_("order")
    )
    marked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    marked_at = models.DateTimeField(_("marked"), default=timezone.now)

    objects = BusinessOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("business order")
        verbose_name_plural = _("business orders")
        default_permissions = ()
        permissions = [("mark_business", "Can mark orders as business orders")]
        triggers = recording(
            "order",
            "marked_by",
            label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
            store=_STORE_OF_ORDER,
            inserts=True,
        )

    def __str__(self) -> str:
        return str(self.order)


def contract_path(contract: Contract, _filename: str) -> str:
    return f"contracts/{contract.store_id}/{contract.sha256}"


class ContractQuerySet(ScopedQuerySet):
    def newest(self) -> Self:
        """Those that no later version corrects."""
        return self.filter(corrected_by=None)


class Contract(models.Model):
    """A signed contract of an order, as the file it was handed in as. Append-only, as its file is.

    A correction is a new row that names the one it corrects. The file is kept under its digest.
    """

    class Type(models.TextChoices):
        PDF = "pdf", "PDF"
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="contracts", verbose_name=_("store"), db_index=False
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="contracts", verbose_name=_("order"), db_index=False
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    corrects = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrected_by",
        verbose_name=_("corrects"),
    )
    file = models.FileField(_("file"), upload_to=contract_path, max_length=250)
    file_name = models.CharField(_("name of the file"), max_length=255)
    type = models.CharField(_("type"), max_length=4, choices=Type)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    signed_on = models.DateField(_("signed on"))
    buyer = models.CharField(_("buyer"), max_length=200)
    seller = models.CharField(_("seller"), max_length=200)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    uploaded_at = models.DateTimeField(_("handed in"), default=timezone.now)

    objects = ContractQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        default_permissions = ("view", "add")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "version"], name="contract_unique_order_version"
            ),
            models.UniqueConstraint(
                fields=["order", "sha256"], name="contract_unique_order_digest"
            ),
            models.CheckConstraint(
                condition=Q(version=1, corrects=None) | Q(version__gt=1, corrects__isnull=False),
                name="contract_later_version_corrects",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$") & ~Q(file="") & Q(size__gt=0),
                name="contract_has_its_file",
            ),
            models.CheckConstraint(
                condition=~Q(buyer="") & ~Q(seller=""), name="contract_names_its_parties"
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="contract_list")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="of_its_order",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM orders_order o
                        WHERE o.id = NEW.order_id AND o.store_id = NEW.store_id
                    ) OR NEW.corrects_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM orders_contract c
                        WHERE c.id = NEW.corrects_id AND c.order_id = NEW.order_id
                          AND c.version = NEW.version - 1
                    ) THEN
                        RAISE EXCEPTION 'A contract corrects the version before it of its order.'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'contract_of_its_order';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "order",
                "version",
                "sha256",
                "signed_on",
                label="{row}.file_name",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

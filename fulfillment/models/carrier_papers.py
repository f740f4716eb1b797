"""What carriers may carry by their papers, and which goods ask for which (FUL-5)."""

from __future__ import annotations

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fulfillment.models.carriers import Carrier
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User

STORE_OF_CARRIER = "(SELECT c.store_id FROM fulfillment_carrier c WHERE c.id = {row}.carrier_id)"
_WITHDRAWN = ("withdrawn_at", "withdrawn_by", "withdrawn_because")


class PaperKind(models.TextChoices):
    LICENCE = "licence", _("courier licence")
    FOOD = "food", _("food transport permit")
    COLD = "cold", _("cold chain permit")
    DANGEROUS = "dangerous", _("dangerous goods permit")
    CONTRACT = "contract", _("contract")
    INSURANCE = "insurance", _("liability insurance")


# What goods of a category can ask of who carries them.
PERMITS = (PaperKind.FOOD, PaperKind.COLD, PaperKind.DANGEROUS)


def paper_path(paper: CarrierDocument, _filename: str) -> str:
    return f"carriers/{paper.carrier.store_id}/{paper.sha256}"


class CarrierDocumentQuerySet(ScopedQuerySet):
    store_field = "carrier__store_id"

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)

    def valid_on(self, day: date) -> Self:
        return self.standing().filter(valid_from__lte=day, valid_until__gte=day)


class CarrierDocument(models.Model):
    """A paper of a carrier, as the file it was handed in as, good from one day to another.

    It is never changed; one that is wrong is withdrawn, for a reason, and handed in anew. A renewal
    is a paper of its own. The file is kept under its digest.
    """

    class Type(models.TextChoices):
        PDF = "pdf", "PDF"
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"

    carrier = models.ForeignKey(
        Carrier, models.PROTECT, related_name="documents", verbose_name=_("carrier")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PaperKind)
    number = models.CharField(_("number"), max_length=80)
    signed_on = models.DateField(_("signed on"), null=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), help_text=_("The last day it holds."))
    notes = models.CharField(_("notes"), max_length=500, blank=True)
    file = models.FileField(_("file"), upload_to=paper_path, max_length=250)
    file_name = models.CharField(_("name of the file"), max_length=255)
    type = models.CharField(_("type"), max_length=4, choices=Type)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    uploaded_at = models.DateTimeField(_("handed in"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
        db_index=False,
    )
    withdrawn_because = models.CharField(_("why it was withdrawn"), max_length=200, blank=True)

    objects = CarrierDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("carrier document")
        verbose_name_plural = _("carrier documents")
        default_permissions = ("view", "add")
        permissions = [("withdraw_carrierdocument", "Can withdraw documents of carriers")]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "kind", "sha256"],
                condition=Q(withdrawn_at=None),
                name="carrier_document_once",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="carrier_document_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(kind="contract") | Q(signed_on__isnull=False),
                name="carrier_contract_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$")
                & ~Q(file="")
                & Q(size__gt=0)
                & ~Q(number=""),
                name="carrier_document_has_its_file",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_because="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because=""),
                name="carrier_document_withdrawn_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["carrier", "kind", "valid_until"],
                condition=Q(withdrawn_at=None),
                name="carrier_document_valid",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="withdrawn_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__withdrawn_at__isnull=False),
            ),
            pgtrigger.ReadOnly(name="as_handed_in", exclude=[*_WITHDRAWN]),
            *recording(
                "kind",
                "number",
                "valid_from",
                "valid_until",
                "sha256",
                "withdrawn_at",
                label="{row}.number",
                store=STORE_OF_CARRIER,
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class RequiredPermit(models.Model):
    """Goods of the category are given to carriers with a valid permit of this kind only."""

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        related_name="required_permits",
        verbose_name=_("store"),
        db_index=False,
    )
    category = models.CharField(
        _("category"),
        max_length=120,
        help_text=_("Also of those below it: Food is for Food/Tea as well."),
    )
    kind = models.CharField(
        _("permit"), max_length=10, choices=[(kind.value, kind.label) for kind in PERMITS]
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "category", "kind"]
        verbose_name = _("required permit")
        verbose_name_plural = _("required permits")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "category", "kind"], name="required_permit_unique"
            ),
            models.CheckConstraint(
                condition=~Q(category="") & Q(kind__in=["food", "cold", "dangerous"]),
                name="required_permit_of_a_category",
            ),
        ]
        triggers = recording(
            "category", "kind", label="{row}.category || ': ' || {row}.kind", inserts=True
        )

    def __str__(self) -> str:
        return f"{self.category}: {self.get_kind_display()}"

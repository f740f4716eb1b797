"""The signed sheet of a store's day."""

from __future__ import annotations

from typing import Any, Self

import orjson
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User


class InspectionSheetQuerySet(ScopedQuerySet):
    def to_mail(self) -> Self:
        """Signed, and nobody was told yet."""
        return self.filter(mailed_at=None)


class InspectionSheet(models.Model):
    """What the inspection of a store's business day saw, frozen with a person's name under it.

    `content` is canonical JSON as text, and `sha256` the digest of its bytes: anybody can check the
    one against the other. The database refuses every later change.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    business_date = models.DateField(_("business day"))
    content = models.TextField(_("content"))
    sha256 = models.CharField("SHA-256", max_length=64)
    note = models.CharField(_("note"), max_length=500, blank=True)
    is_late = models.BooleanField(_("signed late"))
    signed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("signed by"), db_index=False
    )
    signed_at = models.DateTimeField(_("signed"))
    mailed_at = models.DateTimeField(_("mailed"), null=True)

    objects = InspectionSheetQuerySet.as_manager()

    class Meta:
        ordering = ["-business_date", "-pk"]
        verbose_name = _("inspection sheet")
        verbose_name_plural = _("inspection sheets")
        default_permissions = ("view",)
        permissions = [("sign_inspection", "Can sign the inspection of a day")]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "business_date"], name="inspection_sheet_one_a_day"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="inspection_sheet_sha256"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(mailed_at=None), name="inspection_sheet_to_mail"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="signed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "store",
                    "business_date",
                    "content",
                    "sha256",
                    "note",
                    "is_late",
                    "signed_by",
                    "signed_at",
                ),
            ),
            *recording(
                "business_date",
                "sha256",
                "signed_by",
                label="{row}.business_date::text",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.business_date.isoformat()

    @property
    def told(self) -> dict[str, Any]:
        """The content as values."""
        return orjson.loads(self.content)

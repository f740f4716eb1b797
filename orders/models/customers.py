"""Buyers, and who of them was erased."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store


class CustomerQuerySet(ScopedQuerySet):
    pass


class Customer(models.Model):
    """A buyer as the channel names them. Unique per store and the channel's own id."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="customers", verbose_name=_("store"), db_index=False
    )
    external_id = models.CharField(_("buyer id"), max_length=120)
    created_at = models.DateTimeField(_("first seen"), default=timezone.now, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("export_customer", "Can export what is known of one customer"),
            ("erase_customer", "Can ask to erase the personal data of one customer"),
            ("approve_erasure", "Can decide on erasures"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_id"], name="customer_unique_store_external_id"
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="customer_has_external_id"),
        ]
        indexes = [
            models.Index(OpClass(Upper("external_id"), "text_pattern_ops"), name="customer_prefix"),
        ]
        triggers = recording(hidden=["external_id"], label="'#' || {row}.id")

    def __str__(self) -> str:
        return self.external_id if self.is_erased else privacy.mask_identifier(self.external_id)

    @property
    def is_erased(self) -> bool:
        return self.external_id == erased_id(self.pk)


def erased_id(pk: int) -> str:
    """What stands in the place of a buyer's id: as unique, and nobody's."""
    return f"erased-{pk}"


class Erasure(models.Model):
    """A customer whose personal data were erased: applied again to a database that was restored.

    It names the customer by number and first moment, not by a foreign key: the backup may be older
    than both. Append-only, held by the database.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    customer_number = models.BigIntegerField(_("customer"))
    first_seen = models.DateTimeField(_("first seen"))
    erased_at = models.DateTimeField(_("erased"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "customer_number", "first_seen"], name="erasure_once_per_customer"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"#{self.customer_number}"

"""Whom an order went to before somebody changed that."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, User
from orders import contacts
from orders.contacts import Contact
from orders.models.orders import Order


class FormerContactQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class FormerContact(models.Model):
    """The contact that was replaced, sealed like the order's own, and gone with it (ORD-5).

    The timeline outlives personal data, so what was there before stands here and not in it.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="former_contacts")
    region = models.CharField(_("region"), max_length=120, blank=True)
    sealed_contact = models.BinaryField(_("contact"), default=b"")
    until = models.DateTimeField(_("until"))
    replaced_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("replaced by"), db_index=False
    )

    objects = FormerContactQuerySet.as_manager()

    class Meta:
        ordering = ["-until", "-pk"]
        default_permissions = ()
        verbose_name = _("former contact")
        verbose_name_plural = _("former contacts")

    def __str__(self) -> str:
        return f"{self.order_id} {self.until:%Y-%m-%d %H:%M}"

    @property
    def contact(self) -> Contact:
        """In clear: for services that have looked at who asks. Raises Unreadable."""
        order = self.order
        return contacts.unseal(
            self.sealed_contact, store_id=order.store_id, number=order.external_number
        )

    @property
    def masked_contact(self) -> Contact:
        order = self.order
        return contacts.unseal_masked(self.sealed_contact, order.store_id, order.external_number)

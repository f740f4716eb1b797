"""What was tried to reach a buyer about an order."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, User
from orders.models.orders import Order


class ContactAttemptQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class ContactAttempt(models.Model):
    """Somebody called or wrote to the buyer: reached or not, and what came of it (ORD-5).

    `script` is the text that was read out or sent. Append-only, held by the database.
    """

    class By(models.TextChoices):
        CALL = "call", _("call")
        SMS = "sms", _("text message")
        MESSAGE = "message", _("message at the channel")

    class Outcome(models.TextChoices):
        AGREED = "agreed", _("agreed to a change")
        WAITS = "waits", _("wants to wait")
        CANCELS = "cancels", _("wants to cancel")
        ANSWERS_LATER = "later", _("answers later")
        NONE = "none", _("no answer")

    order = models.ForeignKey(Order, models.PROTECT, related_name="contact_attempts")
    by = models.CharField(_("by"), max_length=8, choices=By)
    was_reached = models.BooleanField(_("reached"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    topic = models.CharField(_("about"), max_length=20)
    script = models.TextField(_("script"), blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    is_sent_by_us = models.BooleanField(_("sent from here"), default=False)
    person = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("who"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = ContactAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        verbose_name = _("contact with a buyer")
        verbose_name_plural = _("contacts with buyers")
        permissions = [("contact_buyer", "Can record that a buyer was contacted")]
        constraints = [
            models.CheckConstraint(
                condition=Q(was_reached=True) | Q(outcome__in=["none", "later"]),
                name="contact_attempt_outcome_of_somebody",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.by} {self.at:%Y-%m-%d %H:%M}"

"""What customers are told about their orders, and who doesn't want to be told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.models import ScopedQuerySet, Store, User
from orders.models.orders import Order


class Purpose(models.TextChoices):
    """What a message is for: offers and reminders, or what the customer has to know."""

    MARKETING = "marketing", _("reminders and offers")
    SERVICE = "service", _("order confirmations")


class OptOutQuerySet(ScopedQuerySet):
    def in_force(self) -> Self:
        return self.filter(ended_at=None)

    def of(self, digests: Iterable[bytes]) -> Self:
        return self.filter(phone_digest__in=list(digests))


class OptOut(models.Model):
    """A telephone number that wants no messages of this purpose from the store.

    Known by a keyed digest only, and by as much of the number as every page shows. Ended when its
    owner wants them again, never deleted. Nobody enters what its owner says by a link.
    """

    class Way(models.TextChoices):
        CALL = "call", _("by telephone")
        CHAT = "chat", _("in a chat")
        REPLY = "reply", _("by a reply to a message")
        LETTER = "letter", _("in writing")
        LINK = "link", _("by the link of a reminder")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    purpose = models.CharField(_("messages"), max_length=10, choices=Purpose)
    phone_digest = models.BinaryField(editable=False)
    masked_phone = models.CharField(_("phone"), max_length=40)
    way = models.CharField(_("told us"), max_length=10, choices=Way)
    made_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("entered by"),
        db_index=False,
    )
    made_at = models.DateTimeField(_("entered"))
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
        db_index=False,
    )
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view", "add", "change")
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "purpose", "phone_digest"],
                condition=Q(ended_at=None),
                name="opt_out_one_in_force",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="opt_out_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="opt_out_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(way="link", made_by=None) | (~Q(way="link") & Q(made_by__isnull=False)),
                name="opt_out_entered_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="opt_out_list")]
        triggers = recording(
            "purpose",
            "masked_phone",
            "way",
            "ended_at",
            label="{row}.masked_phone",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.masked_phone


class CustomerMessageQuerySet(ScopedQuerySet):
    store_field = "order__store_id"


class CustomerMessage(models.Model):
    """Something a customer was to be told about an order, or why it was not said. Once each.

    The row is the right to say it: of two workers one gets it written. `turn` counts corrections of
    what was confirmed, delays, troubles with parcels; `content` is a keyed digest of what was
    confirmed, as the order stood in `version`.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("payment reminder")
        CONFIRMATION = "confirmation", _("order confirmation")
        CORRECTION = "correction", _("corrected confirmation")
        BALANCE_OPENS = "balance_opens", _("balance can be paid")
        BALANCE_ENDS = "balance_ends", _("balance is due soon")
        DELAY = "delay", _("delay")
        PARCEL = "parcel", _("trouble with a parcel")

    class Withheld(models.TextChoices):
        OPTED_OUT = "opted_out", _("the customer wants no such messages")
        MASKED = "masked", _("the platform gives no telephone number")
        NO_PHONE = "no_phone", _("there is no telephone number")
        UNREADABLE = "unreadable", _("the contact can't be read with the present keys")
        NO_PROVIDER = "no_provider", _("the store has no provider of text messages")

    order = models.ForeignKey(
        Order, models.CASCADE, related_name="customer_messages", db_index=False
    )
    kind = models.CharField(_("message"), max_length=16, choices=Kind)
    turn = models.PositiveSmallIntegerField(default=1)
    withheld = models.CharField(_("not said because"), max_length=12, choices=Withheld, blank=True)
    message = models.OneToOneField(
        OutboundMessage, models.PROTECT, null=True, related_name="+", verbose_name=_("message")
    )
    version = models.PositiveIntegerField(null=True)
    content = models.BinaryField(null=True)
    at = models.DateTimeField(_("at"))

    objects = CustomerMessageQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        default_permissions = ("view",)
        verbose_name = _("message to a customer")
        verbose_name_plural = _("messages to customers")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind", "turn"], name="customer_message_said_once"
            ),
            models.CheckConstraint(
                condition=Q(withheld="") | Q(message=None),
                name="customer_message_withheld_is_not_sent",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["confirmation", "correction"], content__isnull=False)
                & Q(version__isnull=False)
                | ~Q(kind__in=["confirmation", "correction"]) & Q(content=None, version=None),
                name="customer_message_confirms_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.turn}"


class LapsedOrderQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def paid_after_all(self) -> Self:
        """Their money is here, and has not gone back."""
        return self.filter(
            order__fulfilment_state=Order.Fulfilment.CANCELLED,
            order__payment_state__in=[Order.Payment.PAID, Order.Payment.PART_REFUNDED],
            order__paid_amount__gt=F("order__refunded_amount"),
        )


class LapsedOrder(models.Model):
    """An order that the system cancelled because it was not paid in time (ORD-6)."""

    class Cause(models.TextChoices):
        UNPAID = "unpaid", _("not paid in time")
        BALANCE = "balance", _("balance not paid in time")

    order = models.OneToOneField(Order, models.CASCADE, related_name="lapse", primary_key=True)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    due_at = models.DateTimeField(_("due"))
    at = models.DateTimeField(_("cancelled"))

    objects = LapsedOrderQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("lapsed order")
        verbose_name_plural = _("lapsed orders")
        constraints = [
            models.CheckConstraint(condition=Q(due_at__lte=F("at")), name="lapsed_order_was_due"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.cause}"

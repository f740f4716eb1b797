"""Orders as the channel knows them."""

from __future__ import annotations

from decimal import Decimal

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex, GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.exchange.models import ImportSession
from opsdesk.stores.models import Channel, Store
from orders import contacts
from orders.contacts import Contact
from orders.models import states
from orders.models.customers import Customer
from orders.models.order_sets import OrderQuerySet


class Order(models.Model):
    """One order as the channel knows it. Unique per (store, external number), for ever (ORD-1).

    Four small states say where it stands; the timestamps beside them say since when, in the
    channel's own time. `paid_amount` is what was captured, gross; `refunded_amount` what went back.
    An amount-only order has no lines: its file told no goods, so nothing is reserved or shipped.
    A part that was `split_from` an order is one of ours only: its channel knows that order.
    """

    Review = states.Review
    Payment = states.Payment
    Fulfilment = states.Fulfilment
    AfterSales = states.AfterSales

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="orders", verbose_name=_("store"), db_index=False
    )
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="orders", verbose_name=_("channel"), db_index=False
    )
    external_number = models.CharField(_("order number"), max_length=80)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="orders", verbose_name=_("customer")
    )
    review_state = models.CharField(
        _("review"), max_length=12, choices=Review, default=Review.WAITING
    )
    payment_state = models.CharField(
        _("payment"), max_length=14, choices=Payment, default=Payment.UNPAID
    )
    fulfilment_state = models.CharField(
        _("fulfilment"), max_length=12, choices=Fulfilment, default=Fulfilment.WAITING
    )
    after_sales_state = models.CharField(
        _("after-sales"), max_length=12, choices=AfterSales, default=AfterSales.NONE
    )
    is_amount_only = models.BooleanField(_("amounts only"), default=False)
    currency = models.CharField(_("currency"), max_length=3)
    total_amount = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    freight_amount = models.DecimalField(
        _("freight"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    discount_amount = models.DecimalField(
        _("discount"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    paid_amount = models.DecimalField(
        _("paid"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    refunded_amount = models.DecimalField(
        _("refunded"), max_digits=14, decimal_places=2, default=Decimal(0)
    )
    placed_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid at"), null=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    confirmed_at = models.DateTimeField(_("stock confirmed"), null=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    deliver_by = models.DateTimeField(_("delivery promised by"), null=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    sealed_contact = models.BinaryField(_("contact"), default=b"", db_default=b"")
    phone_digest = models.BinaryField(null=True)
    contact_cleared_at = models.DateTimeField(_("contact cleared"), null=True, editable=False)
    content_hash = models.CharField(max_length=32, editable=False)
    import_session = models.ForeignKey(
        ImportSession,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("came with"),
        db_index=False,
    )
    split_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="parts",
        verbose_name=_("split from"),
        db_index=False,
        editable=False,
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("taken in"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last changed"), default=timezone.now, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("review_order", "Can pass orders through review"),
            ("cancel_order", "Can cancel orders"),
            ("ship_order", "Can record that orders were shipped or delivered"),
            ("reveal_contact", "Can see the contact of one order, with a reason"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_number"], name="order_unique_store_external_number"
            ),
            models.CheckConstraint(condition=~Q(external_number=""), name="order_has_number"),
            models.CheckConstraint(
                condition=Q(total_amount__gte=0, freight_amount__gte=0, paid_amount__gte=0)
                & Q(discount_amount__gte=0, refunded_amount__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__lte=F("paid_amount")),
                name="order_refunded_lte_paid",
            ),
            models.CheckConstraint(
                condition=Q(payment_state="unpaid", paid_at=None)
                | (~Q(payment_state="unpaid") & Q(paid_at__isnull=False)),
                name="order_paid_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(fulfilment_state="cancelled", cancelled_at__isnull=False)
                | (~Q(fulfilment_state="cancelled") & Q(cancelled_at=None)),
                name="order_cancelled_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(fulfilment_state="reserved") | Q(confirmed_at__isnull=False),
                name="order_reserved_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(fulfilment_state__in=["shipped", "delivered"])
                | Q(shipped_at__isnull=False),
                name="order_shipped_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(contact_cleared_at=None) | Q(sealed_contact=b"", phone_digest=None),
                name="order_cleared_has_no_contact",
            ),
        ]
        indexes = [
            models.Index(fields=["placed_at", "id"], name="order_list"),
            models.Index(fields=["store", "placed_at", "id"], name="order_list_store"),
            models.Index(fields=["updated_at"], name="order_updated"),
            # Days by payment: rows lie about in the order of time, so a coarse index will do.
            BrinIndex(
                fields=["paid_at"], name="order_paid", pages_per_range=16, autosummarize=True
            ),
            # The same for what left on a day: late rates of the last weeks.
            BrinIndex(
                fields=["shipped_at"], name="order_shipped", pages_per_range=16, autosummarize=True
            ),
            models.Index(
                OpClass(Upper("external_number"), "text_pattern_ops"), name="order_number_prefix"
            ),
            # What customers read out is a number's end. New ones wait in a list until vacuum
            # brings them in: writing an order stays cheap.
            GinIndex(
                OpClass(Upper("external_number"), "gin_trgm_ops"), name="order_number_trigram"
            ),
            models.Index(
                fields=["placed_at", "id"],
                condition=Q(fulfilment_state="waiting"),
                name="order_waiting",
            ),
            # A store's own: without it a quiet store among busy ones reads through all it ever
            # sold, or through all that the others have open.
            models.Index(
                fields=["store", "placed_at", "id"],
                condition=Q(fulfilment_state="waiting"),
                name="order_waiting_store",
            ),
            models.Index(
                fields=["store", "placed_at", "id"],
                condition=Q(fulfilment_state="reserved"),
                name="order_ship_store",
            ),
            models.Index(
                fields=["store", "placed_at", "id"],
                condition=Q(review_state__in=["waiting", "held"]),
                name="order_review_store",
            ),
            models.Index(
                fields=["placed_at", "id"],
                condition=Q(payment_state="unpaid"),
                name="order_unpaid",
            ),
            # By channel: each has limits of its own, and asks every minute.
            models.Index(
                fields=["channel", "placed_at", "id"],
                condition=Q(payment_state="unpaid", fulfilment_state__in=["waiting", "reserved"]),
                name="order_to_pay",
            ),
            models.Index(
                fields=["placed_at", "id"],
                condition=~Q(after_sales_state="none"),
                name="order_after_sales",
            ),
            # States that few orders are in: without these a list of them walks the whole table.
            models.Index(
                fields=["placed_at", "id"],
                condition=Q(fulfilment_state="cancelled"),
                name="order_cancelled",
            ),
            # Money of ours that should be somebody else's: few, and asked for every minute.
            models.Index(
                fields=["store"],
                condition=Q(
                    fulfilment_state="cancelled", payment_state__in=["paid", "part_refunded"]
                ),
                name="order_cancelled_paid",
            ),
            models.Index(
                fields=["placed_at", "id"],
                condition=Q(payment_state__in=["part_refunded", "refunded"]),
                name="order_refunded",
            ),
            models.Index(
                fields=["placed_at", "id"],
                condition=Q(is_amount_only=True),
                name="order_amount_only",
            ),
            models.Index(
                fields=["import_session"],
                condition=Q(import_session__isnull=False),
                name="order_import_session",
            ),
            models.Index(
                fields=["placed_at"],
                condition=~Q(sealed_contact=b""),
                name="order_to_clear",
            ),
            models.Index(
                fields=["phone_digest"],
                condition=Q(phone_digest__isnull=False),
                name="order_phone",
            ),
            models.Index(
                fields=["split_from"],
                condition=Q(split_from__isnull=False),
                name="order_split_from",
            ),
        ]
        triggers = [
            # A total is what the customer agreed to: it changes only with a recorded event, and
            # the number never does.
            pgtrigger.ReadOnly(name="identity", fields=["store", "external_number", "created_at"]),
            *recording(
                "currency",
                "total_amount",
                "freight_amount",
                "discount_amount",
                "paid_amount",
                "refunded_amount",
                hidden=["region", "sealed_contact"],
                label="{row}.external_number",
                busy=True,
            ),
        ]

    def __str__(self) -> str:
        return self.external_number

    @property
    def net_amount(self) -> Decimal:
        """What the store keeps: captured less refunded."""
        return self.paid_amount - self.refunded_amount

    @property
    def is_to_ship(self) -> bool:
        """As `to_ship` selects; of a row that was read under its lock."""
        return (
            self.paid_at is not None
            and self.fulfilment_state == self.Fulfilment.RESERVED
            and self.review_state == self.Review.PASSED
        )

    @property
    def root_id(self) -> int:
        """The order that the channel knows."""
        return self.split_from_id or self.pk

    @property
    def contact(self) -> Contact:
        """In clear: for services that have looked at who asks. Raises Unreadable."""
        return contacts.unseal(
            self.sealed_contact, store_id=self.store_id, number=self.external_number
        )

    @contact.setter
    def contact(self, contact: Contact) -> None:
        self.sealed_contact = contacts.seal(
            contact, store_id=self.store_id, number=self.external_number
        )
        self.phone_digest = contacts.phone_digest(contact.phone)

    @property
    def masked_contact(self) -> Contact:
        return contacts.unseal_masked(self.sealed_contact, self.store_id, self.external_number)

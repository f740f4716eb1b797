"""What a business is offered before it orders (ORD-10)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import DecimalField, F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Sku
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User
from orders.models.orders import Order


class QuotationQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        """Offered and neither taken nor replaced by a later version."""
        return self.filter(state=Quotation.State.OPEN)

    def with_amounts(self) -> Self:
        """`amount`, what its lines come to."""
        money = DecimalField(max_digits=20, decimal_places=2)
        amount = Sum(F("lines__quantity") * F("lines__unit_price"), output_field=money)
        return self.annotate(amount=amount)

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class Quotation(models.Model):
    """An offer to a business: so many pieces at such prices, good until a day.

    A version is never edited: the next one has its number and replaces it. Accepted, it is the
    ground of one order.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("a quotation", "open")
        REPLACED = "replaced", _("replaced")
        ACCEPTED = "accepted", _("accepted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="quotations", verbose_name=_("store"), db_index=False
    )
    number = models.CharField(pgettext_lazy("of a paper", "number"), max_length=20)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    customer = models.CharField(
        _("customer"), max_length=200, help_text=_("The company's name, nobody's own.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    valid_until = models.DateField(_("valid until"), help_text=_("The last day it holds."))
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    order = models.OneToOneField(
        Order,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="quotation",
        verbose_name=_("order"),
    )
    quoted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    quoted_at = models.DateTimeField(_("quoted"), default=timezone.now)

    objects = QuotationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("quotation")
        verbose_name_plural = _("quotations")
        default_permissions = ("view", "add")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number", "version"], name="quotation_unique_number_version"
            ),
            models.UniqueConstraint(
                fields=["store", "number"],
                condition=Q(state__in=["open", "accepted"]),
                name="quotation_one_version_counts",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", order__isnull=False)
                | (~Q(state="accepted") & Q(order=None)),
                name="quotation_accepted_by_an_order",
            ),
            models.CheckConstraint(
                condition=~Q(number="") & ~Q(customer="") & Q(version__gte=1),
                name="quotation_names_its_customer",
            ),
        ]
        indexes = [models.Index(fields=["store", "-id"], name="quotation_list")]
        triggers = [
            pgtrigger.Protect(
                name="kept_once_settled",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__df="open"),
            ),
            pgtrigger.ReadOnly(
                name="stays_as_quoted",
                fields=[
                    "store",
                    "number",
                    "version",
                    "customer",
                    "currency",
                    "valid_until",
                    "remark",
                    "quoted_by",
                    "quoted_at",
                ],
            ),
            pgtrigger.FSM(
                name="goes_forward",
                field="state",
                transitions=[
                    ("open", "replaced"),
                    ("open", "accepted"),
                    ("open", "withdrawn"),
                ],
            ),
            *recording("state", "order", label="{row}.number", inserts=True),
        ]

    def __str__(self) -> str:
        return self.number if self.version == 1 else f"{self.number} v{self.version}"

    def is_valid(self, day: date) -> bool:
        return self.state == self.State.OPEN and day <= self.valid_until


class QuotationLineQuerySet(ScopedQuerySet):
    store_field = "quotation__store_id"


class QuotationLine(models.Model):
    """So many pieces of a SKU at such a price. Append-only, held by the database."""

    quotation = models.ForeignKey(
        Quotation, models.CASCADE, related_name="lines", verbose_name=_("quotation"), db_index=False
    )
    position = models.PositiveSmallIntegerField(_("line"))
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    title = models.CharField(_("title"), max_length=200)
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=2)

    objects = QuotationLineQuerySet.as_manager()

    class Meta:
        ordering = ["quotation_id", "position"]
        verbose_name = _("line of a quotation")
        verbose_name_plural = _("lines of quotations")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["quotation", "position"], name="quotation_line_unique_position"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, unit_price__gte=0), name="quotation_line_sound"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price

"""Invoices, and the red invoices that void them (ORD-8)."""

from __future__ import annotations

from typing import Self
from uuid import uuid4

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User
from orders import buyers
from orders.buyers import Buyer
from orders.models.invoice_series import InvoiceSeries
from orders.models.orders import Order


class InvoiceQuerySet(ScopedQuerySet):
    def valid(self) -> Self:
        """Given to a customer and not voided: what counts as invoiced. Red ones are none."""
        return self.filter(state__in=Invoice.VALID, original=None)

    def to_issue(self) -> Self:
        return self.filter(state=Invoice.State.REQUESTED)

    def to_send(self) -> Self:
        return self.filter(state=Invoice.State.ISSUED)

    def without_document(self) -> Self:
        """Numbered, and the paper itself is not made yet."""
        return self.exclude(number="").filter(sha256="", cleared_at=None)

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


# State → the moments that are known in it; `sent_at` may stay with a voided one.
_KNOWN: dict[str, tuple[str, ...]] = {
    "requested": (),
    "issued": ("issued_at",),
    "sent": ("issued_at", "sent_at"),
    "voided": ("issued_at", "ended_at"),
    "declined": ("ended_at",),
}


def _moments_of_states() -> Q:
    fitting = Q()
    for state, known in _KNOWN.items():
        free = ("sent_at",) if state == "voided" else ()
        moments = [each for each in ("issued_at", "sent_at", "ended_at") if each not in free]
        fitting |= Q(state=state, **{f"{each}__isnull": each not in known for each in moments})
    return fitting


def document_path(invoice: Invoice, _filename: str) -> str:
    return f"invoices/{invoice.store_id}/{invoice.reference.hex}"


class Invoice(models.Model):
    """An invoice on an order, from the request to the red one that voids it (ORD-8).

    Only services change it. What it says stays what was asked for; a wrong one is declined or, once
    it has a number, voided and asked for anew. Amounts of a red invoice (`original` is what it
    voids) are negative. `number` is empty until it is issued.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        ISSUED = "issued", pgettext_lazy("an invoice", "issued")
        SENT = "sent", _("sent")
        VOIDED = "voided", _("voided")
        DECLINED = "declined", _("declined")

    class Kind(models.TextChoices):
        ELECTRONIC = "electronic", _("electronic")
        PAPER = "paper", pgettext_lazy("an invoice", "paper")

    class Vat(models.TextChoices):
        NONE = "none", _("without distinction")
        ORDINARY = "ordinary", _("ordinary VAT invoice")
        SPECIAL = "special", _("special VAT invoice")

    VALID = (State.ISSUED, State.SENT)

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="invoices", verbose_name=_("store"), db_index=False
    )
    order = models.ForeignKey(
        Order, models.PROTECT, related_name="invoices", verbose_name=_("order")
    )
    original = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="red",
        verbose_name=_("voids the invoice"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ELECTRONIC)
    vat_kind = models.CharField(_("VAT invoice"), max_length=10, choices=Vat, default=Vat.NONE)
    is_company = models.BooleanField(_("made out to a company"), default=False)
    sealed_buyer = models.BinaryField(_("buyer"), default=b"")
    cleared_at = models.DateTimeField(_("buyer cleared"), null=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2)
    tax = models.DecimalField(_("tax"), max_digits=14, decimal_places=2)
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2)
    series = models.ForeignKey(
        InvoiceSeries,
        models.PROTECT,
        null=True,
        related_name="invoices",
        verbose_name=_("series"),
        db_index=False,
    )
    position = models.PositiveBigIntegerField(null=True, editable=False)
    number = models.CharField(pgettext_lazy("of a paper", "number"), max_length=40, blank=True)
    requested_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
        db_index=False,
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    issued_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("issued by"),
        db_index=False,
    )
    issued_at = models.DateTimeField(_("issued"), null=True)
    sent_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
        db_index=False,
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    waybill = models.CharField(_("waybill"), max_length=80, blank=True)
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
        db_index=False,
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    document = models.FileField(
        _("document"), upload_to=document_path, max_length=200, blank=True, editable=False
    )
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        default_permissions = ("view",)
        permissions = [
            ("request_invoice", "Can ask for invoices"),
            ("issue_invoice", "Can issue, send and decline invoices"),
            ("void_invoice", "Can void invoices with a red one"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=_moments_of_states(), name="invoice_moments_fit_state"
            ),
            models.CheckConstraint(
                condition=Q(number="", series=None, position=None, issued_at=None)
                | (
                    ~Q(number="")
                    & Q(series__isnull=False, position__gte=1, issued_at__isnull=False)
                ),
                name="invoice_numbered_when_issued",
            ),
            models.UniqueConstraint(
                fields=["series", "position"], name="invoice_unique_series_position"
            ),
            models.UniqueConstraint(
                fields=["store", "number"],
                condition=~Q(number=""),
                name="invoice_unique_store_number",
            ),
            models.CheckConstraint(
                condition=Q(gross=F("net") + F("tax")), name="invoice_gross_is_net_and_tax"
            ),
            models.CheckConstraint(
                condition=Q(original=None, gross__gt=0, net__gt=0, tax__gte=0)
                | Q(original__isnull=False, gross__lt=0, net__lt=0, tax__lte=0),
                name="invoice_red_is_negative",
            ),
            models.CheckConstraint(
                condition=Q(original=None) | Q(state__in=["issued", "sent"]),
                name="invoice_red_is_issued",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "issued", "sent"]) | ~Q(reason=""),
                name="invoice_ended_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(vat_kind="special") | Q(is_company=True),
                name="invoice_special_for_companies",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at=None) | Q(sealed_buyer=b"", document=""),
                name="invoice_cleared_names_nobody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "requested_at"],
                condition=Q(state="requested"),
                name="invoice_to_issue",
            ),
            models.Index(fields=["store", "-id"], name="invoice_list"),
            models.Index(OpClass(Upper("number"), "text_pattern_ops"), name="invoice_prefix"),
            models.Index(
                fields=["id"],
                condition=Q(sha256="", cleared_at=None) & ~Q(number=""),
                name="invoice_without_document",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="kept_once_numbered",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__number__gt=""),
            ),
            pgtrigger.ReadOnly(
                name="stays_what_was_asked",
                fields=[
                    "reference",
                    "store",
                    "order",
                    "original",
                    "currency",
                    "net",
                    "tax",
                    "gross",
                    "requested_by",
                    "requested_at",
                ],
            ),
            pgtrigger.FSM(
                name="goes_forward",
                field="state",
                transitions=[
                    ("requested", "issued"),
                    ("requested", "declined"),
                    ("issued", "sent"),
                    ("issued", "voided"),
                    ("sent", "voided"),
                ],
            ),
            pgtrigger.Trigger(
                name="stays_what_was_issued",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__number__gt=""),
                func="""
                    IF (NEW.number, NEW.series_id, NEW.position, NEW.issued_at, NEW.issued_by_id,
                        NEW.kind, NEW.vat_kind, NEW.is_company)
                       IS DISTINCT FROM
                       (OLD.number, OLD.series_id, OLD.position, OLD.issued_at, OLD.issued_by_id,
                        OLD.kind, OLD.vat_kind, OLD.is_company)
                       OR (OLD.sha256 <> '' AND NEW.sha256 <> OLD.sha256)
                       OR (OLD.sha256 <> '' AND NEW.document <> OLD.document
                           AND NEW.cleared_at IS NULL)
                       OR (OLD.cleared_at IS NOT NULL AND NEW.cleared_at IS DISTINCT FROM
                           OLD.cleared_at)
                    THEN
                        RAISE EXCEPTION 'An invoice stays as it was issued.'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_stays_as_issued';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # More is never invoiced than what the order was paid, less what went back: asked for in
            # all, or issued. The order's lock makes two at once come one after the other.
            pgtrigger.Trigger(
                name="within_paid",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(
                    new__original__isnull=True, new__state__in=["requested", "issued", "sent"]
                ),
                declare=[("kept", "numeric"), ("taken", "numeric")],
                func="""
                    IF TG_OP = 'UPDATE' THEN
                        IF NEW.state = OLD.state OR OLD.state <> 'requested' THEN
                            RETURN NEW;
                        END IF;
                    END IF;
                    SELECT paid_amount - refunded_amount INTO kept FROM orders_order
                    WHERE id = NEW.order_id AND store_id = NEW.store_id
                      AND currency = NEW.currency
                    FOR NO KEY UPDATE;
                    SELECT coalesce(sum(gross), 0) INTO taken FROM orders_invoice
                    WHERE order_id = NEW.order_id AND id <> NEW.id AND original_id IS NULL
                      AND (state IN ('issued', 'sent')
                           OR (NEW.state = 'requested' AND state = 'requested'));
                    IF kept IS NULL OR taken + NEW.gross > kept THEN
                        RAISE EXCEPTION 'More would be invoiced than was paid.'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_within_paid';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "state",
                "kind",
                "vat_kind",
                "number",
                "waybill",
                "reason",
                "gross",
                "sha256",
                hidden=["sealed_buyer"],
                label="CASE {row}.number WHEN '' THEN '#' || {row}.id ELSE {row}.number END",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def is_red(self) -> bool:
        return self.original_id is not None

    @property
    def buyer(self) -> Buyer:
        """In clear: for who makes or sends the invoice. Raises Unreadable."""
        return buyers.unseal(self.sealed_buyer, reference=self.reference.hex)

    @buyer.setter
    def buyer(self, buyer: Buyer) -> None:
        self.sealed_buyer = buyers.seal(buyer, reference=self.reference.hex)

    @property
    def masked_buyer(self) -> Buyer:
        return buyers.unseal_masked(
            self.sealed_buyer, reference=self.reference.hex, is_company=self.is_company
        )

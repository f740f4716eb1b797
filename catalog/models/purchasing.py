"""Goods that are ordered from suppliers, until they are in (CAT-8)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import DecimalField, F, Func, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from catalog.models.suppliers import Supplier
from catalog.models.warehouses import Warehouse, WarehouseQuerySet
from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Store, User


class PurchaseState(models.TextChoices):
    """How far a purchase order has come. Goods are on order from `approved` to `partly`."""

    DRAFT = "draft", _("draft")
    PENDING = "pending", _("waits for approval")
    APPROVED = "approved", _("approved")
    SENT = "sent", _("sent to the supplier")
    PARTLY = "partly", _("partly received")
    RECEIVED = "received", _("received")
    CLOSED = "closed", _("closed")
    SHORT = "short", _("closed short")
    CANCELLED = "cancelled", _("cancelled")


ON_ORDER = (PurchaseState.APPROVED, PurchaseState.SENT, PurchaseState.PARTLY)
EXPECTED = (PurchaseState.SENT, PurchaseState.PARTLY)
CANCELLABLE = (
    PurchaseState.DRAFT,
    PurchaseState.PENDING,
    PurchaseState.APPROVED,
    PurchaseState.SENT,
)

_SENT = ("asked_at", "approved_at", "sent_at", "expected_on")
# State → the moments that are known in it; none of the others is.
_KNOWN: dict[str, tuple[str, ...]] = {
    PurchaseState.DRAFT: (),
    PurchaseState.PENDING: ("asked_at",),
    PurchaseState.APPROVED: ("asked_at", "approved_at"),
    PurchaseState.SENT: _SENT,
    PurchaseState.PARTLY: _SENT,
    PurchaseState.RECEIVED: (*_SENT, "received_at"),
    PurchaseState.CLOSED: (*_SENT, "received_at", "ended_at"),
    PurchaseState.SHORT: (*_SENT, "ended_at"),
}
_MOMENTS = ("asked_at", "approved_at", "sent_at", "expected_on", "received_at", "ended_at")


def _moments_of_states() -> Q:
    """A cancelled order keeps the moments it had come to."""
    fitting = Q(state=PurchaseState.CANCELLED, received_at=None, ended_at__isnull=False)
    for state, known in _KNOWN.items():
        moments = {f"{moment}__isnull": moment not in known for moment in _MOMENTS}
        fitting |= Q(state=state, **moments)
    return fitting


def _refused(name: str, words: str) -> str:
    """SQL that refuses the row as a broken CHECK of this name does."""
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"


class PurchaseOrderQuerySet(WarehouseQuerySet):
    warehouse_field = "warehouse_id"

    def drafts(self) -> Self:
        """To be worked on: also those whose request was refused."""
        refused = Q(state=PurchaseState.PENDING) & ~Q(approval__state__in=Approval.OPEN)
        return self.filter(Q(state=PurchaseState.DRAFT) | refused)

    def to_approve(self) -> Self:
        return self.filter(state=PurchaseState.PENDING, approval__state__in=Approval.OPEN)

    def on_the_way(self) -> Self:
        """Sent to the supplier, and not all in."""
        return self.filter(state__in=EXPECTED)

    def overdue(self, at: datetime) -> Self:
        """Expected before today, as each store's calendar has it."""
        here = Func(
            F("store__timezone"),
            Cast(Value(at), models.DateTimeField()),
            function="timezone",
            output_field=models.DateTimeField(),
        )
        return self.on_the_way().filter(expected_on__lt=Cast(here, models.DateField()))

    def with_amounts(self) -> Self:
        """`amount`, what its lines cost."""
        lines = PurchaseLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
        total = lines.annotate(n=Sum(F("quantity") * F("cost"))).values("n")
        decimals = DecimalField(max_digits=20, decimal_places=2)
        return self.annotate(amount=Subquery(total, output_field=decimals))

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class PurchaseOrder(models.Model):
    """Goods ordered from a supplier for a warehouse (CAT-8). Only services change it.

    A request that was refused leaves it `pending` until it is taken back (see `is_draft`).
    `expected_reason` says why the expected day was moved, `version` counts the edits of the draft.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="purchase_orders", verbose_name=_("store")
    )
    number = models.CharField(_("number"), max_length=20)
    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="purchase_orders", verbose_name=_("supplier")
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="purchase_orders", verbose_name=_("warehouse")
    )
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(
        _("state"), max_length=10, choices=PurchaseState, default=PurchaseState.DRAFT
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    filed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("filed by"), db_index=False
    )
    filed_at = models.DateTimeField(_("filed"), default=timezone.now)
    edited_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("edited by"),
        db_index=False,
    )
    approval = models.OneToOneField(
        Approval, models.PROTECT, null=True, related_name="+", verbose_name=_("approval")
    )
    asked_at = models.DateTimeField(_("asked for"), null=True)
    approved_at = models.DateTimeField(_("approved"), null=True)
    sent_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
        db_index=False,
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    expected_on = models.DateField(_("expected on"), null=True)
    expected_reason = models.CharField(_("why it was moved"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"), null=True)
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
        db_index=False,
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_reason = models.CharField(_("why it ended"), max_length=200, blank=True)

    objects = PurchaseOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        default_permissions = ("view",)
        permissions = [
            ("order_goods", "Can order goods from suppliers"),
            ("approve_purchase", "Can decide on purchase orders"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "number"], name="purchase_order_unique_store_number"
            ),
            models.CheckConstraint(
                condition=_moments_of_states(), name="purchase_order_moments_fit_state"
            ),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(approval__isnull=False),
                name="purchase_order_asked_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None, sent_by=None)
                | Q(sent_at__isnull=False, sent_by__isnull=False),
                name="purchase_order_sent_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, ended_reason="")
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="purchase_order_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["short", "cancelled"]) | ~Q(ended_reason=""),
                name="purchase_order_given_up_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expected_on", "id"],
                condition=Q(state__in=["sent", "partly"]),
                name="purchase_order_expected",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="kept_once_asked",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__df="draft"),
            ),
            pgtrigger.ReadOnly(
                name="stays_what_it_is",
                fields=["store", "number", "currency", "filed_by", "filed_at"],
            ),
            pgtrigger.Trigger(
                name="of_one_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("supplier_id", "warehouse_id"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT FROM catalog_supplier s, catalog_warehouse w
                        WHERE s.id = NEW.supplier_id AND w.id = NEW.warehouse_id
                          AND s.store_id = NEW.store_id AND w.store_id = NEW.store_id
                    ) THEN
                        {
                    _refused(
                        "purchase_order_of_one_store",
                        "A purchase order names a supplier and a warehouse of its own store.",
                    )
                }
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "supplier",
                "warehouse",
                "state",
                "reason",
                "version",
                "expected_on",
                "expected_reason",
                "ended_reason",
                label="{row}.number",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_draft(self) -> bool:
        """Whether it can be edited without stopping a request. Reads its approval."""
        if self.state == PurchaseState.PENDING:
            return self.approval is not None and self.approval.state not in Approval.OPEN
        return self.state == PurchaseState.DRAFT


class PurchaseLineQuerySet(WarehouseQuerySet):
    store_field = "order__store_id"
    warehouse_field = "order__warehouse_id"

    def on_order(self) -> Self:
        """Agreed to, and not all in."""
        return self.filter(order__state__in=ON_ORDER, received__lt=F("quantity"))

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("sku_id")


_ONLY_IN_A_DRAFT = f"""
    IF EXISTS (
        SELECT FROM catalog_purchaseorder o
        WHERE o.id = {{row}}.order_id AND o.state <> 'draft'
    ) THEN
        {_refused("purchase_line_frozen", "What was asked for stays as it was asked for.")}
    END IF;
    RETURN {{row}};
"""


class PurchaseLine(models.Model):
    """So many pieces of a SKU, at such a cost. Once asked for, only what came in changes.

    `most` is what may be received: the quantity, and what the store takes beyond it.
    """

    order = models.ForeignKey(
        PurchaseOrder,
        models.CASCADE,
        related_name="lines",
        verbose_name=_("purchase order"),
        db_index=False,
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="purchase_lines", verbose_name=_("SKU")
    )
    quantity = models.PositiveIntegerField(_("ordered"))
    cost = models.DecimalField(_("cost of a piece"), max_digits=12, decimal_places=2)
    received = models.PositiveIntegerField(_("received"), default=0)
    most = models.PositiveIntegerField(_("may be received"))

    objects = PurchaseLineQuerySet.as_manager()

    class Meta:
        ordering = ["order_id", "sku_id"]
        verbose_name = _("line of a purchase order")
        verbose_name_plural = _("lines of purchase orders")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["order", "sku"], name="purchase_line_unique_sku"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="purchase_line_orders_something"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="purchase_line_cost_sound"),
            models.CheckConstraint(
                condition=Q(most__gte=F("quantity")) & Q(received__lte=F("most")),
                name="purchase_line_received_within_bounds",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="of_the_orders_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("sku_id", "order_id"),
                func=f"""
                    IF NOT EXISTS (
                        SELECT FROM catalog_sku k, catalog_purchaseorder o
                        WHERE k.id = NEW.sku_id AND o.id = NEW.order_id
                          AND k.store_id = o.store_id
                    ) THEN
                        {
                    _refused(
                        "purchase_line_of_one_store",
                        "A purchase order has SKUs of its own store only.",
                    )
                }
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="frozen_once_asked",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_ONLY_IN_A_DRAFT.format(row="NEW"),
            ),
            pgtrigger.Trigger(
                name="frozen_once_asked_for",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("order_id", "sku_id", "quantity", "cost"),
                condition=pgtrigger.AnyChange("order", "sku", "quantity", "cost"),
                func=_ONLY_IN_A_DRAFT.format(row="NEW"),
            ),
            pgtrigger.Trigger(
                name="kept_once_asked",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=_ONLY_IN_A_DRAFT.format(row="OLD"),
            ),
            *recording(
                "sku",
                "quantity",
                "cost",
                "received",
                label="(SELECT o.number FROM catalog_purchaseorder o WHERE o.id = {row}.order_id)"
                " || ' · ' || (SELECT k.code FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                store="(SELECT k.store_id FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.cost

    @property
    def missing(self) -> int:
        """Pieces that were ordered and have not come."""
        return max(self.quantity - self.received, 0)

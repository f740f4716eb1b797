"""What suppliers delivered: a delivery note, and how many pieces of it were good (CAT-8)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from catalog.models.purchasing import PurchaseLine, PurchaseOrder
from catalog.models.warehouses import WarehouseQuerySet
from opsdesk.stores.models import User


class PurchaseReceiptQuerySet(WarehouseQuerySet):
    store_field = "order__store_id"
    warehouse_field = "order__warehouse_id"


class PurchaseReceipt(models.Model):
    """One delivery note of the supplier was booked. The database knows each note once.

    Append-only: pieces that were booked wrongly are corrected in stock, like all others.
    """

    order = models.ForeignKey(
        PurchaseOrder,
        models.PROTECT,
        related_name="receipts",
        verbose_name=_("purchase order"),
        db_index=False,
    )
    delivery_note = models.CharField(_("delivery note"), max_length=60)
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    received_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("received by"), db_index=False
    )
    received_at = models.DateTimeField(_("received"))

    objects = PurchaseReceiptQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("receipt of goods")
        verbose_name_plural = _("receipts of goods")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "order", Upper("delivery_note"), name="purchase_receipt_note_once"
            ),
            models.CheckConstraint(
                condition=~Q(delivery_note=""), name="purchase_receipt_names_note"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.delivery_note


class PurchaseReceiptLineQuerySet(WarehouseQuerySet):
    store_field = "receipt__order__store_id"
    warehouse_field = "receipt__order__warehouse_id"


class PurchaseReceiptLine(models.Model):
    """So many pieces of a line came in good, and so many damaged. Append-only."""

    receipt = models.ForeignKey(
        PurchaseReceipt,
        models.PROTECT,
        related_name="lines",
        verbose_name=_("receipt of goods"),
        db_index=False,
    )
    line = models.ForeignKey(
        PurchaseLine, models.PROTECT, related_name="receipt_lines", verbose_name=_("line")
    )
    good = models.PositiveIntegerField(_("good"))
    damaged = models.PositiveIntegerField(_("damaged"), default=0)

    objects = PurchaseReceiptLineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("line of a receipt")
        verbose_name_plural = _("lines of receipts")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["receipt", "line"], name="purchase_receipt_line_once"),
            models.CheckConstraint(
                condition=Q(good__gte=1) | Q(damaged__gte=1),
                name="purchase_receipt_line_has_pieces",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="of_the_receipts_order",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM catalog_purchasereceipt r, catalog_purchaseline l
                        WHERE r.id = NEW.receipt_id AND l.id = NEW.line_id
                          AND r.order_id = l.order_id
                    ) THEN
                        RAISE EXCEPTION 'A receipt has lines of its own order only.'
                            USING ERRCODE = 'check_violation',
                                  CONSTRAINT = 'purchase_receipt_line_of_its_order';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.good} + {self.damaged} × {self.line.sku}"

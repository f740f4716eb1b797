from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from catalog.models.warehouses import Warehouse
from opsdesk.stores.models import ScopedQuerySet, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class TransferQuerySet(ScopedQuerySet):
    store_field = "source__store_id"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that leave or reach a warehouse the person works in."""
        theirs = Warehouse.objects.visible_to(user).values("pk")
        return super().visible_to(user).filter(Q(source__in=theirs) | Q(target__in=theirs))

    def under_way(self) -> Self:
        return self.filter(state=Transfer.State.SENT)


class Transfer(models.Model):
    """Goods on their way from one warehouse of the store to another (CAT-7).

    What left is no longer in the source's stock and not yet in the target's: it is here. Cancelled
    before it was received, it is in the source's stock again.
    """

    class State(models.TextChoices):
        SENT = "sent", _("under way")
        RECEIVED = "received", _("received")
        CANCELLED = "cancelled", _("cancelled")

    source = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="transfers_out", verbose_name=_("from warehouse")
    )
    target = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="transfers_in", verbose_name=_("to warehouse")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SENT)
    note = models.CharField(_("note"), max_length=200, blank=True)
    sent_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("sent by"), db_index=False
    )
    sent_at = models.DateTimeField(_("sent"))
    received_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("received by"),
        db_index=False,
    )
    received_at = models.DateTimeField(_("received"), null=True)
    cancelled_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("cancelled by"),
        db_index=False,
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancelled_because = models.CharField(
        _("why it was cancelled"), max_length=200, blank=True, db_default=""
    )

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="transfer_between_two_warehouses"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", received_at=None, cancelled_at=None)
                | Q(state="received", received_at__isnull=False, cancelled_at=None)
                | Q(state="cancelled", received_at=None, cancelled_at__isnull=False),
                name="transfer_ends_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled", cancelled_because=""),
                name="transfer_cancelled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


class TransferLineQuerySet(ScopedQuerySet):
    store_field = "sku__store_id"


class TransferLine(models.Model):
    """So many pieces of a SKU were sent, and so many arrived."""

    transfer = models.ForeignKey(
        Transfer, models.CASCADE, related_name="lines", verbose_name=_("transfer")
    )
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"))
    sent = models.PositiveIntegerField(_("sent"))
    received = models.PositiveIntegerField(_("received"), null=True)

    objects = TransferLineQuerySet.as_manager()

    class Meta:
        ordering = ["transfer_id", "sku_id"]
        verbose_name = _("line of a transfer")
        verbose_name_plural = _("lines of transfers")
        constraints = [
            models.UniqueConstraint(fields=["transfer", "sku"], name="transfer_line_unique_sku"),
            models.CheckConstraint(condition=Q(sent__gt=0), name="transfer_line_sends_something"),
            models.CheckConstraint(
                condition=Q(received=None) | Q(received__lte=F("sent")),
                name="transfer_line_receives_what_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent} × {self.sku}"

    @property
    def missing(self) -> int:
        return self.sent - self.received if self.received is not None else 0

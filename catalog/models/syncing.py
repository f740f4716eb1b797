from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import Sku
from catalog.models.warehouses import Warehouse, WarehouseQuerySet
from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, User


class StockDifferenceQuerySet(WarehouseQuerySet):
    store_field = "sku__store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        return self.filter(state=StockDifference.State.OPEN)


class StockDifference(models.Model):
    """Another system says a SKU's stock is not what we have on record (CAT-16).

    Both figures are pieces that are free to sell, at the moment the statement speaks of. An open
    one is told anew by each statement; one that agrees closes it.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("theirs was accepted")
        KEPT = "kept", _("ours was kept")
        IGNORED = "ignored", _("ignored")
        GONE = "gone", _("gone by itself")

    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse")
    )
    source = models.CharField(pgettext_lazy("of data", "source"), max_length=60)
    ours = models.IntegerField(_("ours"))
    theirs = models.IntegerField(_("theirs"))
    at = models.DateTimeField(_("as of"))
    opened_at = models.DateTimeField(_("opened"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    note = models.CharField(_("note"), max_length=200, blank=True)
    approval = models.ForeignKey(
        Approval, models.PROTECT, null=True, related_name="+", verbose_name=_("request")
    )
    settled_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("settled by"),
        db_index=False,
    )
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects = StockDifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock difference")
        verbose_name_plural = _("stock differences")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse", "source"],
                condition=Q(state="open"),
                name="stock_difference_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None)
                | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="stock_difference_settled_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state="ignored") | ~Q(note=""),
                name="stock_difference_ignored_with_a_note",
            ),
        ]
        indexes = [
            models.Index(
                fields=["opened_at"], condition=Q(state="open"), name="stock_difference_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} @ {self.warehouse}: {self.ours} / {self.theirs}"

    @property
    def pieces(self) -> int:
        """What accepting theirs would correct by."""
        return self.theirs - self.ours


class ChannelShareQuerySet(ScopedQuerySet):
    store_field = "channel__store_id"


class ChannelShare(models.Model):
    """How much of the stock a channel may offer: a share of it, less pieces kept back (CAT-16).

    Without a SKU it holds for every SKU that has none of its own on this channel.
    """

    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="stock_shares", verbose_name=_("channel")
    )
    sku = models.ForeignKey(
        Sku,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("SKU"),
        help_text=_("Empty: every SKU without a share of its own."),
    )
    percent = models.PositiveSmallIntegerField(_("share in percent"), default=100)
    kept_back = models.PositiveIntegerField(_("pieces kept back"), default=0)

    objects = ChannelShareQuerySet.as_manager()

    class Meta:
        ordering = ["channel_id", "pk"]
        verbose_name = _("channel's share of stock")
        verbose_name_plural = _("channels' shares of stock")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "sku"],
                nulls_distinct=False,
                name="channel_share_unique_channel_sku",
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=100), name="channel_share_at_most_everything"
            ),
        ]
        triggers = recording(
            "percent",
            "kept_back",
            label="(SELECT c.code FROM stores_channel c WHERE c.id = {row}.channel_id)",
            store="(SELECT c.store_id FROM stores_channel c WHERE c.id = {row}.channel_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.channel} · {self.sku or _('all SKUs')}"

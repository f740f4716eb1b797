from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import Sku
from catalog.models.warehouses import Warehouse, WarehouseQuerySet
from opsdesk.stores.models import User


class CountSessionQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        return self.filter(state=CountSession.State.OPEN)


class CountSession(models.Model):
    """A stock-take (盘点): SKUs of one warehouse, counted without seeing what is on record.

    It stays open while finance looks at it: what is counted anew voids the request.
    """

    class State(models.TextChoices):
        OPEN = "open", _("being counted")
        POSTED = "posted", _("posted")
        ABANDONED = "abandoned", _("abandoned")

    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="count_sessions", verbose_name=_("warehouse")
    )
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("SKU codes that begin with"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    opened_at = models.DateTimeField(_("opened"))
    closed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("closed by"),
        db_index=False,
    )
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = CountSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock-take")
        verbose_name_plural = _("stock-takes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="count_session_closed_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CountLineQuerySet(WarehouseQuerySet):
    store_field = "sku__store_id"
    warehouse_field = "warehouse_id"

    def counted(self) -> Self:
        return self.filter(counted__isnull=False)

    def varying(self) -> Self:
        """Counted, and not what was on record at that moment."""
        return self.counted().exclude(counted=F("book"))


class CountLine(models.Model):
    """One SKU of a stock-take: the last count of it, and what was on record at that moment.

    Pieces on the shelf: available and reserved ones. What moves after `counted_at` concerns
    neither, so posting corrects by `counted` − `book`, whatever was sold meanwhile.
    """

    session = models.ForeignKey(
        CountSession, models.CASCADE, related_name="lines", verbose_name=_("stock-take")
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    is_open = models.BooleanField(pgettext_lazy("a stock-take", "open"), default=True)
    counted = models.IntegerField(_("counted"), null=True)
    book = models.IntegerField(_("on record when counted"), null=True)
    counted_at = models.DateTimeField(_("counted at"), null=True)
    wants_recount = models.BooleanField(_("to be counted again"), default=False)

    objects = CountLineQuerySet.as_manager()

    class Meta:
        ordering = ["session_id", "sku_id"]
        verbose_name = _("line of a stock-take")
        verbose_name_plural = _("lines of stock-takes")
        constraints = [
            models.UniqueConstraint(fields=["session", "sku"], name="count_line_unique_sku"),
            # Two open counts of one place would each correct the same loss.
            models.UniqueConstraint(
                fields=["sku", "warehouse"],
                condition=Q(is_open=True),
                name="count_line_one_open_per_place",
            ),
            models.CheckConstraint(
                condition=Q(counted=None) | Q(counted__gte=0), name="count_line_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(counted=None, book=None, counted_at=None)
                | Q(counted__isnull=False, book__isnull=False, counted_at__isnull=False),
                name="count_line_counted_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.session}"

    @property
    def variance(self) -> int | None:
        """Pieces too many (above zero) or missing (below); None before it is counted."""
        if self.counted is None or self.book is None:
            return None
        return self.counted - self.book


class CountEntryQuerySet(WarehouseQuerySet):
    store_field = "line__sku__store_id"
    warehouse_field = "line__warehouse_id"


class CountEntry(models.Model):
    """One count of a line, by whom and when. Append-only; the last one stands on the line."""

    line = models.ForeignKey(
        CountLine, models.CASCADE, related_name="entries", verbose_name=_("line")
    )
    quantity = models.IntegerField(_("counted"))
    book = models.IntegerField(_("on record when counted"))
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )

    objects = CountEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="count_entry_not_negative"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line}"

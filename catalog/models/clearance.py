from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.cover import ENDLESS
from catalog.models.prices import PriceChangeLine
from catalog.models.products import Sku
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User

if TYPE_CHECKING:
    from datetime import datetime


class SlowStockQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def closed(self) -> Self:
        return self.filter(closed_at__isnull=False)

    def of_finding(self, finding: str) -> Self:
        """What is so now."""
        return self.open().filter(finding=finding)

    def planned(self) -> Self:
        """Something is being done about the SKU: a measure, or another price."""
        return self.open().filter(self._dealt_with())

    def unplanned(self) -> Self:
        return self.open().filter(~self._dealt_with())

    @staticmethod
    def _dealt_with() -> Q:
        states = PriceChangeLine.State
        plans = ClearancePlan.objects.open().filter(sku=OuterRef("sku"))
        prices = PriceChangeLine.objects.filter(
            sku=OuterRef("sku"), state__in=[states.ASKED, states.PLANNED]
        )
        return Q(Exists(plans)) | Q(Exists(prices))


class SlowStock(models.Model):
    """A SKU that sells too slowly, or of which there is too much (CAT-9, CAT-10).

    Only `catalog.services.slow_stock` writes it: opened, told anew every night and closed as soon
    as it is no longer so. What is closed stays as it was told last.
    """

    class Finding(models.TextChoices):
        SLOW = "slow", _("slow mover")
        LOW_SELL_THROUGH = "low_sell_through", _("low sell-through")
        OVERSTOCK = "overstock", _("overstock")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="slow_stock", verbose_name=_("SKU"))
    finding = models.CharField(_("finding"), max_length=20, choices=Finding)
    since = models.DateField(_("since"))
    pieces = models.PositiveIntegerField(_("pieces"))
    cost = models.DecimalField(_("cost of a piece"), max_digits=12, decimal_places=2, null=True)
    value = models.DecimalField(
        _("money tied up"),
        max_digits=16,
        decimal_places=2,
        help_text=_("The pieces at cost; nothing where the cost is not known."),
    )
    sold = models.PositiveIntegerField(_("sold in the month"))
    sell_through = models.DecimalField(_("sell-through in percent"), max_digits=5, decimal_places=2)
    average = models.DecimalField(_("average daily sales"), max_digits=12, decimal_places=3)
    turnover_days = models.DecimalField(_("turnover days"), max_digits=6, decimal_places=1)
    computed_at = models.DateTimeField(_("computed"))
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = SlowStockQuerySet.as_manager()

    class Meta:
        verbose_name = _("slow or overstocked SKU")
        verbose_name_plural = _("slow and overstocked")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "finding"],
                condition=Q(closed_at=None),
                name="slow_stock_one_open_per_finding",
            ),
            models.CheckConstraint(
                condition=Q(value=F("pieces") * Coalesce(F("cost"), 0)),
                name="slow_stock_value_at_cost",
            ),
            models.CheckConstraint(
                condition=Q(turnover_days__gte=0, turnover_days__lte=ENDLESS),
                name="slow_stock_turnover_known",
            ),
            models.CheckConstraint(
                condition=Q(sell_through__gte=0, sell_through__lte=100),
                name="slow_stock_sell_through_is_a_share",
            ),
        ]
        indexes = [
            models.Index(fields=["value", "id"], name="slow_stock_tied_up"),
            models.Index(
                fields=["finding", "value", "id"],
                condition=Q(closed_at=None),
                name="slow_stock_open_tied_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.get_finding_display()}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class ClearancePlanQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(state=ClearancePlan.State.OPEN)


class ClearancePlan(models.Model):
    """Somebody does something about a SKU that doesn't sell, by a day (CAT-9, CAT-10).

    A clock says by when. What there was when it was planned stays on it, so that its effect shows.
    """

    class Measure(models.TextChoices):
        BUNDLE = "bundle", _("bundle")
        NTH_PIECE = "nth_piece", _("second piece cheaper")
        OFF_SITE = "off_site", _("off-site clearance")
        RETURN = "return", _("return to the supplier")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("a plan", "open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="clearance_plans", verbose_name=_("SKU")
    )
    row = models.ForeignKey(
        SlowStock,
        models.PROTECT,
        related_name="plans",
        verbose_name=_("finding"),
        db_index=False,
    )
    measure = models.CharField(_("measure"), max_length=12, choices=Measure)
    owner = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    pieces_then = models.PositiveIntegerField(_("pieces then"))
    value_then = models.DecimalField(_("money tied up then"), max_digits=16, decimal_places=2)
    planned_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("planned by"), db_index=False
    )
    planned_at = models.DateTimeField(_("planned"))
    result = models.CharField(_("result"), max_length=300, blank=True)
    ended_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("ended by"),
        db_index=False,
    )
    done_at = models.DateTimeField(_("done"), null=True)
    dropped_at = models.DateTimeField(_("dropped"), null=True)

    objects = ClearancePlanQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("clearance plan")
        verbose_name_plural = _("clearance plans")
        default_permissions = ("add", "view")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "measure"],
                condition=Q(state="open"),
                name="clearance_plan_one_open_per_measure",
            ),
            models.CheckConstraint(
                condition=Q(state="open", done_at=None, dropped_at=None, ended_by=None)
                | Q(state="done", done_at__isnull=False, dropped_at=None, ended_by__isnull=False)
                | Q(
                    state="dropped", done_at=None, dropped_at__isnull=False, ended_by__isnull=False
                ),
                name="clearance_plan_ended_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(result=""), name="clearance_plan_ended_with_a_result"
            ),
        ]
        triggers = recording(
            "measure",
            "owner",
            "state",
            "result",
            label="(SELECT k.code FROM catalog_sku k WHERE k.id = {row}.sku_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.get_measure_display()} · {self.sku}"

    @property
    def ended_at(self) -> datetime | None:
        return self.done_at or self.dropped_at

"""Pick lists: one walk of one person through the bins (FUL-1)."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Sku
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.bins import Bin, Zone
from fulfillment.models.waves import Wave, WaveOrder
from fulfillment.numbers import pk_in
from opsdesk.stores.models import User
from orders.models import OrderLine


class PickQuerySet(WarehouseQuerySet):
    store_field = "wave__warehouse__store_id"
    warehouse_field = "wave__warehouse_id"

    def at_work(self) -> Self:
        """Of waves that are released, and not at their end."""
        return self.filter(state__in=Pick.OPEN, wave__state__in=Wave.AT_WORK)

    def to_take(self) -> Self:
        """Nobody has them yet."""
        return self.filter(state=Pick.State.OPEN, wave__state__in=Wave.AT_WORK)

    def numbered(self, text: str) -> Self:
        """The pick list with this number, as it is printed: none for anything else."""
        pk = pk_in(text, "K")
        return self.filter(pk=pk) if pk else self.none()

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class Pick(models.Model):
    """A pick list (拣货单): what one person fetches in one walk, of all zones or of one."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("a pick list", "open")
        ASSIGNED = "assigned", _("assigned")
        PICKING = "picking", _("being picked")
        DONE = "done", _("picked")
        SHORT = "short", _("picked, goods are missing")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = ("open", "assigned", "picking")
    ENDED = ("done", "short", "cancelled")

    wave = models.ForeignKey(Wave, models.PROTECT, related_name="picks", verbose_name=_("wave"))
    zone = models.ForeignKey(
        Zone,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("zone"),
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="picks", verbose_name=_("picker")
    )
    assigned_at = models.DateTimeField(_("assigned at"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = PickQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("pick list")
        verbose_name_plural = _("pick lists")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["assigned", "picking"], assigned_to__isnull=False)
                | ~Q(state__in=["assigned", "picking"]),
                name="pick_at_work_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(state="open", assigned_to=None) | ~Q(state="open"),
                name="pick_open_is_nobodys",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "short", "cancelled"], ended_at__isnull=False)
                | (~Q(state__in=["done", "short", "cancelled"]) & Q(ended_at=None)),
                name="pick_ended_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Printed and scanned as Code 128."""
        return f"K{self.pk:09d}" if self.pk else "K"


class PickLineQuerySet(WarehouseQuerySet):
    store_field = "pick__wave__warehouse__store_id"
    warehouse_field = "pick__wave__warehouse_id"

    def open(self) -> Self:
        return self.filter(state=PickLine.State.OPEN)

    def in_walking_order(self) -> Self:
        return self.order_by("position", "pk")

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class PickLine(models.Model):
    """So many pieces of a SKU are to be fetched from a bin for an order.

    Without a bin the pieces were not put away when the wave was planned. Lines of one bin and SKU
    stand beside each other in the walk and share their `position`.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("a line of a pick list", "open")
        PICKED = "picked", _("picked")
        SHORT = "short", _("short")
        DROPPED = "dropped", _("not wanted any more")

    pick = models.ForeignKey(
        Pick, models.PROTECT, related_name="lines", verbose_name=_("pick list"), db_index=False
    )
    wave_order = models.ForeignKey(
        WaveOrder, models.PROTECT, related_name="lines", verbose_name=_("order")
    )
    line = models.ForeignKey(
        OrderLine, models.CASCADE, related_name="pick_lines", verbose_name=_("order line")
    )
    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"), db_index=False
    )
    bin = models.ForeignKey(
        Bin, models.PROTECT, null=True, related_name="+", verbose_name=_("bin"), db_index=False
    )
    wanted = models.PositiveIntegerField(_("pieces"))
    picked = models.PositiveIntegerField(_("picked"), default=0)
    position = models.PositiveIntegerField(_("position"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    picked_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("picked by"),
        db_index=False,
    )
    picked_at = models.DateTimeField(_("picked at"), null=True)

    objects = PickLineQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("line of a pick list")
        verbose_name_plural = _("lines of pick lists")
        constraints = [
            models.CheckConstraint(condition=Q(wanted__gt=0), name="pick_line_wants_pieces"),
            models.CheckConstraint(
                condition=Q(picked__lte=F("wanted")), name="pick_line_picked_within_wanted"
            ),
            models.CheckConstraint(
                condition=Q(state="picked", picked=F("wanted"))
                | (Q(state__in=["open", "short"]) & Q(picked__lt=F("wanted")))
                | Q(state="dropped"),
                name="pick_line_state_says_what_is_picked",
            ),
        ]
        indexes = [
            models.Index(fields=["pick", "position", "id"], name="pick_line_walk"),
            models.Index(
                fields=["bin", "sku"],
                condition=Q(state="open", bin__isnull=False),
                name="pick_line_takes_from_bin",
            ),
            models.Index(fields=["sku"], condition=Q(picked__gt=0), name="pick_line_picked_pieces"),
        ]

    def __str__(self) -> str:
        return f"{self.picked}/{self.wanted} × {self.sku_id}"

    @property
    def left(self) -> int:
        return self.wanted - self.picked


class ShortPickQuerySet(WarehouseQuerySet):
    store_field = "line__pick__wave__warehouse__store_id"
    warehouse_field = "line__pick__wave__warehouse_id"

    def open(self) -> Self:
        return self.filter(state=ShortPick.State.OPEN)

    def waiting(self) -> Self:
        """Whose orders wait for the goods."""
        return self.filter(back_orders__ended_at=None, back_orders__isnull=False)


class ShortPick(models.Model):
    """Pieces were not where the pick list said. Open until they are found or somebody decides."""

    class Reason(models.TextChoices):
        MISSING = "missing", _("not there")
        DAMAGED = "damaged", _("damaged")
        UNREADABLE = "unreadable", _("label not readable")

    class State(models.TextChoices):
        OPEN = "open", _("to be decided")
        REPLANNED = "replanned", _("fetched elsewhere")
        SETTLED = "settled", _("settled")

    class Decision(models.TextChoices):
        AGAIN = "again", _("looked for in other bins again")
        BACK_ORDER = "back_order", _("the order waits for goods")
        ELSEWHERE = "elsewhere", _("served from another warehouse")
        SPLIT = "split", _("split: the rest leaves without it")
        CONTACT = "contact", _("the buyer is contacted")
        OUT = "out", _("taken out of its wave")

    line = models.OneToOneField(
        PickLine, models.PROTECT, related_name="short", verbose_name=_("line")
    )
    pieces = models.PositiveIntegerField(_("missing pieces"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, blank=True, default="", db_default=""
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    told_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    told_at = models.DateTimeField(_("at"))
    settled_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("settled by"),
        db_index=False,
    )
    settled_at = models.DateTimeField(_("settled at"), null=True)

    objects = ShortPickQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("short pick")
        verbose_name_plural = _("short picks")
        constraints = [
            models.CheckConstraint(condition=Q(pieces__gt=0), name="short_pick_misses_pieces"),
            models.CheckConstraint(
                condition=Q(state="open", settled_at=None)
                | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="short_pick_settled_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(state="open"), name="short_pick_open"),
        ]

    def __str__(self) -> str:
        return f"{self.pieces} × {self.line_id}"

"""Orders that are picked together, and the rules by which they are put together (FUL-1)."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Warehouse
from catalog.models.warehouses import WarehouseQuerySet
from fulfillment.models.bins import Zone
from fulfillment.models.carriers import Carrier, CarrierService
from fulfillment.numbers import pk_in
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, User
from orders.models import Order


class WaveRuleQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def active(self) -> Self:
        """Those that plan, in the order in which orders are offered to them."""
        return self.filter(is_active=True).order_by("priority", "pk")


class WaveRule(models.Model):
    """Which orders of a warehouse make waves of their own, how large, and when by themselves.

    `cut_offs` are times of day in the store's zone; `planned_for` is the last one that was planned.
    A wave is full when it has so many orders or so many pieces.
    """

    class Kind(models.TextChoices):
        ANY = "any", _("any order")
        SINGLE = "single", _("orders of one piece")
        MULTI = "multi", _("orders of several pieces")

    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="wave_rules", verbose_name=_("warehouse")
    )
    name = models.CharField(_("name"), max_length=80)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=10, help_text=_("An order goes by the first rule that fits it.")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.ANY)
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only of channel"),
        db_index=False,
    )
    zone = models.ForeignKey(
        Zone,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only from zone"),
        db_index=False,
    )
    carrier = models.ForeignKey(
        Carrier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("leaves with"),
        db_index=False,
    )
    service = models.ForeignKey(
        CarrierService,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only for service"),
        db_index=False,
        help_text=_("Orders that this service of the carrier would be offered first for."),
    )
    most_orders = models.PositiveIntegerField(_("orders at most"), default=50)
    most_pieces = models.PositiveIntegerField(_("pieces at most"), default=300)
    splits_by_zone = models.BooleanField(_("a pick list per zone"), default=False)
    cut_offs = ArrayField(
        models.TimeField(),
        verbose_name=_("planned daily at"),
        default=list,
        blank=True,
        help_text=_("Times in the store's zone, with commas between: 09:30, 14:00."),
    )
    planned_for = models.DateTimeField(_("planned for"), default=timezone.now, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = WaveRuleQuerySet.as_manager()

    class Meta:
        ordering = ["warehouse_id", "priority", "pk"]
        verbose_name = _("wave rule")
        verbose_name_plural = _("wave rules")
        constraints = [
            models.UniqueConstraint(
                fields=["warehouse", "name"], name="wave_rule_unique_warehouse_name"
            ),
            models.CheckConstraint(
                condition=Q(most_orders__gt=0, most_pieces__gt=0), name="wave_rule_takes_something"
            ),
        ]
        triggers = recording(
            "name",
            "priority",
            "kind",
            "channel_id",
            "zone_id",
            "carrier_id",
            "service_id",
            "most_orders",
            "most_pieces",
            "splits_by_zone",
            "is_active",
            label="{row}.name",
            store="(SELECT w.store_id FROM catalog_warehouse w WHERE w.id = {row}.warehouse_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the service carries leaves with its carrier."""
        if self.service is None:
            return
        if self.warehouse_id and self.service.carrier.store_id != self.warehouse.store_id:
            raise ValidationError({"service": _("The store has no such carrier service.")})
        if self.carrier_id not in (None, self.service.carrier_id):
            raise ValidationError({"service": _("It is not a service of the carrier above.")})
        self.carrier_id = self.service.carrier_id


class WaveQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def open(self) -> Self:
        return self.filter(state__in=Wave.OPEN)

    def numbered(self, text: str) -> Self:
        """The wave with this number, as it is printed: none for anything else."""
        pk = pk_in(text, "W")
        return self.filter(pk=pk) if pk else self.none()


class Wave(models.Model):
    """Orders of one warehouse whose goods are fetched together. `due_at` is their first ship-by.

    `orders` and `pieces` are what it was planned with; orders that drop out stay counted there.
    """

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("a wave", "planned")
        RELEASED = "released", pgettext_lazy("a wave", "released")
        PICKING = "picking", _("being picked")
        PICKED = "picked", pgettext_lazy("a wave", "picked")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN = ("planned", "released", "picking", "picked")
    AT_WORK = ("released", "picking")
    UNPICKED = ("planned", "released", "picking")

    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        related_name="waves",
        verbose_name=_("warehouse"),
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    rule = models.ForeignKey(
        WaveRule,
        models.PROTECT,
        null=True,
        related_name="waves",
        verbose_name=_("rule"),
        db_index=False,
    )
    carrier = models.ForeignKey(
        Carrier,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("leaves with"),
        db_index=False,
    )
    cut_off = models.DateTimeField(_("cut-off"), null=True)
    due_at = models.DateTimeField(_("ship by"), null=True)
    order_count = models.PositiveIntegerField(_("orders"))
    piece_count = models.PositiveIntegerField(_("pieces"))
    planned_at = models.DateTimeField(_("planned at"))
    planned_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    released_at = models.DateTimeField(_("released at"), null=True)
    picked_at = models.DateTimeField(_("picked at"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = WaveQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        permissions = [
            ("plan_wave", "Can plan, release and cancel waves"),
            ("pick_wave", "Can pick goods of waves"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(order_count__gt=0), name="wave_has_orders"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"]) | Q(released_at__isnull=False),
                name="wave_released_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["closed", "cancelled"], ended_at__isnull=False)
                | (~Q(state__in=["closed", "cancelled"]) & Q(ended_at=None)),
                name="wave_ended_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["warehouse", "due_at", "id"],
                condition=Q(state__in=["planned", "released", "picking", "picked"]),
                name="wave_open",
            ),
            models.Index(fields=["warehouse", "id"], name="wave_list"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"W{self.pk:09d}" if self.pk else "W"


class WaveOrderQuerySet(WarehouseQuerySet):
    store_field = "warehouse__store_id"
    warehouse_field = "warehouse_id"

    def current(self) -> Self:
        """Orders that did not drop out of their wave."""
        return self.filter(left_at=None)


class WaveOrder(models.Model):
    """The order is picked with this wave, into the tote `slot` of the picker's trolley.

    It drops out (`left_at`) when it is cancelled or changed; then another wave may take it.
    """

    class Left(models.TextChoices):
        CANCELLED = "cancelled", _("the order was cancelled")
        CHANGED = "changed", _("the order was changed")
        WAVE = "wave", _("the wave was cancelled")
        SHORT = "short", _("goods were missing")

    wave = models.ForeignKey(
        Wave, models.PROTECT, related_name="wave_orders", verbose_name=_("wave"), db_index=False
    )
    order = models.ForeignKey(
        Order,
        models.PROTECT,
        related_name="wave_orders",
        verbose_name=_("order"),
        db_index=False,
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    slot = models.PositiveSmallIntegerField(_("tote"))
    left_at = models.DateTimeField(_("dropped out"), null=True)
    left_because = models.CharField(_("why"), max_length=10, choices=Left, blank=True)

    objects = WaveOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order of a wave")
        verbose_name_plural = _("orders of waves")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "warehouse"],
                condition=Q(left_at=None),
                name="wave_order_one_wave_per_warehouse",
            ),
            models.UniqueConstraint(fields=["wave", "order"], name="wave_order_unique_wave_order"),
            models.UniqueConstraint(fields=["wave", "slot"], name="wave_order_unique_wave_slot"),
            models.CheckConstraint(
                condition=Q(left_at=None, left_because="")
                | (Q(left_at__isnull=False) & ~Q(left_because="")),
                name="wave_order_left_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id} {self.order_id}"

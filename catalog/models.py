from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Membership, ScopedQuerySet, Store, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ProductQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Product(models.Model):
    """What a customer would call one article; its sellable variants are SKUs."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="products", verbose_name=_("store")
    )
    code = models.CharField(_("code"), max_length=80)
    name = models.CharField(_("name"), max_length=200)
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    category = models.CharField(_("category"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="product_unique_store_code"),
            models.CheckConstraint(condition=~Q(code=""), name="product_has_code"),
        ]

    def __str__(self) -> str:
        return self.name


class SkuQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Sku(models.Model):
    """One sellable variant. Its code is unique in the store and never reused (CAT-1)."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="skus", verbose_name=_("store"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="skus", verbose_name=_("product")
    )
    code = models.CharField(_("SKU code"), max_length=80)
    spec = models.CharField(_("spec"), max_length=120, blank=True)
    barcode = models.CharField(_("barcode"), max_length=32, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    list_price = models.DecimalField(
        _("list price"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    weight_grams = models.PositiveIntegerField(_("weight (g)"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = SkuQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="sku_unique_store_code"),
            models.CheckConstraint(condition=~Q(code=""), name="sku_has_code"),
            models.CheckConstraint(
                condition=Q(cost=None) | Q(cost__gte=0), name="sku_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(list_price=None) | Q(list_price__gte=0),
                name="sku_list_price_not_negative",
            ),
        ]
        indexes = [
            models.Index(OpClass(Upper("code"), "text_pattern_ops"), name="sku_code_prefix"),
        ]
        triggers = recording("code", "cost", "list_price", "is_active", label="{row}.code")

    def __str__(self) -> str:
        return self.code


class WarehouseQuerySet(ScopedQuerySet):
    # Which column names the warehouse; rows that hang on one reuse the same gate.
    warehouse_field = "pk"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's stores; and where they are bound to warehouses, only those.

        Someone with any unbound membership in the store sees all of its warehouses.
        """
        visible = super().visible_to(user)
        if not user.is_authenticated or user.is_superuser:
            return visible
        bound_here = WarehouseAssignment.objects.filter(membership=OuterRef("pk"))
        unbound_stores = (
            Membership.objects.filter(user=user, store__in=user.store_ids)
            .exclude(Exists(bound_here))
            .values("store_id")
        )
        assigned = WarehouseAssignment.objects.filter(membership__user=user).values("warehouse_id")
        return visible.filter(
            Q(**{f"{self.store_field}__in": unbound_stores})
            | Q(**{f"{self.warehouse_field}__in": assigned})
        )


class Warehouse(models.Model):
    """A place that holds stock. Orders take from the one with the lowest `priority` first."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="warehouses", verbose_name=_("store")
    )
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=1, help_text=_("Orders take from the lowest number first.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = WarehouseQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "priority", "pk"]
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="warehouse_unique_store_code"),
        ]
        triggers = recording(
            "code", "name", "priority", "is_active", label="{row}.code", inserts=True
        )

    def __str__(self) -> str:
        return self.name


class WarehouseAssignmentQuerySet(ScopedQuerySet):
    store_field = "membership__store_id"


class WarehouseAssignment(models.Model):
    """Binds a membership to one warehouse; without any, it holds for all of the store's."""

    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="+", verbose_name=_("membership")
    )
    warehouse = models.ForeignKey(
        Warehouse, models.CASCADE, related_name="assignments", verbose_name=_("warehouse")
    )

    objects = WarehouseAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("warehouse assignment")
        verbose_name_plural = _("warehouse assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "warehouse"], name="warehouse_assignment_unique"
            ),
        ]
        triggers = recording(
            "membership",
            "warehouse",
            label="(SELECT w.code FROM catalog_warehouse w WHERE w.id = {row}.warehouse_id)",
            store="(SELECT w.store_id FROM catalog_warehouse w WHERE w.id = {row}.warehouse_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return f"{self.membership} · {self.warehouse}"


class StockState(models.TextChoices):
    """Where a piece can be. Available and reserved are on the shelf; sold has left for good."""

    AVAILABLE = "available", _("available")
    RESERVED = "reserved", _("reserved")
    SHIPPED = "shipped", _("shipped")
    RETURNING = "returning", _("returning")
    DAMAGED = "damaged", _("damaged")
    SOLD = "sold", _("sold")


class StockLevelQuerySet(WarehouseQuerySet):
    store_field = "sku__store_id"
    warehouse_field = "warehouse_id"

    def locked(self) -> Self:
        """Lock the rows, always in SKU order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("sku_id", "warehouse_id")

    def of_skus(self, sku_ids: Iterable[int]) -> Self:
        return self.filter(sku__in=list(sku_ids))


class StockLevel(models.Model):
    """Pieces of one SKU in one warehouse, by state. Equal to the sum of its movements (CAT-7).

    Only `catalog.services.stock` and the SQL function `reserve_orders` change it, both of which
    write the movement in the same transaction.
    """

    sku = models.ForeignKey(Sku, models.PROTECT, related_name="stock_levels", verbose_name=_("SKU"))
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="stock_levels", verbose_name=_("warehouse")
    )
    available = models.IntegerField(_("available"), default=0)
    reserved = models.IntegerField(_("reserved"), default=0)
    shipped = models.IntegerField(_("shipped"), default=0)
    returning = models.IntegerField(_("returning"), default=0)
    damaged = models.IntegerField(_("damaged"), default=0)
    sold = models.IntegerField(_("sold"), default=0)

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        permissions = [
            ("receive_stock", "Can receive goods into stock"),
            ("adjust_stock", "Can correct stock, or ask for it above the limits"),
            ("approve_adjustment", "Can decide on corrections of stock"),
        ]
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "warehouse"], name="stock_level_unique_sku_warehouse"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{state}__gte": 0}), name=f"stock_level_{state}_not_negative"
                )
                for state in StockState.values
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} @ {self.warehouse}"

    @property
    def on_hand(self) -> int:
        """Pieces that can be touched in the warehouse."""
        return self.available + self.reserved + self.damaged


class StockMovementQuerySet(WarehouseQuerySet):
    store_field = "sku__store_id"
    warehouse_field = "warehouse_id"


class StockMovement(models.Model):
    """A line of the stock ledger: so many pieces went from one state to another (CAT-7).

    An empty state is the world outside: a receipt has no `from_state`, a write-off no `to_state`.
    Append-only: the database refuses UPDATE and DELETE.
    """

    class Kind(models.TextChoices):
        RECEIVE = "receive", _("received")
        RESERVE = "reserve", _("reserved")
        RELEASE = "release", _("released")
        SHIP = "ship", _("shipped")
        DELIVER = "deliver", _("delivered")
        RETURN = "return", _("coming back")
        ACCEPT = "accept", _("accepted back")
        REJECT = "reject", _("found damaged")
        TRANSFER_OUT = "transfer_out", _("sent to another warehouse")
        TRANSFER_IN = "transfer_in", _("came from another warehouse")
        COUNT = "count", _("corrected by a count")
        WRITE_OFF = "write_off", _("written off")

    sku = models.ForeignKey(
        Sku, models.PROTECT, related_name="movements", verbose_name=_("SKU"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    from_state = models.CharField(_("from"), max_length=10, choices=StockState, blank=True)
    to_state = models.CharField(_("to"), max_length=10, choices=StockState, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))
    reference = models.CharField(
        _("reference"), max_length=60, blank=True, help_text=_("What caused it, such as order:42.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="stock_movement_quantity_positive"
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="stock_movement_changes_state"
            ),
            models.CheckConstraint(
                condition=Q(from_state__in=["", *StockState.values])
                & Q(to_state__in=["", *StockState.values]),
                name="stock_movement_states_known",
            ),
        ]
        indexes = [
            models.Index(fields=["sku", "warehouse", "id"], name="stock_movement_ledger"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity} × {self.sku}"

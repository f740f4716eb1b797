from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Membership, ScopedQuerySet, Store, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# Kept with the person: are they bound to any warehouse?
_BOUND = "_is_bound_to_warehouses"


class WarehouseQuerySet(ScopedQuerySet):
    # Which column names the warehouse; rows that hang on one reuse the same gate.
    warehouse_field = "pk"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's stores; and where they are bound to warehouses, only those.

        Someone with any unbound membership in the store sees all of its warehouses.
        """
        visible = super().visible_to(user)
        if not user.is_authenticated or user.is_superuser or not is_bound(user):
            return visible
        bound_here = WarehouseAssignment.objects.filter(membership=OuterRef("pk"))
        mine = Membership.objects.filter(user=user)
        assigned = WarehouseAssignment.objects.filter(membership__user=user)
        unbound_stores = mine.exclude(Exists(bound_here)).values("store_id")
        return visible.filter(
            Q(**{f"{self.store_field}__in": unbound_stores})
            | Q(**{f"{self.warehouse_field}__in": assigned.values("warehouse_id")})
        )


def is_bound(user: User) -> bool:
    """Is the person bound to a warehouse anywhere? Nearly nobody is, and every page asks.

    One statement per instance, hence per request: whoever is bound later is so at the next one.
    """
    if _BOUND not in user.__dict__:
        bindings = WarehouseAssignment.objects.filter(membership__user=user)
        user.__dict__[_BOUND] = bindings.exists()
    return user.__dict__[_BOUND]


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
    region = models.CharField(
        _("region"),
        max_length=6,
        blank=True,
        default="",
        db_default="",
        validators=[
            RegexValidator(
                r"^([1-9][0-9]([0-9]{2}){0,2}|[A-Z]{2})\Z",
                _("A code of GB/T 2260 (33, 3301, 330106), or a country (CN, DE)."),
            )
        ],
        help_text=_("Where it stands: a code of GB/T 2260 (33, 3301), or a country (CN, DE)."),
    )

    objects = WarehouseQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "priority", "pk"]
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="warehouse_unique_store_code"),
        ]
        triggers = recording(
            "code", "name", "priority", "is_active", "region", label="{row}.code", inserts=True
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        self.membership.user.__dict__.pop(_BOUND, None)

"""What people enter about goods: arrivals and corrections."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockMovement, Warehouse
from catalog.services.adjusting import ADJUST
from catalog.services.handling import HANDLE, STEPS
from opsdesk.stores.models import User

RECEIVE = "catalog.receive_stock"


class PlaceForm(forms.Form):
    """A SKU in a warehouse in which the person may do what `permission` names."""

    permission: str
    sku = forms.CharField(label=_("SKU code"), max_length=80)
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses = (
            Warehouse.objects.visible_to(user)
            .in_stores(user.stores_allowing(self.permission))
            .filter(is_active=True)
        )
        field: forms.ModelChoiceField = self.fields["warehouse"]
        field.queryset = warehouses
        if len(warehouses) == 1:
            field.initial = warehouses[0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        warehouse, code = cleaned.get("warehouse"), cleaned.get("sku", "")
        if warehouse and code:
            sku = Sku.objects.filter(store=warehouse.store_id, code__iexact=code).first()
            if sku is None:
                self.add_error("sku", _("The store of this warehouse has no SKU with this code."))
            cleaned["sku"] = sku
        return cleaned


class ReceiveForm(PlaceForm):
    """Goods that arrived: which, where, how many."""

    permission = RECEIVE
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=1_000_000)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class AdjustForm(PlaceForm):
    """Pieces that a count found too many or missing."""

    permission = ADJUST
    pieces = forms.IntegerField(
        label=_("Pieces more than on record (below zero: fewer)"),
        min_value=-1_000_000,
        max_value=1_000_000,
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class HandleForm(PlaceForm):
    """What happened to pieces that no order moves."""

    permission = HANDLE
    kind = forms.ChoiceField(
        label=_("What happened"),
        choices=[(kind.value, kind.label) for kind in map(StockMovement.Kind, STEPS)],
    )
    quantity = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=1_000_000)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=60,
        required=False,
        help_text=_("What caused it, such as order:42."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class WriteOffForm(PlaceForm):
    """Damaged pieces that are thrown away or given back."""

    permission = ADJUST
    pieces = forms.IntegerField(label=_("Damaged pieces"), min_value=1, max_value=1_000_000)
    reason = forms.CharField(label=_("Reason"), max_length=200)


def initial_of(asked: dict[str, Any]) -> dict[str, Any]:
    """The form as it was when this correction was asked for."""
    sku = Sku.objects.filter(pk=asked["sku_id"]).first()
    return {
        "sku": sku.code if sku else "",
        "warehouse": asked["warehouse_id"],
        "pieces": asked["pieces"] if "available" in asked else -asked["pieces"],
        "reason": asked["reason"],
    }

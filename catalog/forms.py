"""What people enter about goods: arrivals and corrections."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import CodePart, Product, Sku, StockMovement, Warehouse
from catalog.services.adjusting import ADJUST
from catalog.services.codes import find_sku
from catalog.services.handling import HANDLE, STEPS
from catalog.services.matrix import Plan, suggested_part
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
            sku = find_sku(store_id=warehouse.store_id, code=code)
            if sku is None:
                self.add_error("sku", _("The store of this warehouse has no SKU with this code."))
            cleaned["sku"] = sku
        return cleaned


class MatrixForm(forms.Form):
    """What a product's new SKUs are called and vary in."""

    category = forms.ModelChoiceField(
        label=_("Category in the code"), queryset=CodePart.objects.none(), required=False
    )
    brand = forms.ModelChoiceField(
        label=_("Brand in the code"), queryset=CodePart.objects.none(), required=False
    )
    first = forms.ModelMultipleChoiceField(
        label=_("Specs, such as colours"),
        queryset=CodePart.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    second = forms.ModelMultipleChoiceField(
        label=_("Times these, such as sizes"),
        queryset=CodePart.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    list_price = forms.DecimalField(
        label=_("First list price"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    cost = forms.DecimalField(
        label=_("Cost"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    weight_grams = forms.IntegerField(
        label=_("Weight (g)"), min_value=1, max_value=10_000_000, required=False
    )

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.product = product
        parts = CodePart.objects.active().filter(scheme__store=product.store_id)
        for name in ("category", "brand"):
            of_kind = parts.filter(kind=name)
            field: forms.ModelChoiceField = self.fields[name]
            field.queryset = of_kind
            field.initial = suggested_part(of_kind, getattr(product, name))
        for name in ("first", "second"):
            axis: forms.ModelMultipleChoiceField = self.fields[name]
            axis.queryset = parts.filter(kind=CodePart.Kind.SPEC)
            axis.label_from_instance = _with_axis

    @property
    def plan(self) -> Plan:
        given = self.cleaned_data
        return Plan(
            self.product,
            given["category"],
            given["brand"],
            list(given["first"]),
            list(given["second"]),
            cost=given["cost"],
            list_price=given["list_price"],
            weight_grams=given["weight_grams"],
        )


def _with_axis(part: CodePart) -> str:
    return f"{part.axis}: {part}" if part.axis else str(part)


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

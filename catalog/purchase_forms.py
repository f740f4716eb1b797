"""What people enter about purchase orders: what is ordered, what came, when it will come."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.models import PurchaseOrder, Sku, Supplier, Warehouse
from catalog.moving_forms import warehouses_of
from catalog.services.purchase_drafts import MOST_LINES, Draft, Wanted
from catalog.services.purchase_receiving import Came
from catalog.services.purchasing import ORDER
from opsdesk.stores.models import User

MOST_PIECES = 1_000_000


class PurchaseForm(forms.Form):
    """A draft: a SKU code, a number of pieces and, if it is another one, the cost, per line."""

    supplier = forms.ModelChoiceField(label=_("Supplier"), queryset=Supplier.objects.none())
    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none())
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    lines = forms.CharField(
        label=_("SKU code, pieces and cost of a piece, one SKU per line"),
        help_text=_("Without a cost, what the supplier asks holds, else the cost of the SKU."),
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "A-1 48 12.50"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, user: User, order: PurchaseOrder | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial=_initial(order), **kwargs)
        stores = user.stores_allowing(ORDER)
        suppliers = Supplier.objects.visible_to(user).in_stores(stores).active()
        warehouses = warehouses_of(user, ORDER)
        if order is not None:
            suppliers = suppliers.filter(store=order.store_id)
            warehouses = warehouses.filter(store=order.store_id)
        self.fields["supplier"].queryset = suppliers
        self.fields["warehouse"].queryset = warehouses
        if len(warehouses) == 1:
            self.fields["warehouse"].initial = warehouses[0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        supplier, warehouse = cleaned.get("supplier"), cleaned.get("warehouse")
        if supplier and warehouse and supplier.store_id != warehouse.store_id:
            self.add_error("warehouse", _("This belongs to another store."))
        elif supplier and "lines" in cleaned:
            try:
                cleaned["wanted"] = _wanted(supplier, cleaned["lines"])
            except ValidationError as error:
                self.add_error("lines", error)
        return cleaned

    @property
    def draft(self) -> Draft:
        given = self.cleaned_data
        return Draft(given["supplier"].pk, given["warehouse"].pk, given["wanted"], given["reason"])


def _initial(order: PurchaseOrder | None) -> dict[str, Any]:
    if order is None:
        return {}
    lines = order.lines.select_related("sku")
    return {
        "supplier": order.supplier_id,
        "warehouse": order.warehouse_id,
        "reason": order.reason,
        "version": order.version,
        "lines": "\n".join(f"{line.sku.code} {line.quantity} {line.cost}" for line in lines),
    }


def _wanted(supplier: Supplier, text: str) -> list[Wanted]:
    """Raises ValidationError naming the line."""
    read: dict[str, tuple[int, Decimal | None]] = {}
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        code, pieces, cost = _read(line, number)
        if code in read:
            raise ValidationError(_("The SKU %(code)s is there twice."), params={"code": code[:80]})
        read[code] = (pieces, cost)
    if len(read) > MOST_LINES:
        raise ValidationError(_("At most %(limit)s SKUs at once."), params={"limit": MOST_LINES})
    known = Sku.objects.filter(store=supplier.store_id, code__in=read)
    skus = dict(known.values_list("code", "pk"))
    unknown = sorted(read.keys() - skus.keys())
    if unknown:
        raise ValidationError(_("No SKU has the code %(code)s."), params={"code": unknown[0][:80]})
    return [Wanted(skus[code], pieces, cost) for code, (pieces, cost) in read.items()]


def _read(line: str, number: int) -> tuple[str, int, Decimal | None]:
    words = line.split()
    cost = None
    if len(words) > 2:
        cost = _cost(words.pop())
        if cost is None:
            raise _unread(number)
    pieces = words.pop()
    if not words or not (pieces.isascii() and pieces.isdigit()) or len(pieces) > 7:
        raise _unread(number)
    if not 0 < int(pieces) <= MOST_PIECES:
        raise _unread(number)
    return " ".join(words), int(pieces), cost


def _cost(word: str) -> Decimal | None:
    try:
        cost = Decimal(word)
    except InvalidOperation:
        return None
    sound = cost.is_finite() and 0 <= cost < 10**10 and cost == round(cost, 2)
    return round(cost, 2) if sound else None


def _unread(number: int) -> ValidationError:
    return ValidationError(
        _("Line %(line)s: write a SKU code, a number of pieces and, if you like, a cost."),
        params={"line": number},
    )


class DeliveryForm(forms.Form):
    """What a delivery note brought of each SKU that is still to come."""

    delivery_note = forms.CharField(
        label=_("Delivery note"),
        max_length=60,
        help_text=_("The supplier's number; each is booked once."),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, order: PurchaseOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = order.lines.select_related("sku")
        self.lines = [line for line in lines if line.received < line.most]
        for line in self.lines:
            left = line.most - line.received
            for name, words in (("good", _("good")), ("damaged", _("damaged"))):
                self.fields[f"{name}_{line.sku_id}"] = forms.IntegerField(
                    label=_("%(sku)s, %(state)s") % {"sku": line.sku.code, "state": words},
                    help_text=_("%(pieces)s still to come") % {"pieces": line.missing}
                    if name == "good"
                    else "",
                    min_value=0,
                    max_value=left,
                    initial=0,
                    required=False,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
        self.fields["remark"] = forms.CharField(label=_("Remark"), max_length=200, required=False)

    @property
    def came(self) -> list[Came]:
        given = self.cleaned_data
        return [
            Came(
                line.sku_id,
                given[f"good_{line.sku_id}"] or 0,
                given[f"damaged_{line.sku_id}"] or 0,
            )
            for line in self.lines
        ]


class ExpectedForm(forms.Form):
    """A day on which goods are expected."""

    expected_on = forms.DateField(
        label=_("Expected on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

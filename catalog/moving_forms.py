"""What people enter about goods under way, stock-takes and differences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku, StockDifference, Transfer, Warehouse
from catalog.services.counting import COUNT
from catalog.services.differences import SETTLED_BY_HAND
from catalog.services.transferring import TRANSFER
from opsdesk.stores.models import User

MOST_LINES = 500


def warehouses_of(user: User, permission: str) -> Any:
    return (
        Warehouse.objects.visible_to(user)
        .in_stores(user.stores_allowing(permission))
        .filter(is_active=True)
    )


class SendForm(forms.Form):
    """What is sent where: a SKU code and a number of pieces per line."""

    source = forms.ModelChoiceField(label=_("From warehouse"), queryset=Warehouse.objects.none())
    target = forms.ModelChoiceField(label=_("To warehouse"), queryset=Warehouse.objects.none())
    lines = forms.CharField(
        label=_("SKU code and pieces, one SKU per line"),
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "A-1 20"}),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sources = warehouses_of(user, TRANSFER)
        self.fields["source"].queryset = sources
        self.fields["target"].queryset = Warehouse.objects.filter(
            store__in=sources.values("store"), is_active=True
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        source = cleaned.get("source")
        if source and "lines" in cleaned:
            try:
                cleaned["pieces"] = _pieces(source, cleaned["lines"])
            except ValidationError as error:
                self.add_error("lines", error)
        return cleaned


def _pieces(source: Warehouse, text: str) -> dict[int, int]:
    """SKU id → pieces. Raises ValidationError naming the line."""
    wanted: dict[str, int] = {}
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        code, _blank, count = line.strip().rpartition(" ")
        if not code or not count.isascii() or not count.isdigit() or not 0 < int(count) < 10**6:
            raise ValidationError(
                _("Line %(line)s: write a SKU code, a blank and a number of pieces."),
                params={"line": number},
            )
        wanted[code.strip()] = wanted.get(code.strip(), 0) + int(count)
    if len(wanted) > MOST_LINES:
        raise ValidationError(_("At most %(limit)s SKUs at once."), params={"limit": MOST_LINES})
    skus = dict(
        Sku.objects.filter(store=source.store_id, code__in=wanted).values_list("code", "pk")
    )
    unknown = sorted(wanted.keys() - skus.keys())
    if unknown:
        raise ValidationError(_("No SKU has the code %(code)s."), params={"code": unknown[0][:80]})
    return {skus[code]: count for code, count in wanted.items()}


class ArrivalForm(forms.Form):
    """What arrived of each SKU, and why something is missing."""

    def __init__(self, *args: Any, transfer: Transfer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(transfer.lines.select_related("sku"))
        for line in self.lines:
            self.fields[f"sku_{line.sku_id}"] = forms.IntegerField(
                label=line.sku.code, min_value=0, max_value=line.sent, initial=line.sent
            )
        self.fields["note"] = forms.CharField(
            label=_("What became of missing pieces"), max_length=200, required=False
        )

    @property
    def received(self) -> dict[int, int]:
        return {line.sku_id: self.cleaned_data[f"sku_{line.sku_id}"] for line in self.lines}


class CancelForm(forms.Form):
    """Why goods that were sent are back."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class OpenCountForm(forms.Form):
    """A new stock-take: the whole warehouse, SKUs of a prefix, or the ones that are named."""

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none())
    name = forms.CharField(label=_("Name"), max_length=80)
    prefix = forms.CharField(
        label=_("SKU codes that begin with"),
        max_length=80,
        required=False,
        help_text=_("Empty: all SKUs of the warehouse."),
    )
    codes = forms.CharField(
        label=_("Only these SKU codes, one per line"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses = warehouses_of(user, COUNT)
        self.fields["warehouse"].queryset = warehouses
        if len(warehouses) == 1:
            self.fields["warehouse"].initial = warehouses[0]

    def clean_codes(self) -> list[str]:
        return [code.strip() for code in self.cleaned_data["codes"].splitlines() if code.strip()]


class CountForm(forms.Form):
    """One count: scan or type the code, then the pieces on the shelf."""

    sku_code = forms.CharField(
        label=_("SKU code"),
        max_length=80,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    quantity = forms.IntegerField(
        label=_("Pieces on the shelf"),
        min_value=0,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class SettleForm(forms.Form):
    """How a difference is settled."""

    state = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (StockDifference.State.ACCEPTED, _("Accept theirs and correct our stock")),
            (StockDifference.State.KEPT, _("Keep ours")),
            (StockDifference.State.IGNORED, _("Ignore it")),
        ],
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        assert cleaned.get("state") in (None, *SETTLED_BY_HAND)
        if cleaned.get("state") == StockDifference.State.IGNORED and not cleaned.get("note"):
            self.add_error("note", _("Say why the difference is ignored."))
        return cleaned

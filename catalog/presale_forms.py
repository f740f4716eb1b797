"""What people enter about presales: the terms, what the supplier says, why one is called off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.models import Supplier
from catalog.price_forms import InStoreForm, WallClockField, in_zone
from catalog.services.presales import FILE, Terms
from opsdesk.stores.models import Channel, User


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"})


class PresaleForm(InStoreForm):
    """The terms of one lot; what is filed stays."""

    permission = FILE
    sku = forms.CharField(label=_("SKU code"), max_length=80)
    channel = forms.ModelChoiceField(
        Channel.objects.none(), label=_("Channel"), required=False, empty_label=_("All channels")
    )
    supplier = forms.ModelChoiceField(Supplier.objects.none(), label=_("Supplier"))
    offered = forms.IntegerField(label=_("Pieces offered"), min_value=1, max_value=1_000_000)
    deposit = forms.DecimalField(
        label=_("Deposit for a piece"), min_value=0, max_digits=12, decimal_places=2
    )
    starts = WallClockField(
        label=_("Sold from"), help_text=_("As clocks show it where the store is.")
    )
    until = WallClockField(label=_("Sold until"))
    promised_on = DayField(label=_("Promised ship date"))
    balance_from = WallClockField(
        label=_("Balance to be paid from"),
        required=False,
        help_text=_("Empty: at any time; nobody is reminded, and no order is cancelled for it."),
    )
    balance_until = WallClockField(label=_("Balance to be paid until"), required=False)
    returns_deposit = forms.BooleanField(
        label=_("Who misses the balance gets the deposit back"), required=False
    )

    field_order = [
        "store",
        "sku",
        "channel",
        "supplier",
        "offered",
        "deposit",
        "starts",
        "until",
        "promised_on",
        "balance_from",
        "balance_until",
        "returns_deposit",
    ]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        suppliers = Supplier.objects.active().filter(store__in=self.fields["store"].queryset)
        self.fields["supplier"].queryset = suppliers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store, supplier = cleaned.get("store"), cleaned.get("supplier")
        if store and supplier and supplier.store_id != store.pk:
            self.add_error("supplier", _("This belongs to another store."))
        for name in ("starts", "until", "balance_from", "balance_until"):
            if store and cleaned.get(name):
                try:
                    cleaned[name] = in_zone(cleaned[name], store.zone)
                except ValidationError as error:
                    self.add_error(name, error)
        if bool(cleaned.get("balance_from")) != bool(cleaned.get("balance_until")):
            self.add_error("balance_until", _("Give both ends of the time, or neither."))
        return cleaned

    @property
    def terms(self) -> Terms:
        given = {name: value for name, value in self.cleaned_data.items() if name != "store"}
        start, end = given.pop("balance_from"), given.pop("balance_until")
        return Terms(**given, balance=(start, end) if start and end else None)


class AnswerForm(forms.Form):
    """What the supplier says; without a day it was refused."""

    day = DayField(
        label=_("Goods in stock on"),
        required=False,
        help_text=_("Empty: the supplier refused."),
    )
    paper = forms.CharField(
        label=_("Paper"),
        max_length=80,
        required=False,
        help_text=_("The mail, letter or order number it stands on."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("paper") and not cleaned.get("note"):
            self.add_error("paper", _("Name the paper the answer stands on, or note how it came."))
        return cleaned


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)

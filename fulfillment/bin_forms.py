"""What people enter about zones, bins, and what lies in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from fulfillment.models import Bin, Zone
from fulfillment.services.bins import MOST_PIECES
from fulfillment.services.shelving import MOST_BINS, Row
from opsdesk.admin import ScopedForm

HIGHEST = 999


class BinForm(ScopedForm):
    """A bin lies in the warehouse of its zone; labels differ by more than capital letters."""

    class Meta:
        model = Bin
        fields = ["zone", "code", "aisle", "bay", "level", "is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        zone = cleaned.get("zone")
        if zone is None:
            return cleaned
        if self.instance.pk and self.instance.warehouse_id != zone.warehouse_id:
            self.add_error("zone", _("A bin stays in its warehouse."))
        self.instance.warehouse_id = zone.warehouse_id
        alike = Bin.objects.filter(
            warehouse=zone.warehouse_id, code__iexact=cleaned.get("code", "")
        ).exclude(pk=self.instance.pk)
        if alike.exists():
            self.add_error("code", _("Another bin of the warehouse has this label."))
        return cleaned


class RowForm(forms.Form):
    """Many bins at once: every level of every bay of these aisles."""

    zone = forms.ModelChoiceField(label=_("Zone"), queryset=Zone.objects.none())
    first_aisle = forms.IntegerField(label=_("First aisle"), min_value=1, max_value=HIGHEST)
    last_aisle = forms.IntegerField(label=_("Last aisle"), min_value=1, max_value=HIGHEST)
    bays = forms.IntegerField(label=_("Bays of an aisle"), min_value=1, max_value=HIGHEST)
    levels = forms.IntegerField(label=_("Levels"), min_value=1, max_value=20, initial=1)

    def __init__(self, *args: Any, zones: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].queryset = zones

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if cleaned["last_aisle"] < cleaned["first_aisle"]:
            raise ValidationError({"last_aisle": _("The last aisle comes after the first.")})
        if self.row.bins > MOST_BINS:
            raise ValidationError(
                _("These are %(bins)s bins; make at most %(most)s at once."),
                params={"bins": self.row.bins, "most": MOST_BINS},
            )
        return cleaned

    @property
    def row(self) -> Row:
        given = self.cleaned_data
        return Row(given["first_aisle"], given["last_aisle"], given["bays"], given["levels"])


def _scanned(label: Any, *, required: bool = True) -> forms.CharField:
    attrs = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
    return forms.CharField(
        label=label, max_length=80, required=required, widget=forms.TextInput(attrs=attrs)
    )


class ScanForm(forms.Form):
    """Scanned field by field: a scanner ends each code with Enter, which sends the form.

    What is still missing is no mistake then: the page comes back with the cursor on it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data or self.initial
        empty = next((name for name in self.fields if not given.get(name, "").strip()), None)
        self.is_whole = empty is None
        self.fields[empty or next(iter(self.fields))].widget.attrs["autofocus"] = True


class PutAwayForm(ScanForm):
    bin_code = _scanned(_("Bin"))
    sku_code = _scanned(_("SKU"))
    pieces = forms.IntegerField(
        label=_("Pieces"),
        min_value=1,
        max_value=MOST_PIECES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class MoveForm(ScanForm):
    from_code = _scanned(_("From bin"))
    sku_code = _scanned(_("SKU"))
    pieces = forms.IntegerField(
        label=_("Pieces"),
        min_value=1,
        max_value=MOST_PIECES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    to_code = _scanned(_("To bin"))


class CountBinForm(ScanForm):
    bin_code = _scanned(_("Bin"))
    sku_code = _scanned(_("SKU"))
    found = forms.IntegerField(
        label=_("Pieces that lie there"),
        min_value=0,
        max_value=MOST_PIECES,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

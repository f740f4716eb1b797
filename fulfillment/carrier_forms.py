"""What people enter about carriers: papers, and parcels to ask a price for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog import images
from catalog.moving_forms import warehouses_of
from fulfillment import regions
from fulfillment.models import PaperKind
from fulfillment.models.carrier_papers import PERMITS
from fulfillment.services import exceptions
from fulfillment.services.exceptions import Wanted
from fulfillment.services.papers import Paper
from fulfillment.services.quoting import Wish
from fulfillment.tariff import Load
from opsdesk.days import SOUND_DAY
from opsdesk.stores.models import User

QUOTE = "fulfillment.view_pricetable"
MOST_GRAMS, MOST_CENTIMETRES = 1_000_000, 1_000


def day_field(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        validators=SOUND_DAY,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        **more,
    )


class PaperForm(forms.Form):
    """A paper of a carrier, with its file."""

    kind = forms.ChoiceField(label=_("Kind"), choices=PaperKind.choices)
    number = forms.CharField(label=_("Number"), max_length=80)
    valid_from = day_field(_("Valid from"))
    valid_until = day_field(_("Valid until"), help_text=_("The last day it holds."))
    signed_on = day_field(_("Signed on"), required=False, help_text=_("Of a contract."))
    file = forms.FileField(label=_("File"), help_text=_("A PDF, a JPEG or a PNG."))
    notes = forms.CharField(
        label=_("Notes"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > images.MOST_BYTES:
            raise ValidationError(
                _("At most %(limit)d MB can be uploaded."),
                params={"limit": images.MOST_BYTES // 1024**2},
            )
        return file

    @property
    def paper(self) -> Paper:
        given = dict(self.cleaned_data)
        file = given.pop("file")
        return Paper(content=file.read(), file_name=file.name, **given)


class ExceptionForm(forms.Form):
    """A carrier is to be offered though a paper of this kind does not hold."""

    kind = forms.ChoiceField(label=_("Paper it lacks"), choices=PaperKind.choices)
    until = day_field(_("Until"), help_text=_("The last day it holds."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=exceptions.MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data)


class RegionChoice(forms.CharField):
    """A region by its name or code; its value is the code."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        code = regions.found_in(text)
        if text and not code:
            raise ValidationError(
                _("Nobody knows this region: write its code (3301) or its name (浙江省杭州市).")
            )
        return code


class QuoteForm(forms.Form):
    """A parcel to be carried from one of the person's warehouses."""

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=None)
    region = RegionChoice(
        label=_("Destination"),
        max_length=60,
        help_text=_("A name (浙江省杭州市), a code (3301), or a country (DE)."),
    )
    weight = forms.IntegerField(label=_("Weight (g)"), min_value=1, max_value=MOST_GRAMS)
    length = forms.IntegerField(
        label=_("Length (cm)"), min_value=1, max_value=MOST_CENTIMETRES, required=False
    )
    width = forms.IntegerField(
        label=_("Width (cm)"), min_value=1, max_value=MOST_CENTIMETRES, required=False
    )
    height = forms.IntegerField(
        label=_("Height (cm)"), min_value=1, max_value=MOST_CENTIMETRES, required=False
    )
    insured = forms.DecimalField(
        label=_("Insured value"), max_digits=10, decimal_places=2, min_value=0, required=False
    )
    collected = forms.DecimalField(
        label=_("Cash on delivery"), max_digits=10, decimal_places=2, min_value=0, required=False
    )
    deliver_by = day_field(_("To arrive by"), required=False)
    permits = forms.MultipleChoiceField(
        label=_("Needed permits"),
        choices=[(kind.value, kind.label) for kind in PERMITS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warehouses = warehouses_of(user, QUOTE).select_related("store")
        self.fields["warehouse"].queryset = warehouses

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        sides = [cleaned.get(name) for name in ("length", "width", "height")]
        if any(sides) and not all(sides):
            raise ValidationError(_("Give all three lengths, or none."))
        return cleaned

    @property
    def wish(self) -> Wish:
        given = self.cleaned_data
        sides = [given[name] for name in ("length", "width", "height")]
        size = (sides[0] * 10, sides[1] * 10, sides[2] * 10) if all(sides) else None
        load = Load(
            given["weight"], size, given["insured"] or Decimal(0), given["collected"] or Decimal(0)
        )
        return Wish(given["warehouse"], given["region"], load, frozenset(given["permits"]))

    @property
    def last_day(self) -> date | None:
        return self.cleaned_data["deliver_by"]

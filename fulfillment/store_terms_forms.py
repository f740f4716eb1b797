"""What people enter to try what a store promises."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fulfillment.carrier_forms import MOST_GRAMS, RegionChoice
from fulfillment.services.promises import Promises
from opsdesk.stores.models import Channel, User

SEE = "fulfillment.view_freighttemplate"


class FreightTryForm(forms.Form):
    """An order as a buyer would place it."""

    channel = forms.ModelChoiceField(label=_("Channel"), queryset=None)
    region = RegionChoice(
        label=_("Destination"),
        max_length=60,
        help_text=_("A name (浙江省杭州市), a code (3301), or a country (DE)."),
    )
    pieces = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=1_000_000, initial=1)
    weight = forms.IntegerField(
        label=_("Weight (g)"), min_value=0, max_value=MOST_GRAMS, required=False
    )
    amount = forms.DecimalField(
        label=_("Amount of the goods"),
        max_digits=12,
        decimal_places=2,
        min_value=Decimal(0),
        initial=Decimal("50.00"),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = Channel.objects.visible_to(user).in_stores(user.stores_allowing(SEE))
        self.fields["channel"].queryset = channels.select_related("store")

    def hours(self, at: datetime) -> int | None:
        """Within how many hours of payment such an order is promised."""
        channel = self.cleaned_data["channel"]
        return Promises.of(channel.store).hours_for(
            channel_id=channel.pk, region=self.cleaned_data["region"], at=at
        )

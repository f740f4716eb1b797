"""What finance enters about statements and their differences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from opsdesk.days import SOUND_DAY
from opsdesk.filters import PlainDate, PlainSelect
from opsdesk.stores.models import Store, User
from opsdesk.stores.worktime import DAY
from orders.models import MoneyDifference

VIEW = "orders.view_moneydifference"


class SettleForm(forms.Form):
    how = forms.ChoiceField(label=_("How it is settled"), choices=MoneyDifference.How.choices)
    note = forms.CharField(label=_("Note"), max_length=300)


class SheetForm(forms.Form):
    """A store of the person's, and a business day of it: yesterday where none is said."""

    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), empty_label=None, widget=PlainSelect
    )
    day = forms.DateField(
        label=_("Day"),
        widget=PlainDate,
        validators=SOUND_DAY,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.active().visible_to(user)
        if not user.is_superuser:
            stores = stores.in_stores(user.stores_allowing(VIEW))
        self.fields["store"].queryset = stores


def day_before(store: Store, at: datetime) -> str:
    return (store.business_date(at) - DAY).isoformat()

"""How lists are narrowed: the fields above a list, in the person's own stores and words."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Upper
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import DateRangeWidget

from opsdesk.people import stores_of
from opsdesk.stores.models import Channel, Store

EDGES = ("min", "max", "after", "before")


class PlainSelect(forms.Select):
    """A select put together in Python: through templates nine of them cost more than the rows."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = {str(entry) for entry in self.format_value(value)}
        parts = []
        for key, label in self.choices:
            key = "" if key is None else str(key)
            mark = " selected" if key in chosen else ""
            parts.append(f'<option value="{escape(key)}"{mark}>{escape(label)}</option>')
        given = flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        return mark_safe(f"<select{given}>{''.join(parts)}</select>")  # Escaped by flatatt.


class PlainInput(forms.TextInput):
    """An input put together in Python, for the same reason."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = {"type": self.input_type, "name": name, **self.build_attrs(self.attrs, attrs)}
        shown = self.format_value(value)
        if shown is not None:
            given["value"] = shown
        return mark_safe(f"<input{flatatt(given)}>")  # Escaped by flatatt.


class PlainSearch(PlainInput):
    input_type = "search"


class PlainDate(PlainInput):
    input_type = "date"


class PlainDates(DateRangeWidget):
    """From a day to a day, side by side. Each says what it is, since one label stands over both."""

    def __init__(self, label: str | Promise = "", attrs: Any = None) -> None:
        super().__init__(attrs)
        self.label = label

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        days = value if isinstance(value, list) else self.decompress(value)
        given = dict(attrs or {})
        identity = given.pop("id", "")
        spoken = [
            gettext("%(dates)s, from") % {"dates": self.label},
            gettext("%(dates)s, until") % {"dates": self.label},
        ]
        return mark_safe(
            "".join(
                PlainDate().render(
                    f"{name}_{edge}",
                    day,
                    {**given, "id": f"{identity}_{number}", "aria-label": spoken[number]},
                )
                for number, (edge, day) in enumerate(zip(self.suffixes, days, strict=True))
            )
        )


def _stores(request: HttpRequest | None) -> QuerySet:
    return Store.objects.active().visible_to(request.user) if request else Store.objects.none()


def _channels(request: HttpRequest | None) -> QuerySet:
    if request is None:
        return Channel.objects.none()
    return Channel.objects.visible_to(request.user).select_related("store")


class StoreFilter(django_filters.ModelChoiceFilter):
    """Only the person's stores; absent when there is one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=_stores,
            label=_("Store"),
            empty_label=_("All stores"),
            widget=PlainSelect,
            **kwargs,
        )


class ChannelFilter(django_filters.ModelChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=_channels,
            label=_("Channel"),
            empty_label=_("All channels"),
            widget=PlainSelect,
            **kwargs,
        )


class StateFilter(django_filters.ChoiceFilter):
    def __init__(self, choices: Any, label: str | Promise, **kwargs: Any) -> None:
        super().__init__(
            choices=choices, label=label, empty_label=_("Any"), widget=PlainSelect, **kwargs
        )


class DaysFilter(django_filters.DateFromToRangeFilter):
    """From the first to the last of these days, both included, in the page's time zone."""

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        super().__init__(label=label, widget=PlainDates(label), **kwargs)


class PlainAmounts(django_filters.widgets.SuffixedMultiWidget):
    """From an amount to an amount, side by side; each says what it is."""

    suffixes = ["min", "max"]

    def __init__(self, label: str | Promise = "", attrs: Any = None) -> None:
        super().__init__((forms.NumberInput, forms.NumberInput), attrs)
        self.label = label

    def decompress(self, value: Any) -> list[Any]:
        return [value.start, value.stop] if value else [None, None]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        amounts = value if isinstance(value, list) else self.decompress(value)
        given = dict(attrs or {})
        identity = given.pop("id", "")
        spoken = [
            gettext("%(amounts)s, at least") % {"amounts": self.label},
            gettext("%(amounts)s, at most") % {"amounts": self.label},
        ]
        return mark_safe(
            "".join(
                PlainInput().render(
                    f"{name}_{edge}",
                    amount,
                    {
                        **given,
                        "id": f"{identity}_{number}",
                        "aria-label": spoken[number],
                        "inputmode": "decimal",
                    },
                )
                for number, (edge, amount) in enumerate(zip(self.suffixes, amounts, strict=True))
            )
        )


class AmountsField(django_filters.fields.RangeField):
    widget = PlainAmounts

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        fields = tuple(forms.DecimalField(min_value=0, max_digits=14) for _edge in range(2))
        super().__init__(fields, *args, **kwargs)


class AmountsFilter(django_filters.RangeFilter):
    """From one amount to another, both included."""

    field_class = AmountsField

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        super().__init__(label=label, widget=PlainAmounts(label), **kwargs)


class DateSpanField(django_filters.fields.RangeField):
    widget = PlainDates

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((forms.DateField(), forms.DateField()), *args, **kwargs)


class DateSpanFilter(django_filters.RangeFilter):
    """The same for a column that holds business days, whatever the page's time zone."""

    field_class = DateSpanField

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        super().__init__(label=label, widget=PlainDates(label), **kwargs)


class ByteOrder(OrderBy):
    """The order of a `text_pattern_ops` index, which the language's own order is not.

    The operator gives the direction; Django looks for the word in every ordering.
    """

    template = "%(expression)s USING ~<~ /* ASC */"


class PrefixFilter(django_filters.CharFilter):
    """What begins with these letters, whatever their case: the first `MOST` by number.

    They are taken from the prefix index in its own order, so that a short beginning that fits a
    hundred thousand rows costs no more than a long one. `through` names the relation if the column
    is another table's.
    """

    MOST = 1_000

    def __init__(self, label: str | Promise, *, through: str = "", **kwargs: Any) -> None:
        self.through = through
        widget = PlainSearch(attrs={"placeholder": label})
        super().__init__(label=label, max_length=80, widget=widget, **kwargs)

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        if not self.through:
            return rows.filter(pk__in=self._first(rows, value))
        related = rows.model._meta.get_field(self.through).related_model
        return rows.filter(**{f"{self.through}__in": self._first(related.objects.all(), value)})

    def _first(self, rows: QuerySet, value: str) -> QuerySet:
        matching = rows.filter(**{f"{self.field_name}__istartswith": value})
        return matching.order_by(ByteOrder(Upper(self.field_name))).values("pk")[: self.MOST]


class ListFilters(django_filters.FilterSet):
    """The filters of a list. Wrong values are said beside the field; no row is shown then."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        store = self.filters.get("store")
        if store is not None and len(stores_of(self.request)) < 2:
            del self.filters["store"]

    def rows(self) -> QuerySet:
        return self.qs if self.is_valid() else self.queryset.none()

    @property
    def is_search(self) -> bool:
        """Is something looked for by its beginning? Then only the first `MOST` are shown."""
        return any(
            isinstance(one, PrefixFilter) and self.data.get(name)
            for name, one in self.filters.items()
        )

    @property
    def in_use(self) -> bool:
        names = [*self.form.fields, *(f"{n}_{e}" for n in self.form.fields for e in EDGES)]
        return any(self.data.get(name) for name in names)

"""How lists are narrowed: the fields above a list, in the person's own stores and words."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

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
        identity = f' id="{escape(attrs["id"])}"' if attrs and "id" in attrs else ""
        return mark_safe(f'<select name="{escape(name)}"{identity}>{"".join(parts)}</select>')


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
        widget = django_filters.widgets.DateRangeWidget(attrs={"type": "date"})
        super().__init__(label=label, widget=widget, **kwargs)


class DateSpanField(django_filters.fields.RangeField):
    widget = django_filters.widgets.DateRangeWidget

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((forms.DateField(), forms.DateField()), *args, **kwargs)


class DateSpanFilter(django_filters.RangeFilter):
    """The same for a column that holds business days, whatever the page's time zone."""

    field_class = DateSpanField

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        widget = django_filters.widgets.DateRangeWidget(attrs={"type": "date"})
        super().__init__(label=label, widget=widget, **kwargs)


class PrefixFilter(django_filters.CharFilter):
    """What begins with these letters, whatever their case; reads a prefix index."""

    def __init__(self, label: str | Promise, **kwargs: Any) -> None:
        attributes = {"type": "search", "placeholder": label}
        super().__init__(
            label=label,
            lookup_expr="istartswith",
            max_length=80,
            widget=forms.TextInput(attrs=attributes),
            **kwargs,
        )


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
    def in_use(self) -> bool:
        names = [*self.form.fields, *(f"{n}_{e}" for n in self.form.fields for e in EDGES)]
        return any(self.data.get(name) for name in names)

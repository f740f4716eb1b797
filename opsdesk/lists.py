"""Lists for tables of millions of rows: keyset pages, a lean page, filters that can't break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, wording
from opsdesk.admin import ReadOnly, ScopedModelAdmin
from opsdesk.estimates import capped_counts
from opsdesk.navigation import MOST, shown
from opsdesk.people import stores_of
from opsdesk.stores.models import Channel, Store

# A list that takes longer is asked for with narrower filters instead of blocking the database.
PATIENCE_MS = 4_000


@dataclass(frozen=True)
class Column:
    """`cell` gives what is shown; plain text is escaped. `css`: od-num, od-wide, od-nowrap."""

    title: str | Promise
    cell: Callable[[Any], Any]
    css: str = ""


@dataclass(frozen=True)
class Tab:
    """A selection one click away. `rows` narrows the list; counted up to 99+."""

    code: str
    title: str | Promise
    rows: Callable[[QuerySet], QuerySet]
    counted: bool = True


def pill(text: Any, tone: str = "") -> SafeString:
    return format_html('<span class="od-pill {}">{}</span>', tone, text)


def moment_in(at: Any, store: Store) -> str:
    """A moment as the row's own store keeps time."""
    return wording.moment(at, store.zone)


def crumbs(opts: Any) -> list[tuple[str, str]]:
    """(words, address) of what lies above a row's page: its list."""
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return [(capfirst(opts.verbose_name_plural), address)]


def _stores(request: HttpRequest | None) -> QuerySet:
    return Store.objects.active().visible_to(request.user) if request else Store.objects.none()


def _channels(request: HttpRequest | None) -> QuerySet:
    if request is None:
        return Channel.objects.none()
    return Channel.objects.visible_to(request.user).select_related("store")


class StoreFilter(django_filters.ModelChoiceFilter):
    """Only the person's stores; absent when there is one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=_stores, label=_("Store"), empty_label=_("All stores"), **kwargs)


class ChannelFilter(django_filters.ModelChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=_channels, label=_("Channel"), empty_label=_("All channels"), **kwargs
        )


class StateFilter(django_filters.ChoiceFilter):
    def __init__(self, choices: Any, label: str | Promise, **kwargs: Any) -> None:
        super().__init__(choices=choices, label=label, empty_label=_("Any"), **kwargs)


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


EDGES = ("min", "max", "after", "before")


class KeysetModelAdmin(ScopedModelAdmin):
    """A list for a big table: give its columns, filters, tabs and a sorting an index serves."""

    columns: Sequence[Column] = ()
    filters: type[ListFilters] | None = None
    tabs: Sequence[Tab] = ()
    sorting = keyset.Sorting()
    page_size = 50
    list_template = "parts/list.html"
    empty_title: str | Promise = _("Nothing here yet")
    empty_hint: str | Promise = ""
    row_tone: Callable[[Any], str] | None = None
    links_rows = True

    def list_rows(self, request: HttpRequest) -> QuerySet:
        """The rows as the list shows them; add select_related and only() here."""
        return self.get_queryset(request).order_by()

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """(address, words) of the buttons above the list."""
        return [("add/", _("Add"))] if self.has_add_permission(request) else []

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """(code, words) of what can be done with ticked rows."""
        return []

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """A post with ticked rows."""
        raise PermissionDenied

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self.bulk(request)
        filters, rows = self.filtered(request)
        page, problem = self._read(request, rows)
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "crumbs": [],
            "opts": self.opts,
            "is_fullwidth": 1,
            "page": page,
            "problem": problem,
            "columns": self.columns,
            "lines": [self._line(row) for row in page.rows],
            "filters": filters,
            "tabs": self._tab_links(request),
            "buttons": self.list_buttons(request),
            "bulk_buttons": self.bulk_buttons(request),
            "empty_title": self.empty_title,
            "empty_hint": self.empty_hint,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.list_template, context)

    def filtered(self, request: HttpRequest) -> tuple[ListFilters | None, QuerySet]:
        """The filters, and the rows that tab and filters leave."""
        rows = self.list_rows(request)
        tab = self.chosen_tab(request)
        if tab:
            rows = tab.rows(rows)
        if self.filters is None:
            return None, rows
        filters = self.filters(request.GET, queryset=rows, request=request)
        return filters, filters.rows()

    def chosen_tab(self, request: HttpRequest) -> Tab | None:
        code = request.GET.get("tab", "")
        return next((tab for tab in self.tabs if tab.code == code), None)

    def _read(self, request: HttpRequest, rows: QuerySet) -> tuple[keyset.Page, str | Promise]:
        read = partial(keyset.Page.read, rows, self.sorting, size=self.page_size)
        before, after = request.GET.get("before", ""), request.GET.get("after", "")
        try:
            with patience(PATIENCE_MS):
                return read(before=before, after=after), ""
        except keyset.BadPlace:
            return read(), _("That page is not there; this is the first one.")
        except OperationalError as error:
            if error.__cause__.__class__.__name__ != "QueryCanceled":
                raise
            return keyset.Page([]), _(
                "This search takes too long. Choose a store or a shorter time, then try again."
            )

    def _line(self, row: models.Model) -> dict[str, Any]:
        return {
            "pk": row.pk,
            "cells": [(column.cell(row), column.css) for column in self.columns],
            "link": f"{row.pk}/change/" if self.links_rows else "",
        }

    def _tab_links(self, request: HttpRequest) -> list[dict[str, Any]]:
        if not self.tabs:
            return []
        base = self.get_queryset(request)
        counted = {tab.code: tab.rows(base) for tab in self.tabs if tab.counted}
        counts = capped_counts(counted, MOST)
        chosen = self.chosen_tab(request)
        everything = {"code": "", "title": _("All"), "count": "", "is_chosen": chosen is None}
        return [
            *(
                {
                    "code": tab.code,
                    "title": tab.title,
                    "count": shown(counts.get(tab.code, 0)),
                    "is_chosen": tab is chosen,
                }
                for tab in self.tabs
            ),
            everything,
        ]


class ReadOnlyList(ReadOnly, KeysetModelAdmin):
    """A list to look at."""


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    """Within the block a statement that takes longer is cancelled by the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [milliseconds])
        yield

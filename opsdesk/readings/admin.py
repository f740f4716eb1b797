"""The screen of what channels say of a store; readings are looked at, never edited."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, navigation
from opsdesk.filters import ChannelFilter, DateSpanFilter, ListFilters, PlainSelect, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, moment_in
from opsdesk.navigation import Screen
from opsdesk.readings import figures
from opsdesk.readings.models import Reading
from opsdesk.readings.procedure import VIEW


def _value(reading: Reading, value: Any) -> str:
    known = dict.fromkeys(each.code for each in figures.all_figures())
    if value is None or reading.figure not in known:
        return "—" if value is None else figures.shortest(value)
    return figures.get(reading.figure).shown(value, reading.store.currency)


def source_words(source: str) -> str:
    """Who said so: a file, a program, or what a chapter calls its own source."""
    kind, _colon, number = source.partition(":")
    if kind == "import":
        return gettext("File of import %(number)s") % {"number": number}
    if kind == "program":
        return gettext("Token %(number)s") % {"number": number}
    return source


class ReadingFilters(ListFilters):
    store = StoreFilter()
    channel = ChannelFilter()
    figure = django_filters.ChoiceFilter(
        label=_("Figure"), choices=figures.choices, empty_label=_("Any"), widget=PlainSelect
    )
    days = DateSpanFilter(label=_("Business day"), field_name="day")

    class Meta:
        model = Reading
        fields: list[str] = []


@admin.register(Reading)
class ReadingAdmin(ReadOnlyList):
    sorting = keyset.Sorting("day")
    filters = ReadingFilters
    links_rows = False
    empty_title = _("No figures yet")
    empty_hint = _("Bring a file of figures in, or let a program send them.")
    columns = [
        Column(_("business day"), lambda r: r.day.isoformat(), "od-nowrap"),
        Column(_("store"), lambda r: r.store, "od-wide"),
        Column(_("channel"), lambda r: r.channel),
        Column(_("figure"), lambda r: figures.title_of(r.figure)),
        Column(_("value"), lambda r: _value(r, r.value), "od-num"),
        Column(_("industry"), lambda r: _value(r, r.industry), "od-num od-wide"),
        Column(_("source"), lambda r: source_words(r.source), "od-wide"),
        Column(_("said"), lambda r: moment_in(r.taken_at, r.store), "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "channel")


navigation.register(
    "analytics",
    Screen(_("Figures of channels"), "monitoring", "admin:readings_reading_changelist", VIEW),
)

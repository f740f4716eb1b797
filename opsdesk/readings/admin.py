"""The screen of what channels say of a store; readings are looked at, never edited."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, navigation
from opsdesk.filters import ChannelFilter, DateSpanFilter, ListFilters, PlainSelect, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, crumbs, moment_in
from opsdesk.navigation import Screen
from opsdesk.readings import figures, page
from opsdesk.readings.models import Reading
from opsdesk.readings.procedure import VIEW


def _value(reading: Reading, value: Decimal | None) -> str:
    return figures.named(reading.figure).shown(value, reading.store.currency)


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
    empty_title = _("No figures yet")
    empty_hint = _("Bring a file of figures in, or let a program send them.")
    columns = [
        Column(_("figure"), lambda r: figures.title_of(r.figure)),
        Column(_("business day"), lambda r: r.day.isoformat(), "od-nowrap"),
        Column(_("store"), lambda r: r.store, "od-wide"),
        Column(_("channel"), lambda r: r.channel),
        Column(_("value"), lambda r: _value(r, r.value), "od-num"),
        Column(_("industry"), lambda r: _value(r, r.industry), "od-num od-wide"),
        Column(_("source"), lambda r: source_words(r.source), "od-wide"),
        Column(_("said"), lambda r: moment_in(r.taken_at, r.store), "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "channel")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The figure's history on its channel, whichever of its days is opened."""
        reading: Reading = self.get_object(request, object_id)
        history = page.history_of(reading, at=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": str(history.figure.title),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "reading": reading,
            "value": _value(reading, reading.value),
            "industry": _value(reading, reading.industry),
            "source": source_words(reading.source),
            "history": history,
            "others": page.others_of(reading),
        }
        return TemplateResponse(request, "readings/figure_page.html", context)


navigation.register(
    "analytics",
    Screen(_("Figures of channels"), "monitoring", "admin:readings_reading_changelist", VIEW),
)

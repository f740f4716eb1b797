"""Imports in the admin: the list, a file's way in, what became of each row."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from opsdesk import navigation, wording
from opsdesk.exchange import importers, views
from opsdesk.exchange.models import ImportSession
from opsdesk.filters import ListFilters, StateFilter, StoreFilter
from opsdesk.keyset import Sorting
from opsdesk.lists import Column, ReadOnlyList, Tab, pill, state_pill
from opsdesk.navigation import Screen

TONES = {
    "done": "good",
    "running": "info",
    "staged": "info",
    "undoing": "info",
    "refused": "danger",
}


def _state(session: ImportSession) -> str:
    return state_pill(ImportSession.State, session.state, TONES.get(session.state, ""))


def _outcome(session: ImportSession) -> str:
    return f"{session.created + session.changed} / {session.total}"


def _format(session: ImportSession) -> str:
    """The format's title; its name for one that no chapter brings any more."""
    titles = {each.name: str(each.title) for each in importers.all_importers()}
    return titles.get(session.importer, session.importer)


class ImportFilters(ListFilters):
    store = StoreFilter()
    state = StateFilter(ImportSession.State.choices, _("State"))
    importer = django_filters.ChoiceFilter(
        label=_("Format"),
        empty_label=_("Any"),
        choices=lambda: [(each.name, each.title) for each in importers.all_importers()],
    )

    class Meta:
        model = ImportSession
        fields = ["store", "state", "importer"]


@admin.register(ImportSession)
class ImportSessionAdmin(ReadOnlyList):
    filters = ImportFilters
    sorting = Sorting("created_at")
    empty_title = _("No imports yet")
    empty_hint = _("Upload an order file to bring its orders in.")
    tabs = [Tab("open", _("Under way"), lambda rows: rows.unfinished())]
    columns = [
        Column(_("File"), lambda s: s.file_name),
        Column(_("Store"), lambda s: s.store, "od-wide"),
        Column(_("Format"), _format, "od-wide od-nowrap"),
        Column(_("Started"), lambda s: wording.moment(s.created_at), "od-nowrap"),
        Column(_("State"), _state),
        Column(_("Taken"), _outcome, "od-num"),
        Column(
            _("Rejected"), lambda s: pill(s.rejected, "warning") if s.rejected else "", "od-num"
        ),
        Column(_("By"), lambda s: s.created_by or "–", "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> Any:
        return super().list_rows(request).select_related("store", "created_by")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, Any]]:
        return [("upload/", _("Upload a file"))] if views.may_bring_in(request) else []

    def get_urls(self) -> list[URLPattern]:
        screens = {
            "upload/": (views.upload, "upload"),
            "<int:pk>/change/": (views.show, "change"),
            "<int:pk>/columns/": (views.name_columns, "columns"),
            "<int:pk>/run/": (views.run, "run"),
            "<int:pk>/discard/": (views.discard, "discard"),
            "<int:pk>/undo/": (views.undo, "undo"),
            "<int:pk>/rejects/": (views.download_rejects, "rejects"),
            "<int:pk>/remarks/": (views.download_remarks, "remarks"),
            "<int:pk>/file/": (views.download_file, "file"),
        }
        own = [
            path(route, self._screen(view), name=f"exchange_importsession_{name}")
            for route, (view, name) in screens.items()
        ]
        return [*own, *super().get_urls()]

    def _screen(self, view: Any) -> Any:
        def screen(request: HttpRequest, **arguments: Any) -> HttpResponse:
            return view(request, self, **arguments)

        return self.admin_site.admin_view(screen)


navigation.register(
    "exchange",
    Screen(
        _("Imports"),
        "upload_file",
        "admin:exchange_importsession_changelist",
        "exchange.view_importsession",
        waiting=lambda request: ImportSession.objects.viewable_by(request.user).unfinished(),
    ),
)

"""Following exports: how far they are, and the file once it is there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import wording
from opsdesk.audit import exporting
from opsdesk.errors import DomainError
from opsdesk.exports import ExportedFile
from opsdesk.lists import Column, ReadOnlyList, crumbs, pill
from opsdesk.selections.models import ListExport
from opsdesk.selections.writing import screen_of

TONES = {"ready": "good", "failed": "danger", "running": "info"}


def _title(export: ListExport) -> str:
    return str(screen_of(export.screen).opts.verbose_name_plural)


@admin.register(ListExport)
class ListExportAdmin(ReadOnlyList):
    empty_title = _("No exports yet")
    empty_hint = _("Choose Export above a list: its selection becomes a file.")
    columns = [
        Column(_("list"), _title),
        Column(_("asked for"), lambda e: wording.moment(e.requested_at), "od-nowrap"),
        Column(_("state"), lambda e: pill(e.get_state_display(), TONES.get(e.state, ""))),
        Column(_("rows"), lambda e: f"{e.written:,}", "od-num"),
    ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:object_id>/file/", view(self.file), name="selections_listexport_file"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        export = self.get_object(request, object_id)
        is_over = export.expires_at is not None and export.expires_at <= timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Export: %(list)s") % {"list": _title(export)},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "export": export,
            "tone": TONES.get(export.state, ""),
            "under_way": export.state in (ListExport.State.WAITING, ListExport.State.RUNNING),
            "is_there": export.state == ListExport.State.READY and not is_over,
            "is_over": is_over,
        }
        return TemplateResponse(request, "selections/export.html", context)

    def file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The file, on record as an export. Raises DomainError once it is not kept any more."""
        export = self.get_object(request, str(object_id))
        if export.state != ListExport.State.READY:
            raise Http404
        if export.expires_at <= timezone.now() or not export.file.storage.exists(export.file.name):
            raise DomainError(gettext("The file is not kept any more: export the list again."))
        made = ExportedFile(export.file.open("rb"), export.written, export.sha256)
        screen = screen_of(export.screen)
        name = f"{screen.opts.model_name}-{export.requested_at:%Y%m%d-%H%M}.{export.format}"
        return exporting.sent(made, name, model=screen.model, filters=export.query)

"""Following bulk actions: what was started, how far it is, what it changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from opsdesk import wording
from opsdesk.bulk.models import BulkTask
from opsdesk.bulk.services import verb_of
from opsdesk.lists import Column, ReadOnlyList, crumbs, pill

TONES = {"done": "good", "failed": "danger", "running": "info"}


@admin.register(BulkTask)
class BulkTaskAdmin(ReadOnlyList):
    empty_title = _("No bulk actions yet")
    columns = [
        Column(_("action"), lambda t: verb_of(t.code).title),
        Column(_("started"), lambda t: wording.moment(t.started_at), "od-nowrap"),
        Column(_("state"), lambda t: pill(t.get_state_display(), TONES.get(t.state, ""))),
        Column(_("changed"), lambda t: f"{t.changed} / {t.total}", "od-num"),
    ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        task = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": verb_of(task.code).title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "task": task,
            "under_way": task.state in (BulkTask.State.WAITING, BulkTask.State.RUNNING),
            "left_alone": task.position - task.changed,
        }
        return TemplateResponse(request, "bulk/task.html", context)

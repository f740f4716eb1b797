"""Following bulk actions: what was started, how far it is, what became of each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, navigation, wording
from opsdesk.audit import exporting
from opsdesk.bulk.models import BulkResult, BulkTask
from opsdesk.bulk.services import Row, verb_of
from opsdesk.exports import csv_file
from opsdesk.lists import Column, ReadOnlyList, crumbs, pill, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import User

Outcome = BulkResult.Outcome
TONES = {"done": "good", "failed": "danger", "running": "info"}
OUTCOME_TONES = {Outcome.CHANGED: "good", Outcome.LEFT_ALONE: "", Outcome.REFUSED: "danger"}
# By their codes: refused, left alone, changed.
WORST_FIRST = keyset.Sorting("outcome")
PAGE_SIZE = 50
BATCH = 500


@admin.register(BulkTask)
class BulkTaskAdmin(ReadOnlyList):
    empty_title = _("No bulk actions yet")
    columns = [
        Column(_("action"), lambda t: verb_of(t.code).title),
        Column(_("started"), lambda t: wording.moment(t.started_at), "od-nowrap"),
        Column(_("state"), lambda t: pill(t.get_state_display(), TONES.get(t.state, ""))),
        Column(_("changed"), lambda t: f"{t.changed} / {t.total}", "od-num"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        # Of a large one the ids alone are hundreds of kilobytes.
        return super().get_queryset(request).defer("row_ids")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        address, name = "<int:object_id>/results/", "bulk_bulktask_results"
        return [path(address, view(self.results), name=name), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        task = self.get_object(request, object_id)
        page, problem = _read(_results_of(task, request), request)
        context = {
            **self.admin_site.each_context(request),
            "title": verb_of(task.code).title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "task": task,
            "outcomes": _outcomes(task, request),
            "lines": list(_lines(task, page.rows, request.user)),
            "page": page,
            "problem": problem,
        }
        return TemplateResponse(request, "bulk/task.html", context)

    def results(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """What became of each row, of those with the outcome that is asked for, as a file."""
        task = self.get_object(request, str(object_id))
        header = [gettext("Row"), gettext("Outcome"), gettext("Why"), gettext("State now")]
        results = _results_of(task, request).order_by("-outcome", "-pk")
        lines = _lines(task, results.iterator(BATCH), request.user)
        cells = (
            (row.name, result.get_outcome_display(), result.said, row.state)
            for result, _shown, row in lines
        )
        file = csv_file(header, cells)
        return exporting.sent(
            file,
            f"bulk-{task.pk}.csv",
            model=BulkTask,
            subject_id=task.pk,
            filters=request.GET.urlencode(),
        )


def _results_of(task: BulkTask, request: HttpRequest) -> QuerySet[BulkResult]:
    asked = request.GET.get("outcome", "")
    return task.results.filter(outcome=asked) if asked in Outcome.values else task.results.all()


def _read(results: QuerySet, request: HttpRequest) -> tuple[keyset.Page, str | Promise]:
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    try:
        return keyset.Page.read(
            results, WORST_FIRST, size=PAGE_SIZE, before=before, after=after
        ), ""
    except keyset.BadPlace:
        first = keyset.Page.read(results, WORST_FIRST, size=PAGE_SIZE)
        return first, _("That page is not there; this is the first one.")


def _outcomes(task: BulkTask, request: HttpRequest) -> list[tuple[str, str, int, bool]]:
    """(code, words, count, is it chosen), those that did not change first."""
    counts = {
        Outcome.REFUSED: task.refused,
        Outcome.LEFT_ALONE: task.left_alone,
        Outcome.CHANGED: task.changed,
    }
    asked = request.GET.get("outcome", "")
    every = ("", gettext("All"), task.position, asked not in Outcome.values)
    named = [(o.value, capfirst(o.label), count, o.value == asked) for o, count in counts.items()]
    return [every, *named]


def _lines(
    task: BulkTask, results: Iterable[BulkResult], person: User
) -> Iterator[tuple[BulkResult, SafeString, Row]]:
    """(result, its outcome, the row as this person may know it). One look per batch of rows."""
    rows_of = verb_of(task.code).rows_of
    nameless = Row(gettext("A row that you may not see"), "", "")
    waiting = iter(results)
    while batch := list(islice(waiting, BATCH)):
        known = rows_of([result.row_id for result in batch], person)
        for result in batch:
            shown = state_pill(Outcome, result.outcome, OUTCOME_TONES[Outcome(result.outcome)])
            yield result, shown, known.get(result.row_id, nameless)


navigation.register(
    "setup",
    Screen(
        _("Bulk actions"),
        "playlist_add_check",
        "admin:bulk_bulktask_changelist",
        "bulk.view_bulktask",
        rank=90,
    ),
)

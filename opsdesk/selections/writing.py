"""The worker's part: a selection is read page by page and written to its file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib import admin
from django.core.files import File
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from opsdesk import exports, keyset, privacy
from opsdesk.db import is_unavailable
from opsdesk.errors import DomainError, NotAllowed
from opsdesk.estimates import capped_count, estimated_count
from opsdesk.people import zone_of
from opsdesk.selections.models import ListExport
from opsdesk.selections.numbers import KEEP_EXPORTS
from opsdesk.selections.rights import EXPORT
from opsdesk.storage import needing_room
from opsdesk.stores import procedure

if TYPE_CHECKING:
    from opsdesk.exports import ExportedFile
    from opsdesk.selections.screens import KeptSelections

logger = logging.getLogger(__name__)

PAGE = 2_000
EXACT_UP_TO = 10_000
# A workbook takes four times as long to write as a text, and no spreadsheet shows more rows.
MOST = {ListExport.Format.CSV: 2_000_000, ListExport.Format.XLSX: 200_000}
MOST_ATTEMPTS = 3
# No task outlives its time limit, so a lease of that length needs no renewal.
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)

State = ListExport.State


class TooManyRows(DomainError):
    """The selection is larger than a file of this kind may be."""

    code = "too_many_rows"


class Overtaken(Exception):
    """Another worker has the export: this one's lease ran out."""


def write_waiting(*, at: datetime) -> int:
    """Every export that waits is written. Returns how many are ready."""
    ids = list(ListExport.objects.waiting(at).order_by("pk").values_list("pk", flat=True))
    return sum(write(pk, at=at) == State.READY for pk in ids)


def write(export_id: int, *, at: datetime) -> str | None:
    """The file is there, or the row says why not. None: somebody else has it, or it is over.

    Its person's rights are read anew: they decide which rows are in it. Trouble that passes puts
    it back for the next tick, three times in all.
    """
    claimed = (
        ListExport.objects.waiting(at)
        .filter(pk=export_id)
        .update(state=State.RUNNING, lease_until=at + LEASE, attempts=F("attempts") + 1, written=0)
    )
    if not claimed:
        return None
    export = ListExport.objects.select_related("requested_by").get(pk=export_id)
    if export.attempts > MOST_ATTEMPTS:
        return _end(export, State.FAILED, error="Its worker died each time.", finished_at=at)
    with translation.override(export.requested_by.language or None):
        return _guarded(export, at)


def _guarded(export: ListExport, at: datetime) -> str | None:
    try:
        return _write(export, at)
    except Overtaken:
        return None
    except SoftTimeLimitExceeded as error:
        _put_back(export, error, at)
        raise
    except DomainError as error:
        return _end(export, State.FAILED, error=error.message, finished_at=at)
    except Exception as error:
        if is_unavailable(error):
            connection.close_if_unusable_or_obsolete()
            return _put_back(export, error, at)
        logger.exception("Export %s failed", export.pk)
        return _end(export, State.FAILED, error=privacy.error_summary(error), finished_at=at)


def _write(export: ListExport, at: datetime) -> str | None:
    screen, request = screen_of(export.screen), as_asked(export)
    if not (screen.has_view_permission(request) and request.user.has_perm(EXPORT)):
        raise NotAllowed(_("You may not export this list any more."))
    with timezone.override(zone_of(request)):
        made = _file(export, screen, request)
    with made.content, needing_room():
        export.file.save(str(export.pk), File(made.content), save=False)
    days = procedure.value_of(KEEP_EXPORTS.key, store=None, at=at)
    ended = _end(
        export,
        State.READY,
        file=export.file.name,
        sha256=made.sha256,
        written=made.rows,
        finished_at=timezone.now(),
        expires_at=at + timedelta(days=int(days)),
    )
    if ended is None:
        export.file.delete(save=False)
    return ended


def screen_of(label: str) -> KeptSelections:
    """The list of this model. Raises NotRegistered."""
    from django.apps import apps

    return admin.site.get_model_admin(apps.get_model(label))  # type: ignore[return-value]


def as_asked(export: ListExport) -> HttpRequest:
    """The list's page as its person asks for it: filters read their stores and choices there."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(export.query)
    request.user = export.requested_by
    return request


def _file(export: ListExport, screen: KeptSelections, request: HttpRequest) -> ExportedFile:
    header = [str(column.title) for column in screen.export_columns]
    rows = _rows(export, screen, request)
    if export.format == ListExport.Format.CSV:
        return exports.csv_file(header, rows)
    return exports.xlsx_file(header, rows, str(screen.opts.verbose_name_plural))


def _rows(export: ListExport, screen: KeptSelections, request: HttpRequest) -> Iterator[list[Any]]:
    """Page by page by key, so that neither memory nor a statement grows with the selection."""
    rows = screen.export_rows(request)
    expected = capped_count(rows, EXACT_UP_TO)
    if expected > EXACT_UP_TO:
        expected = max(estimated_count(rows), expected)
    tab = screen.chosen_tab(request)
    sorting = tab.sorting if tab and tab.sorting else screen.sorting
    written, after, most = 0, "", MOST[ListExport.Format(export.format)]
    while True:
        page = keyset.Page.read(rows, sorting, size=PAGE, after=after)
        written, after = written + len(page.rows), page.after
        if written > most:
            raise TooManyRows(
                _("More than %(most)s rows: narrow the selection, or choose CSV.") % {"most": most}
            )
        for row in page.rows:
            yield [column.cell(row) for column in screen.export_columns]
        if not _held(export).update(written=written, expected=max(expected, written)):
            raise Overtaken
        if not after:
            return


def _put_back(export: ListExport, error: Exception, at: datetime) -> str | None:
    """It waits for the next tick, or has failed for good when it was tried often enough."""
    summary = privacy.error_summary(error)
    logger.warning("Export %s interrupted: %s", export.pk, summary)
    if export.attempts >= MOST_ATTEMPTS:
        return _end(export, State.FAILED, error=summary, finished_at=at)
    return _end(export, State.WAITING)


def _end(export: ListExport, state: str, **values: Any) -> str | None:
    """How this attempt ended; None if it was overtaken, and somebody else says it."""
    if "error" in values:
        values["error"] = values["error"][:500]
    done = _held(export).update(state=state, lease_until=None, **values)
    return state if done else None


def _held(export: ListExport) -> Any:
    """The row, while this attempt holds its lease."""
    return ListExport.objects.filter(pk=export.pk, state=State.RUNNING, attempts=export.attempts)


def older_than(before: datetime) -> Any:
    return ListExport.objects.filter(requested_at__lt=before).exclude(state=State.RUNNING)


def remove(keys: list[int], _at: datetime) -> None:
    """These exports are gone, their files first: a row without its file says so when asked for."""
    rows = ListExport.objects.filter(pk__in=keys)
    for export in rows.exclude(file=""):
        export.file.delete(save=False)
    rows.delete()

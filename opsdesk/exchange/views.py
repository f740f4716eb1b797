"""The screens of one import. Whoever may not see its store gets a 404, as if it were not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk.audit import exporting
from opsdesk.errors import DomainError
from opsdesk.exchange import importers, rejects
from opsdesk.exchange.forms import MapForm, UploadForm
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.services import background, preview, sessions, uploads
from opsdesk.exchange.services.sessions import Options
from opsdesk.exports import ExportedFile
from opsdesk.keyset import BadPlace, Page, Sorting
from opsdesk.lists import crumbs

if TYPE_CHECKING:
    from opsdesk.exchange.admin import ImportSessionAdmin

State = ImportSession.State
UNDO = "exchange.undo_import"
LIST = "admin:exchange_importsession_changelist"
PAGE = "admin:exchange_importsession_change"

SHOWN_REMARKS = 200
UNDER_WAY = (State.RUNNING, State.UNDOING)


def _session(request: HttpRequest, pk: int, permission: str = importers.SEE) -> ImportSession:
    """The import, if the person works for its store; else 404. Without the right: refused."""
    visible = ImportSession.objects.visible_to(request.user).select_related(
        "store", "channel", "created_by"
    )
    session = get_object_or_404(visible, pk=pk)
    if not request.user.has_perm(permission, session.store):
        raise PermissionDenied
    return session


def _own_session(request: HttpRequest, pk: int) -> ImportSession:
    """The same, for those who may bring in files of its format."""
    session = _session(request, pk)
    if not may_run(request, session):
        raise PermissionDenied
    return session


def may_run(request: HttpRequest, session: ImportSession) -> bool:
    return request.user.has_perm(importers.get(session.importer).permission, session.store)


def may_bring_in(request: HttpRequest) -> bool:
    """Some kind of file, in some store."""
    return any(importers.stores_for(request.user).values())


def upload(request: HttpRequest, screen: ImportSessionAdmin) -> HttpResponse:
    if not may_bring_in(request):
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        session = _taken(request, form)
        if session is not None:
            return redirect(PAGE, session.pk)
    context = {
        **screen.admin_site.each_context(request),
        "title": _("Upload a file"),
        "opts": screen.opts,
        "crumbs": crumbs(screen.opts),
        "form": form,
        "formats": form.formats,
    }
    return TemplateResponse(request, "exchange/upload.html", context)


def _taken(request: HttpRequest, form: UploadForm) -> ImportSession | None:
    given = form.cleaned_data
    options = Options(
        importer=given["importer"],
        as_of=timezone.now(),
        channel=given["channel"],
        on_error=given["on_error"],
    )
    try:
        session, is_new = uploads.take_upload(
            store=given["store"],
            upload=given["file"],
            options=options,
            actor=request.user,
            at=timezone.now(),
        )
    except DomainError as error:
        form.add_error(None, error.message)
        return None
    if not is_new:
        messages.info(request, _("This file is being imported already; this is its page."))
    elif session.state == State.UPLOADED and not session.dialect.get("waits"):
        background.stage_later(session)
    return session


def show(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    """One page for every state: columns to name, preview, progress, result."""
    session = _session(request, pk)
    context = {
        **screen.admin_site.each_context(request),
        "title": session.file_name,
        "opts": screen.opts,
        "crumbs": crumbs(screen.opts),
        "session": session,
        "importer": importers.get(session.importer),
        "may_run": may_run(request, session),
        "may_undo": request.user.has_perm(UNDO, session.store),
        "under_way": session.state in UNDER_WAY
        or (session.state == State.UPLOADED and not session.dialect.get("waits")),
        **_of_state(session),
        **_rejected(request, session),
    }
    return TemplateResponse(request, "exchange/session.html", context)


def _of_state(session: ImportSession) -> dict[str, Any]:
    if session.state == State.UPLOADED and session.dialect.get("waits"):
        return {"map_form": MapForm(session=session)}
    if session.state == State.STAGED:
        return {
            "preview": session.dialect.get("preview"),
            "remarks": session.dialect.get("preview", {}).get("remarks"),
            "changed_rows": preview.changed_rows(session),
        }
    if session.state == State.DONE:
        remarked = session.rows.remarked().order_by("line")
        return {"remarks": remarked[:SHOWN_REMARKS], "remark_count": remarked.count()}
    if session.state == State.UNDONE:
        kept = session.rows.filter(outcome=ImportRow.Outcome.CREATED).order_by("line")
        return {"kept_rows": kept[:20]}
    return {}


def _rejected(request: HttpRequest, session: ImportSession) -> dict[str, Any]:
    """A page of rejected rows, their cells masked."""
    rows = session.rows.rejected()
    sorting = Sorting("line", descending=False)
    try:
        page = Page.read(
            rows,
            sorting,
            size=50,
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
    except BadPlace as error:
        raise Http404 from error
    return {
        "page": page,
        "rejected_rows": [(row, _masked_cells(row, session)) for row in page.rows],
    }


def _masked_cells(row: ImportRow, session: ImportSession) -> list[str]:
    cells = row.raw[0] if row.raw and isinstance(row.raw[0], list) else row.raw
    return [cell for cell in uploads.masked(cells, session.dialect) if cell]


@require_POST
def name_columns(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    session = _own_session(request, pk)
    form = MapForm(request.POST, session=session)
    if not form.is_valid():
        for problem in form.non_field_errors() or [_("Say for every column what it is.")]:
            messages.error(request, problem)
        return redirect(PAGE, pk)
    try:
        session = uploads.map_columns(
            session=session, column_map=form.column_map, at=timezone.now()
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(PAGE, pk)
    if session.state == State.UPLOADED and not session.dialect.get("waits"):
        background.stage_later(session)
    return redirect(PAGE, pk)


@require_POST
def run(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    session = _own_session(request, pk)
    if not background.start(session.pk):
        messages.info(request, _("It was started before."))
    return redirect(PAGE, pk)


@require_POST
def discard(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    session = _own_session(request, pk)
    try:
        sessions.discard(session=session, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(PAGE, pk)
    messages.success(request, _("%(file)s is discarded.") % {"file": session.file_name})
    return redirect(LIST)


@require_POST
def undo(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    session = _session(request, pk, UNDO)
    try:
        background.start_undo(session=session, actor=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(PAGE, pk)


def download_rejects(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    """The rejected rows whole, to be mended: for those who may bring them in again."""
    session = _own_session(request, pk)
    return exporting.sent(
        rejects.file_of(session),
        rejects.name_of(session),
        model=ImportSession,
        store=session.store,
        subject_id=session.pk,
    )


def download_remarks(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    """What should be known of rows that were taken."""
    session = _own_session(request, pk)
    return exporting.sent(
        rejects.remarks_of(session),
        rejects.name_of(session, "remarks"),
        model=ImportSession,
        store=session.store,
        subject_id=session.pk,
    )


def download_file(request: HttpRequest, screen: ImportSessionAdmin, pk: int) -> HttpResponse:
    """The file as it was uploaded, buyers and all: for those who may bring it in again."""
    session = _own_session(request, pk)
    try:
        file = session.file.open("rb")
    except (ValueError, FileNotFoundError):
        messages.error(request, _("The file is not kept any more."))
        return redirect(PAGE, pk)
    return exporting.sent(
        ExportedFile(file, session.total, session.sha256),
        session.file_name,
        model=ImportSession,
        store=session.store,
        subject_id=session.pk,
    )

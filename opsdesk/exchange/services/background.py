"""Imports that nobody waits for: a worker carries them on, and a job finds what it missed."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from opsdesk.exchange import tasks
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, undoing, uploads
from opsdesk.schedule.hints import hint

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = ImportSession.State

# A worker's stretch, below its time limit: then it puts itself at the end of the queue.
STRETCH_SECONDS = 240


def stage_later(session: ImportSession) -> None:
    """A stored file is to be read and checked."""
    hint(tasks.run_import, session.pk)


def start(session_id: int, *, at: datetime) -> bool:
    """A checked import is to run from now on. False if it was started before."""
    with transaction.atomic():
        started = ImportSession.objects.filter(pk=session_id, state=State.STAGED).update(
            state=State.RUNNING, lease_until=at
        )
        if started:
            hint(tasks.run_import, session_id)
    return bool(started)


def start_undo(*, session: ImportSession, actor: User) -> None:
    """An import is to be taken back from now on. Raises as `undoing.begin_undo`."""
    with transaction.atomic():
        undoing.begin_undo(session=session, actor=actor)
        hint(tasks.run_import, session.pk)


def carry_on(session_id: int, *, at: datetime) -> str:
    """One stretch of whatever the session waits for. Returns its state. Safe to repeat."""
    session = ImportSession.objects.select_related("created_by").filter(pk=session_id).first()
    if session is None:
        return ""
    until = time.monotonic() + STRETCH_SECONDS
    language = session.created_by.language if session.created_by else ""
    with translation.override(language or None):
        if session.state == State.UPLOADED and session.file:
            session = _stage_stored(session, at=at)
        elif session.state == State.RUNNING:
            session = applying.run(session_id, until=until)
        elif session.state == State.UNDOING:
            session = undoing.undo(session_id, actor=None, at=at, until=until)
    if session.state in (State.RUNNING, State.UNDOING):
        hint(tasks.run_import, session_id)
    return session.state


def _stage_stored(session: ImportSession, *, at: datetime) -> ImportSession:
    if session.dialect.get("waits"):
        return session
    with uploads.stored_copy(session) as path:
        return uploads.look_at(session, path, at=at, has_time=True)


def resume_imports(*, at: datetime) -> int:
    """Imports that no worker carries on are hinted to one again. Returns how many.

    For a job every minute: it finds what a lost hint or a killed worker left. A running import
    renews its lease with every chunk and is left alone. A file whose columns wait for a person has
    rows only after that.
    """
    abandoned = ImportSession.objects.filter(
        Q(state__in=[State.RUNNING, State.UNDOING]) & (Q(lease_until=None) | Q(lease_until__lt=at))
        | Q(state=State.UPLOADED) & ~Q(file="") & ~Q(dialect__contains={"waits": True})
    ).values_list("pk", flat=True)
    for session_id in abandoned:
        hint(tasks.run_import, session_id)
    return len(abandoned)

"""Imports that nobody waits for: a worker carries them on, and a job finds what it missed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
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
# No task outlives its time limit, so a lease of that length needs no renewal while a file is staged
# in one transaction. Chunks that commit shorten it to their own.
LEASE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT)
# What kills its worker each time must not come back for ever.
ATTEMPTS = 3


def stage_later(session: ImportSession) -> None:
    """A stored file is to be read and checked."""
    hint(tasks.run_import, session.pk)


def start(session_id: int) -> bool:
    """A checked import is to run from now on. False if it was started before."""
    with transaction.atomic():
        started = ImportSession.objects.filter(pk=session_id, state=State.STAGED).update(
            state=State.RUNNING, lease_until=None, attempts=0
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
    """One stretch of whatever the session waits for. Returns its state; empty if it is gone.

    Safe to repeat: a lease lets one worker at it. What failed `ATTEMPTS` times is given up.
    """
    session = _leased(session_id, at)
    if session is None:
        state = ImportSession.objects.filter(pk=session_id).values_list("state", flat=True).first()
        return state or ""
    language = session.created_by.language if session.created_by else ""
    with translation.override(language or None):
        try:
            session = _stretch(session, at)
        except Exception:
            # The next minute tries again; the attempt stays counted.
            ImportSession.objects.filter(pk=session_id).update(lease_until=None)
            raise
    ImportSession.objects.filter(pk=session_id).update(lease_until=None, attempts=0)
    if session.state in (State.RUNNING, State.UNDOING):
        hint(tasks.run_import, session_id)
    return session.state


def _leased(session_id: int, at: datetime) -> ImportSession | None:
    """The session, for this worker alone; None where there is nothing to do, or somebody is at it.

    Committed before the work begins, so that an attempt that kills its worker counts.
    """
    with transaction.atomic():
        session = (
            ImportSession.objects.for_a_worker(at)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("created_by")
            .filter(pk=session_id)
            .first()
        )
        if session is not None:
            session.attempts += 1
            session.lease_until = at + LEASE
            session.save(update_fields=["attempts", "lease_until"])
    return session


def _stretch(session: ImportSession, at: datetime) -> ImportSession:
    until = time.monotonic() + STRETCH_SECONDS
    is_poison = session.attempts > ATTEMPTS
    if session.state == State.UPLOADED:
        return uploads.give_up(session.pk, at=at) if is_poison else _stage_stored(session, at=at)
    if session.state == State.RUNNING:
        return applying.give_up(session.pk) if is_poison else applying.run(session.pk, until=until)
    if is_poison:
        return undoing.give_up(session.pk)
    return undoing.undo(session.pk, actor=None, at=at, until=until)


def _stage_stored(session: ImportSession, *, at: datetime) -> ImportSession:
    with uploads.stored_copy(session) as path:
        return uploads.look_at(session, path, at=at, has_time=True)


def resume_imports(*, at: datetime) -> int:
    """Imports that no worker carries on are hinted to one again. Returns how many.

    For a job every minute: it finds what a lost hint or a killed worker left. Whoever works on an
    import holds its lease and is left alone. A file whose columns wait for a person has rows only
    after that.
    """
    abandoned = ImportSession.objects.for_a_worker(at).values_list("pk", flat=True)
    for session_id in abandoned:
        hint(tasks.run_import, session_id)
    return len(abandoned)

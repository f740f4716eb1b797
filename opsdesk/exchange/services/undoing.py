"""An import is taken back: what it made and nobody has touched since is gone again."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from opsdesk.audit.context import acting
from opsdesk.db import retrying
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.exchange import importers
from opsdesk.exchange.models import ImportRow, ImportSession

if TYPE_CHECKING:
    from opsdesk.stores.models import User

State = ImportSession.State
Outcome = ImportRow.Outcome

CHUNK = 1_000
# Renewed with every chunk, so that one worker is at it and a killed one is soon replaced.
LEASE = timedelta(seconds=60)


def begin_undo(*, session: ImportSession, actor: User | None) -> None:
    """The import is being taken back from now on. Raises NotAllowed, and Conflict unless done."""
    if actor is not None and not actor.has_perm("exchange.undo_import", session.store):
        raise NotAllowed(_("You may not undo imports of %(store)s.") % {"store": session.store})
    begun = ImportSession.objects.filter(pk=session.pk, state=State.DONE).update(
        state=State.UNDOING, lease_until=None, attempts=0
    )
    if not begun:
        raise Conflict(_("Only an import that is done can be undone."))


def undo(
    session_id: int, *, actor: User | None, at: datetime, until: float | None = None
) -> ImportSession:
    """Every row that made a record is undone, or says why its record stays.

    Chunks commit on their own; a killed run goes on when it is called again. Changes to records
    that were there before are not taken back. `until`: see `applying.run`.
    """
    session = ImportSession.objects.select_related("store").get(pk=session_id)
    if session.state != State.UNDOING:
        return session
    line: int | None = 0
    while line is not None:
        line = retrying(partial(_undo_chunk, session, line, actor=actor, at=at))
        if until is not None and time.monotonic() > until and line is not None:
            return session
    gone = session.rows.filter(outcome=Outcome.UNDONE).count()
    stayed = session.rows.filter(outcome=Outcome.CREATED).count()
    session.state = State.UNDONE
    session.finished_at = at
    session.reason = _("%(gone)d taken back, %(stayed)d stay because they were touched since.") % {
        "gone": gone,
        "stayed": stayed,
    }
    session.save(update_fields=["state", "finished_at", "reason"])
    return session


def give_up(session_id: int) -> ImportSession:
    """What is taken back stays so; the import is done as before, and may be undone again later."""
    ImportSession.objects.filter(pk=session_id, state=State.UNDOING).update(
        state=State.DONE,
        reason=_("Not everything could be taken back: an error on our side. Try again later."),
    )
    return ImportSession.objects.get(pk=session_id)


def _undo_chunk(
    session: ImportSession, after: int, *, actor: User | None, at: datetime
) -> int | None:
    rows = list(
        session.rows.filter(outcome=Outcome.CREATED, line__gt=after)
        .select_for_update(of=("self",))
        .order_by("line")[:CHUNK]
    )
    if not rows:
        return None
    importer = importers.get(session.importer)
    targets = [row.target_id for row in rows if row.target_id is not None]
    with transaction.atomic(), acting(via="file", user=actor, cause=f"undo:{session.pk}"):
        gone = importer.undo(targets, session=session, actor=actor, at=at)
    removed = [row.pk for row in rows if row.target_id in gone]
    kept = [row.pk for row in rows if row.target_id not in gone]
    session.rows.filter(pk__in=removed).update(outcome=Outcome.UNDONE)
    session.rows.filter(pk__in=kept).update(
        code="touched", reason=_("It was changed since, so it stays.")
    )
    ImportSession.objects.filter(pk=session.pk).update(lease_until=Now() + LEASE, attempts=0)
    return rows[-1].line

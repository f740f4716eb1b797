"""An import begins, or turns out to be under way already; or it is thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import File
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.exchange import importers
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.readers.encoding import digest

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.stores.models import Channel, Store, User

State = ImportSession.State
OnError = ImportSession.OnError


_LOCK_NOT_AVAILABLE = "55P03"


class NoChannel(DomainError):
    """The store has no active channel that the file's rows could have come from."""

    code = "no_channel"


@dataclass(frozen=True)
class Options:
    """How a file is to be brought in. `as_of` is the moment at which it is read."""

    importer: str
    as_of: datetime
    channel: Channel | None = None
    on_error: str = ImportSession.OnError.SKIP
    column_map: Mapping[str, str] | None = None


def open_session(
    *,
    store: Store,
    path: Path,
    name: str,
    options: Options,
    actor: User | None,
    keep: UploadedFile | None = None,
) -> tuple[ImportSession, bool]:
    """The import of this file into this store; True if it is new, False if it was under way.

    `keep` is stored with the session, for imports that run where `path` can't be seen. Two callers
    at once get the same session: a partial unique key decides. Raises NotAllowed, NoChannel,
    UnknownImporter, and Conflict where the file is under way with other options.
    """
    importer = importers.get(options.importer)
    if actor is not None and not actor.has_perm(importer.permission, store):
        raise NotAllowed(_("You may not bring files into %(store)s.") % {"store": store})
    channel = options.channel or store.channels.filter(is_active=True).order_by("pk").first()
    if channel is None:
        raise NoChannel(_("%(store)s has no active channel.") % {"store": store})
    size, sha256 = digest(path)
    session = ImportSession(
        store=store,
        channel=channel,
        importer=options.importer,
        file_name=name[:255],
        sha256=sha256,
        size=size,
        column_map=dict(options.column_map or {}),
        on_error=OnError.REJECT_ALL if importer.all_or_none else options.on_error,
        as_of=options.as_of,
        created_by=actor,
    )
    while True:
        try:
            with transaction.atomic():
                session.save(force_insert=True)
                if keep is not None:
                    # Never a session whose file is lost: it would answer for the file for ever.
                    session.file.save(name, File(keep))
        except IntegrityError:
            first = _under_way(session)
            if first is None:
                continue  # it has ended meanwhile
            if keep is not None:
                _hand_over(first, name, keep)
            return first, False
        return session, True


def _under_way(session: ImportSession) -> ImportSession | None:
    first = (
        ImportSession.objects.unfinished()
        .filter(store=session.store, importer=session.importer, sha256=session.sha256)
        .first()
    )
    if first is None:
        return None
    same = (
        first.on_error == session.on_error
        and first.column_map == session.column_map
        and first.channel_id == session.channel_id
    )
    if not same:
        raise Conflict(
            _("Import %(number)d of the same file is under way with other settings.")
            % {"number": first.pk},
            session=first.pk,
        )
    return first


def _hand_over(first: ImportSession, name: str, keep: UploadedFile) -> None:
    """A session begun by a command that died has no file: the upload carries it on."""
    with transaction.atomic():
        found = (
            ImportSession.objects.select_for_update(skip_locked=True)
            .filter(pk=first.pk, state=State.UPLOADED, file="")
            .first()
        )
        if found is not None:
            found.file.save(name, File(keep))


def lock(session_id: int, *, waits: bool = False) -> ImportSession:
    """The session's row, locked. Raises Conflict while somebody else works on it.

    A worker or a command `waits` for the other instead; a page must not.
    """
    try:
        return (
            ImportSession.objects.select_for_update(of=("self",), nowait=not waits)
            .select_related("store", "channel", "created_by")
            .get(pk=session_id)
        )
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise Conflict(_("The import is being worked on. Try again in a moment.")) from error


def discard(*, session: ImportSession, actor: User | None) -> None:
    """An import that has changed nothing is gone, with its rows and its file.

    Raises NotAllowed, and Conflict while it is checked or once it runs.
    """
    needed = importers.get(session.importer).permission
    if actor is not None and not actor.has_perm(needed, session.store):
        raise NotAllowed(_("You may not discard imports of %(store)s.") % {"store": session.store})
    with transaction.atomic():
        found = lock(session.pk)
        if found.state not in (State.UPLOADED, State.STAGED, State.REFUSED):
            raise Conflict(_("The import has begun; undo it when it is done."))
        drop_file(found)
        found.delete()


def refuse(session: ImportSession, reason: str, *, at: datetime) -> None:
    """Nothing of the file is taken; only the rejected rows are kept, with their reasons."""
    session.rows.pending().delete()
    session.state = State.REFUSED
    session.reason = reason[:500]
    session.finished_at = at
    session.lease_until = None
    session.save(update_fields=["state", "reason", "finished_at", "lease_until"])
    drop_file(session)


def drop_file(session: ImportSession) -> None:
    """The stored copy is needed until its rows are staged, and no longer."""
    if session.file:
        storage, name = session.file.storage, str(session.file.name)
        session.file = ""
        session.save(update_fields=["file"])
        transaction.on_commit(lambda: storage.delete(name))

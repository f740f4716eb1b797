"""A file comes in through the browser: kept, looked at, and checked here or by a worker."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk import privacy
from opsdesk.db import is_unavailable
from opsdesk.errors import DomainError
from opsdesk.exchange import importers
from opsdesk.exchange.importers import Source
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.problems import FileRefused
from opsdesk.exchange.services import preview, staging
from opsdesk.exchange.services.sessions import Options, lock, open_session
from opsdesk.storage import needing_room

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.stores.models import Store, User

logger = logging.getLogger(__name__)

State = ImportSession.State

# Larger files are checked by a worker: nobody waits for a page that long.
CHECKED_AT_ONCE_BYTES = 1024 * 1024
SAMPLE_ROWS = 5
_HIDDEN = "•••"


def take_upload(
    *, store: Store, upload: UploadedFile, options: Options, actor: User, at: datetime
) -> tuple[ImportSession, bool]:
    """The import of an uploaded file; True if it is new.

    Small files are staged on return, larger ones when a worker gets to it. A file that can't be
    read leaves the session refused, with the reason; one with columns that nobody knows waits for
    a person to name them (`dialect["waits"]`). Raises as `open_session`, and NoRoom where the disk
    is full: then there is neither an import nor a file.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "file"
        with needing_room():
            with path.open("wb") as copy:
                for block in upload.chunks():
                    copy.write(block)
            upload.seek(0)
            session, is_new = open_session(
                store=store,
                path=path,
                name=Path(upload.name or "file").name,
                options=options,
                actor=actor,
                keep=upload,
            )
        if is_new:
            session = look_at(session, path, at=at)
    return session, is_new


def map_columns(
    *, session: ImportSession, column_map: Mapping[str, str], at: datetime
) -> ImportSession:
    """The person has said what the unknown columns are: the file is looked at again.

    Raises Conflict while somebody else does.
    """
    with transaction.atomic():
        found = lock(session.pk)
        if found.state != State.UPLOADED or not found.file:
            return found
        found.column_map = {**found.column_map, **column_map}
        found.save(update_fields=["column_map"])
    with stored_copy(found) as path:
        return look_at(found, path, at=at)


def look_at(
    session: ImportSession, path: Path, *, at: datetime, has_time: bool = False
) -> ImportSession:
    """What the file is goes on record; then it is staged, unless a person must name columns, or
    it is large and the caller (a page) has no time. Safe to repeat.
    """
    try:
        return _look_at(session, path, at=at, has_time=has_time)
    except (DomainError, OSError, SoftTimeLimitExceeded):
        raise  # not the file's fault: a worker tries again, and counts how often
    except Exception as error:
        if is_unavailable(error):
            raise
        logger.exception("Import %s can't be read", session.pk)
        return give_up(session.pk, at=at)


def give_up(session_id: int, *, at: datetime) -> ImportSession:
    """The file defeats us: refused with that reason, unless its rows are being applied already."""
    refusal = FileRefused(
        "unexpected_error",
        _("The file can't be processed: an error on our side. The server's log says which."),
    )
    with transaction.atomic():
        session = lock(session_id, waits=True)
        if session.state in (State.UPLOADED, State.STAGED):
            staging.refuse_file(session, refusal, at=at)
    return session


def _look_at(session: ImportSession, path: Path, *, at: datetime, has_time: bool) -> ImportSession:
    importer = importers.get(session.importer)
    try:
        source = importer.open(path, name=session.file_name, column_map=session.column_map)
        sample = _sample(source)
    except FileRefused:
        # Which refuses it with the reason.
        return staging.stage(session.pk, path, at=at, waits=has_time)
    waits = source.match is not None and not source.match.is_complete
    session.dialect = {**source.dialect, "sample": sample, "waits": waits}
    session.save(update_fields=["dialect"])
    if waits or not (has_time or session.size <= CHECKED_AT_ONCE_BYTES):
        return session
    session = staging.stage(session.pk, path, at=at, waits=has_time)
    if session.state == State.STAGED and "preview" not in session.dialect:
        preview.record(session)
    return session


@contextmanager
def stored_copy(session: ImportSession) -> Iterator[Path]:
    """The stored file as a local one, wherever files are stored."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / "file"
        with session.file.open("rb") as stored, path.open("wb") as target:
            shutil.copyfileobj(stored, target)
        yield path


def _sample(source: Source) -> list[list[str]]:
    """The first rows, masked."""
    with source.table.rows() as rows:
        next(rows)
        return [masked(cells, source.dialect) for _line, cells in islice(rows, SAMPLE_ROWS)]


def masked(cells: list[str], dialect: Mapping[str, Any]) -> list[str]:
    """Cells as they may be shown: personal data masked, columns nobody named hidden."""
    fields, personal = dialect.get("fields", []), dialect.get("personal", [])
    return [
        _mask(cell, field, is_personal=field in personal)
        for cell, field in zip(cells, fields, strict=False)
    ]


def _mask(cell: str, field: str, *, is_personal: bool) -> str:
    if not cell.strip():
        return ""
    if not field:
        return _HIDDEN
    if not is_personal:
        return privacy.mask_mobiles(cell[:80])
    if field == "phone":
        return privacy.mask_phone(cell.strip())
    return _HIDDEN if field in ("address", "buyer_memo") else privacy.mask_name(cell.strip())

"""A file becomes rows of a session: read and checked as a whole, nothing applied yet."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import orjson
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk.exchange import columns, importers
from opsdesk.exchange.importers import Context, Record
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.problems import FileRefused
from opsdesk.exchange.services.sessions import drop_file, lock, refuse

State = ImportSession.State
Outcome = ImportRow.Outcome

_BATCH = 100
_READ_SIZE = 1 << 16
_COPY = (
    'COPY exchange_importrow (session_id, line, key, raw, data, outcome, "column", code, reason) '
    "FROM STDIN"
)
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_SPECIAL = re.compile(r"[\\\t\n\r]")


def stage(session_id: int, path: Path, *, at: datetime, waits: bool = True) -> ImportSession:
    """All records of the file are rows of the session, good ones waiting, bad ones rejected.

    One transaction under the session's lock: killed in the middle it leaves nothing behind, and a
    second call finds the work done. A file that can't be read, or has a bad row where all or none
    was asked, leaves the session refused with the reason. `waits`: see `sessions.lock`.
    """
    with transaction.atomic():
        session = lock(session_id, waits=waits)
        if session.state != State.UPLOADED:
            return session
        try:
            with transaction.atomic():
                _stage(session, path, at)
        except FileRefused as refusal:
            refuse_file(session, refusal, at=at)
            return session
        if session.rejected and session.on_error == ImportSession.OnError.REJECT_ALL:
            refuse(session, all_or_none(session.rejected), at=at)
        else:
            drop_file(session)
    return session


def refuse_file(session: ImportSession, refusal: FileRefused, *, at: datetime) -> None:
    """The session is refused, its reason on record for the page and the rejects."""
    session.dialect = {**session.dialect, "refusal": _facts(refusal)}
    session.save(update_fields=["dialect"])
    refuse(session, _placed(refusal), at=at)


def all_or_none(rejected: int) -> str:
    return ngettext(
        "%(count)d row is rejected, and all or none was asked: nothing was taken.",
        "%(count)d rows are rejected, and all or none was asked: nothing was taken.",
        rejected,
    ) % {"count": rejected}


def _stage(session: ImportSession, path: Path, at: datetime) -> None:
    importer = importers.get(session.importer)
    source = importer.open(path, name=session.file_name, column_map=session.column_map)
    if source.match is not None:
        columns.require_complete(source.match, source.table.header_line)
    context = Context(session.store, session.as_of, at)
    _copy(session.pk, importer.records(source, context))
    importer.check(session)
    session.total, session.rejected = _count(session)
    if not session.total:
        raise FileRefused("no_rows", _("The file has a header and no rows below it."), line=1)
    session.dialect = {**session.dialect, **source.dialect, "waits": False}
    session.state = State.STAGED
    session.save(update_fields=["total", "rejected", "dialect", "state"])


def _copy(session_id: int, records: Iterable[Record]) -> None:
    stream = _Stream(_line(session_id, record) for record in records)
    with connection.cursor() as cursor:
        try:
            with connection.wrap_database_errors:
                cursor.copy_expert(_COPY, stream, size=_READ_SIZE)
        except DatabaseError:
            # What reading the file raised reaches us through the driver, which only knows that
            # it was cut off.
            if stream.error is not None:
                raise stream.error from None
            raise


class _Stream(io.RawIOBase):
    """The lines as a file to read from: the server takes them in while we read on."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.rest = b""
        self.error: Exception | None = None

    def read(self, size: int = -1) -> bytes:
        if len(self.rest) < size:
            try:
                self.rest += "".join(islice(self.lines, _BATCH)).encode()
            except Exception as error:
                self.error = error
                raise
        head, self.rest = self.rest[:size], self.rest[size:]
        return head


def _line(session_id: int, record: Record) -> str:
    """One row in COPY's text format."""
    line, key, cells, data, problem = record
    raw = _doubled(orjson.dumps(cells).decode())
    if problem is None:
        key, record_json = _doubled(key), _doubled(orjson.dumps(data).decode())
        return f"{session_id}\t{line}\t{key}\t{raw}\t{record_json}\tpending\t\t\t\n"
    return (
        f"{session_id}\t{line}\t{_escaped(key[:120])}\t{raw}\t\\N\trejected\t"
        f"{_escaped(problem.column[:120])}\t{problem.code}\t{_escaped(problem.message[:500])}\n"
    )


def _doubled(text: str) -> str:
    """For text without tabs and line ends, as JSON and numbers are: only backslashes tell COPY
    something else. Most texts have none, and looking for one is cheaper than replacing."""
    return text.replace("\\", "\\\\") if "\\" in text else text


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _count(session: ImportSession) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE outcome = 'rejected') "
            "FROM exchange_importrow WHERE session_id = %s",
            [session.pk],
        )
        total, rejected = cursor.fetchone()
    return total, rejected


def _facts(refusal: FileRefused) -> dict[str, object]:
    return {
        "code": refusal.code,
        "line": refusal.line,
        "column": refusal.column,
        "message": refusal.message,
    }


def _placed(refusal: FileRefused) -> str:
    """The reason with its place in front, for the session."""
    if refusal.line is None:
        return refusal.message
    return _("Line %(line)d: %(reason)s") % {"line": refusal.line, "reason": refusal.message}

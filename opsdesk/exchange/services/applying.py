"""Staged rows are carried out, in chunks that each commit on their own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import orjson
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from opsdesk.audit.context import acting
from opsdesk.db import retrying
from opsdesk.errors import DomainError
from opsdesk.exchange import importers
from opsdesk.exchange.importers import Applied, Importer, Pending
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.services.sessions import lock, refuse
from opsdesk.exchange.services.staging import all_or_none

State = ImportSession.State
Outcome = ImportRow.Outcome
Progress = Callable[[ImportSession], None]
Seen = TypeVar("Seen")

CHUNK = 4_000
# A run renews it with every chunk. It only keeps the worker from starting a second run for
# nothing: what is done once is decided by the rows' locks.
LEASE = timedelta(seconds=60)

# A chunk's commit need not wait for the disk: what a crash of the server takes back, row and order
# alike, is done again. The commit that says "done" waits, and with it everything before.
_CLAIM = """
SET LOCAL synchronous_commit = off;
SELECT id, line, key, data FROM exchange_importrow
WHERE session_id = %s AND outcome = 'pending' AND line > %s
ORDER BY line LIMIT %s
"""
_FREE_ROWS = "FOR UPDATE SKIP LOCKED"
_ALL_ROWS = "FOR UPDATE"  # waits for a run that holds some
_SETTLE = """
WITH settled AS (
    UPDATE exchange_importrow r
    SET outcome = v.outcome, target_id = v.target,
        code = coalesce(said.code, ''), reason = coalesce(said.reason, ''),
        "column" = coalesce(said.place, ''),
        data = NULL, raw = CASE WHEN v.outcome = 'rejected' THEN r.raw ELSE '[]' END
    FROM unnest(%(ids)s::bigint[], %(outcomes)s::text[], %(targets)s::bigint[])
         AS v (id, outcome, target)
    LEFT JOIN unnest(%(said)s::bigint[], %(codes)s::text[], %(reasons)s::text[], %(places)s::text[])
         AS said (id, code, reason, place) ON said.id = v.id
    WHERE r.id = v.id
)
UPDATE exchange_importsession
SET created = created + %(created)s, changed = changed + %(changed)s,
    duplicate = duplicate + %(duplicate)s, rejected = rejected + %(rejected)s,
    lease_until = now() + %(lease)s::interval, attempts = 0
WHERE id = %(session)s
RETURNING created, changed, duplicate, rejected
"""

_REJECT = """
UPDATE exchange_importrow r
SET outcome = 'rejected', code = bad.code, reason = bad.reason, data = NULL
FROM unnest(%(ids)s::bigint[], %(codes)s::text[], %(reasons)s::text[]) AS bad (id, code, reason)
WHERE r.id = bad.id
"""


def run(
    session_id: int,
    *,
    progress: Progress | None = None,
    until: float | None = None,
) -> ImportSession:
    """Every staged row is settled: created, changed, already there or rejected.

    Safe to repeat, to kill and to run twice at once: a chunk's rows are locked while they are
    applied, and its outcome commits with its effect. `until` (of `time.monotonic`) ends the run
    early; calling again goes on. Where all or none was asked, everything is one transaction: what
    doesn't end by then is refused.
    """
    ImportSession.objects.filter(pk=session_id, state=State.STAGED).update(state=State.RUNNING)
    session = _load(session_id)
    if session.state != State.RUNNING:
        return session
    importer = importers.get(session.importer)
    if session.on_error == ImportSession.OnError.REJECT_ALL:
        retrying(partial(_run_all_or_none, session, importer, progress, until))
    else:
        retrying(partial(importer.prepare, session))
        if not _run_chunks(session, importer, progress, until):
            return session
    return _finish(session_id, importer)


def _load(session_id: int) -> ImportSession:
    return ImportSession.objects.select_related("store", "channel", "created_by").get(pk=session_id)


def _run_chunks(
    session: ImportSession, importer: Importer, progress: Progress | None, until: float | None
) -> bool:
    """True when no row waits any more."""
    line = 0
    while True:
        last = retrying(partial(_run_chunk, session, importer, line, _FREE_ROWS))
        if last is None:
            # Rows that another run holds: wait for it, and take what it left if it died.
            last = retrying(partial(_run_chunk, session, importer, 0, _ALL_ROWS))
            if last is None:
                return True
        line = last
        if progress is not None:
            progress(session)
        if until is not None and time.monotonic() > until:
            return False


def _run_chunk(session: ImportSession, importer: Importer, after: int, lock: str) -> int | None:
    """Apply the next rows after a line and settle them. Returns the last line, None at the end."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM + lock, [session.pk, after, CHUNK])
        claimed = cursor.fetchall()
    if not claimed:
        return None
    rows = [Pending(pk, key, orjson.loads(data)) for pk, _line, key, data in claimed]
    _settle(session, _apply(session, importer, rows))
    return claimed[-1][1]


def _apply(session: ImportSession, importer: Importer, rows: Sequence[Pending]) -> list[Applied]:
    """Apply the rows; where the database refuses a batch, halve it until the bad row is alone."""
    recorded = acting(via="file", user=session.created_by, cause=f"import:{session.pk}")
    try:
        with transaction.atomic(), recorded:
            return importer.apply(rows, session=session, actor=session.created_by)
    except (DomainError, IntegrityError, DataError) as error:
        if len(rows) > 1:
            middle = len(rows) // 2
            return [
                *_apply(session, importer, rows[:middle]),
                *_apply(session, importer, rows[middle:]),
            ]
        return [_refused(rows[0], error)]


def _refused(row: Pending, error: Exception) -> Applied:
    if isinstance(error, DomainError):
        return Applied(row.row_id, Outcome.REJECTED, None, error.code, error.message)
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    reason = _("The record contradicts a rule of the database (%(rule)s).") % {
        "rule": constraint or type(error).__name__
    }
    return Applied(row.row_id, Outcome.REJECTED, None, "refused_by_database", reason)


def _settle(session: ImportSession, applied: Sequence[Applied]) -> None:
    """Write the outcomes of a chunk and the session's counters: one statement."""
    counts = Counter(each.outcome for each in applied)
    said = [each for each in applied if each.code]
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                # Array literals: the driver takes far longer to quote thousands of numbers.
                "ids": f"{{{','.join(str(each.row_id) for each in applied)}}}",
                "outcomes": f"{{{','.join(str(each.outcome) for each in applied)}}}",
                "targets": f"{{{','.join(str(each.target_id or 'NULL') for each in applied)}}}",
                "said": [each.row_id for each in said],
                "codes": [each.code[:40] for each in said],
                "reasons": [each.reason[:500] for each in said],
                "places": [each.column[:120] for each in said],
                "lease": str(LEASE),
                "session": session.pk,
                **{name: counts[name] for name in ("created", "changed", "duplicate", "rejected")},
            },
        )
        session.created, session.changed, session.duplicate, session.rejected = cursor.fetchone()


class _SomeRejected(Exception):
    """All or none was asked, and a row was rejected while it was applied."""

    def __init__(self, rows: list[tuple[int, str, str]]) -> None:
        super().__init__(f"{len(rows)} rows rejected")
        self.rows = rows


class _TakesTooLong(Exception):
    """All or none was asked, and the stretch is over before the rows are."""


def _run_all_or_none(
    session: ImportSession, importer: Importer, progress: Progress | None, until: float | None
) -> None:
    try:
        with transaction.atomic():
            # A second run waits here, and then finds no row waiting.
            ImportSession.objects.select_for_update().get(pk=session.pk)
            _apply_everything(session, importer, progress, until)
            rejected = session.rows.rejected().values_list("pk", "code", "reason")
            if rejected.exists():
                raise _SomeRejected(list(rejected))
    except _SomeRejected as found:
        session.refresh_from_db()
        with connection.cursor() as cursor:
            ids, codes, reasons = (list(column) for column in zip(*found.rows, strict=True))
            cursor.execute(_REJECT, {"ids": ids, "codes": codes, "reasons": reasons})
        session.rejected = len(found.rows)
        session.save(update_fields=["rejected"])
        refuse(session, all_or_none(session.rejected), at=timezone.now())
    except _TakesTooLong:
        session.refresh_from_db()
        reason = _(
            "All rows or none takes too long for this file: split it, or keep the good rows."
        )
        refuse(session, reason, at=timezone.now())


def _apply_everything(
    session: ImportSession,
    importer: Importer,
    progress: Progress | None = None,
    until: float | None = None,
) -> None:
    importer.prepare(session)
    last: int | None = 0
    while last is not None:
        if until is not None and time.monotonic() > until:
            raise _TakesTooLong
        last = _run_chunk(session, importer, last, _ALL_ROWS)
        if progress is not None:
            progress(session)


def _finish(session_id: int, importer: Importer) -> ImportSession:
    done = ImportSession.objects.filter(pk=session_id, state=State.RUNNING).update(
        state=State.DONE, finished_at=timezone.now(), lease_until=None
    )
    session = _load(session_id)
    if done:
        importer.finish(session)
    return session


def rehearse(
    session_id: int,
    *,
    look: Callable[[ImportSession], Seen],
    progress: Progress | None = None,
) -> Seen:
    """Everything is applied, looked at, and rolled back: what a run would do, exactly."""
    return retrying(partial(_rehearse, session_id, look, progress))


def _rehearse(
    session_id: int, look: Callable[[ImportSession], Seen], progress: Progress | None
) -> Seen:
    with transaction.atomic():
        session = _load(session_id)
        _apply_everything(session, importers.get(session.importer), progress)
        seen = look(session)
        transaction.set_rollback(True)
    return seen


def give_up(session_id: int) -> ImportSession:
    """The rows that still wait are rejected; what was applied stays and can be undone."""
    with transaction.atomic():
        session = lock(session_id, waits=True)
        if session.state != State.RUNNING:
            return session
        reason = _("The row could not be processed: an error on our side. Try it again later.")
        session.rejected += session.rows.pending().update(
            outcome=Outcome.REJECTED, code="unexpected_error", reason=reason, data=None
        )
        session.save(update_fields=["rejected"])
        if session.on_error == ImportSession.OnError.REJECT_ALL:
            refuse(session, all_or_none(session.rejected), at=timezone.now())
    return _finish(session_id, importers.get(session.importer))

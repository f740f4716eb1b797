"""What every `import_…` command does: arguments, progress, answer and exit code."""

from __future__ import annotations

import shutil
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from opsdesk.audit import exporting
from opsdesk.commands import (
    BAD_ARGUMENTS,
    COULD_NOT,
    DONE,
    DONE_WITH_FINDINGS,
    OpsCommand,
    store_of,
)
from opsdesk.exchange import rejects
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, discard, open_session
from opsdesk.exports import ExportedFile
from opsdesk.stores.models import Channel, Store, User

State = ImportSession.State

_BAR_WIDTH = 30


def mapping(text: str) -> tuple[str, str]:
    column, separator, field = text.rpartition("=")
    if not separator or not column or not field:
        raise ArgumentTypeError(f"{text!r} is not COLUMN=FIELD")
    return column, field


class ImportCommand(OpsCommand):
    """Subclasses name their formats; `importers` where one has another name among all of them.

    Answers read, created, duplicate, changed, rejected.

    Formats of one name for different things are told apart by `prefix`, under which a chapter
    registers them.
    Where all or none was asked and a row is bad, nothing is done: exit code 1.
    """

    takes_moment = True
    formats: tuple[str, ...] = ()
    importers: Mapping[str, str] = {}

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The file, or the folder of files.")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--channel", metavar="CODE", help="Default: the store's first.")
        parser.add_argument("--format", required=True, choices=self.formats)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            type=mapping,
            metavar="COLUMN=FIELD",
            help="What a column is; the field - leaves it out.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen.")
        parser.add_argument(
            "--errors", choices=ImportSession.OnError.values, default=ImportSession.OnError.SKIP
        )

    def actor_of(self, options: dict[str, Any]) -> User | None:
        """Who brings the file in, where somebody has to answer for it."""
        return None

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        started = time.monotonic()
        path: Path = options["file"]
        if not path.exists():
            raise CommandError(f"There is no file {path}.", returncode=BAD_ARGUMENTS)
        session = self._stage(path, options)
        if options["dry_run"]:
            session, session_id = self._rehearse(session, path), None
        else:
            session = self._run(session, path)
            session_id = session.pk
        return _figures(session, session_id, time.monotonic() - started)

    def _stage(self, path: Path, options: dict[str, Any]) -> ImportSession:
        store = store_of(options["store"])
        choice = Options(
            importer=self.importers.get(options["format"], options["format"]),
            as_of=options["at"],
            channel=_channel(store, options["channel"]),
            on_error=options["errors"],
            column_map=dict(options["map"]),
        )
        session, is_new = open_session(
            store=store,
            path=path,
            name=path.resolve().name,
            options=choice,
            actor=self.actor_of(options),
        )
        if not is_new:
            self.stderr.write(
                _("This file is import %(number)d already; going on with it.")
                % {"number": session.pk}
            )
        return staging.stage(session.pk, path, at=timezone.now())

    def _run(self, session: ImportSession, path: Path) -> ImportSession:
        bar = ProgressBar(sys.stderr)
        session = applying.run(session.pk, progress=bar.show)
        bar.end()
        self._record(session, self._write_reports(session, path))
        return session

    def _rehearse(self, session: ImportSession, path: Path) -> ImportSession:
        """What a run would do, with its rejects; the session is gone afterwards."""
        written: dict[str, ExportedFile] = {}

        def look(rehearsed: ImportSession) -> ImportSession:
            written.update(self._write_reports(rehearsed, path))
            return rehearsed

        if session.state == State.STAGED:
            bar = ProgressBar(sys.stderr)
            seen = applying.rehearse(session.pk, look=look, progress=bar.show)
            bar.end()
        else:
            seen = look(session)
        # A rehearsal is rolled back: what it wrote is recorded after it.
        self._record(session, written)
        if session.state in (State.STAGED, State.REFUSED):
            discard(session=ImportSession.objects.get(pk=session.pk), actor=None)
        return seen

    def _write_reports(self, session: ImportSession, path: Path) -> dict[str, ExportedFile]:
        """Rejects and remarks, each beside the file; answers name → file.

        Where there are none, those of an earlier run are removed.
        """
        has_rejects = session.rejected or session.state == State.REFUSED
        reports = {
            "rejects": rejects.file_of(session) if has_rejects else None,
            "remarks": rejects.remarks_of(session) if session.rows.remarked().exists() else None,
        }
        written = {}
        for kind, report in reports.items():
            target = path.resolve().with_name(f"{path.name}.{kind}.csv")
            if self._is_written(target, report) and report is not None:
                written[rejects.name_of(session, kind)] = report
        return written

    def _is_written(self, target: Path, report: ExportedFile | None) -> bool:
        try:
            if report is None:
                target.unlink(missing_ok=True)
            else:
                with report.content, target.open("wb") as file:
                    shutil.copyfileobj(report.content, file)
        except OSError as error:
            self.stderr.write(
                _("The report can't be written to %(file)s: %(reason)s")
                % {"file": target, "reason": error.strerror}
            )
            return False
        return True

    def _record(self, session: ImportSession, written: Mapping[str, ExportedFile]) -> None:
        for name, file in written.items():
            exporting.record_export(
                file, name, model=ImportSession, store=session.store, subject_id=session.pk
            )

    def show(self, answer: dict[str, Any]) -> None:
        if answer.get("reason"):
            self.stderr.write(answer["reason"])
        self.stdout.write(
            _(
                "%(read)d read: %(created)d created, %(changed)d changed, %(duplicate)d already "
                "there, %(rejected)d rejected, in %(seconds).1f s."
            )
            % answer
        )


def _channel(store: Store, code: str | None) -> Channel | None:
    if code is None:
        return None
    channel = store.channels.filter(code=code, is_active=True).first()
    if channel is None:
        known = ", ".join(store.channels.values_list("code", flat=True))
        raise CommandError(
            f"{store.code} has no active channel {code!r}. Channels: {known}.",
            returncode=BAD_ARGUMENTS,
        )
    return channel


def _figures(
    session: ImportSession, session_id: int | None, seconds: float
) -> tuple[dict[str, Any], int]:
    answer: dict[str, Any] = {
        "read": session.total,
        "created": session.created,
        "duplicate": session.duplicate,
        "changed": session.changed,
        "rejected": session.rejected,
        "seconds": round(seconds, 3),
        "session": session_id,
    }
    if session.state == State.REFUSED:
        answer |= {"reason": session.reason, "error": session.dialect.get("refusal")}
        return answer, COULD_NOT
    return answer, DONE_WITH_FINDINGS if session.rejected else DONE


class ProgressBar:
    """One line that is written over, on a terminal; nothing anywhere else."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.is_shown = stream.isatty()

    def show(self, session: ImportSession) -> None:
        if self.is_shown:
            filled = _BAR_WIDTH * session.settled // max(session.total, 1)
            bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
            self.stream.write(f"\r{bar} {session.percent:3d} %  {session.settled}/{session.total}")
            self.stream.flush()

    def end(self) -> None:
        if self.is_shown:
            self.stream.write("\n")

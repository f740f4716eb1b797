"""What every `import_…` command does: arguments, progress, answer and exit code."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from opsdesk.errors import DomainError
from opsdesk.exchange import rejects
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, staging
from opsdesk.exchange.services.sessions import Options, discard, open_session
from opsdesk.stores.models import Channel, Store

State = ImportSession.State

# Exit codes, as for every command.
DONE, FAILED, BAD_ARGUMENTS, SOME_REJECTED = 0, 1, 2, 3
_BAR_WIDTH = 30


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            f"{text!r} is no ISO 8601 moment, such as 2026-02-20T10:00Z"
        ) from error
    return found if found.tzinfo else timezone.make_aware(found, timezone.get_default_timezone())


def mapping(text: str) -> tuple[str, str]:
    column, separator, field = text.rpartition("=")
    if not separator or not column or not field:
        raise ArgumentTypeError(f"{text!r} is not COLUMN=FIELD")
    return column, field


class ImportCommand(BaseCommand):
    """Subclasses name their formats. Answers read, created, duplicate, changed, rejected."""

    formats: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file, or the folder of files")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--channel", metavar="CODE", help="default: the store's first")
        parser.add_argument("--format", required=True, choices=self.formats)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            type=mapping,
            metavar="COLUMN=FIELD",
            help="what a column is; FIELD - leaves it out",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument("--errors", choices=["skip", "reject-all"], default="skip")
        parser.add_argument("--at", type=moment, help="the as-of time (default: now)")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        self.started = time.monotonic()
        self.as_json: bool = options["json"]
        self.bar = ProgressBar(sys.stderr)
        path: Path = options["file"]
        if not path.exists():
            raise CommandError(f"There is no file {path}.", returncode=BAD_ARGUMENTS)
        store, channel = self._place(options)
        choice = Options(
            importer=options["format"],
            as_of=options["at"] or timezone.now(),
            channel=channel,
            on_error=options["errors"],
            column_map=dict(options["map"]),
        )
        try:
            session, is_new = open_session(
                store=store, path=path, name=path.name, options=choice, actor=None
            )
        except DomainError as error:
            self._fail(error.message, code=error.code, session=error.facts.get("session"))
        if not is_new:
            self.stderr.write(
                _("This file is import %(number)d already; going on with it.")
                % {"number": session.pk}
            )
        session = staging.stage(session.pk, path, at=timezone.now())
        if options["dry_run"]:
            self._rehearse(session, path)
        else:
            self._run(session, path)

    def _place(self, options: dict[str, Any]) -> tuple[Store, Channel | None]:
        store = Store.objects.active().filter(code=options["store"]).first()
        if store is None:
            raise CommandError(
                f"There is no active store {options['store']}.", returncode=BAD_ARGUMENTS
            )
        if options["channel"] is None:
            return store, None
        channel = store.channels.filter(code=options["channel"], is_active=True).first()
        if channel is None:
            raise CommandError(
                f"{store.code} has no active channel {options['channel']}.",
                returncode=BAD_ARGUMENTS,
            )
        return store, channel

    def _run(self, session: ImportSession, path: Path) -> None:
        session = applying.run(session.pk, progress=self.bar.show)
        self.bar.end()
        self._write_rejects(session, path)
        self._answer(session, session_id=session.pk)

    def _rehearse(self, session: ImportSession, path: Path) -> None:
        def look(rehearsed: ImportSession) -> ImportSession:
            self._write_rejects(rehearsed, path)
            return rehearsed

        if session.state == State.STAGED:
            session = applying.rehearse(session.pk, look=look, progress=self.bar.show)
            self.bar.end()
        else:
            self._write_rejects(session, path)
        if session.state in (State.STAGED, State.REFUSED):
            discard(session=ImportSession.objects.get(pk=session.pk), actor=None)
        self._answer(session, session_id=None)

    def _write_rejects(self, session: ImportSession, path: Path) -> None:
        """Beside the file; without rejects, one of an earlier run is removed."""
        target = path.resolve().with_name(f"{path.resolve().name}.rejects.csv")
        try:
            if session.rejected or session.state == State.REFUSED:
                with target.open("w", encoding="utf-8", newline="") as file:
                    rejects.write(session, file)
            else:
                target.unlink(missing_ok=True)
        except OSError as error:
            self.stderr.write(
                _("The rejects can't be written to %(file)s: %(reason)s")
                % {"file": target, "reason": error.strerror}
            )

    def _answer(self, session: ImportSession, *, session_id: int | None) -> None:
        refused = session.state == State.REFUSED
        answer: dict[str, Any] = {
            "read": session.total,
            "created": 0 if refused else session.created,
            "duplicate": 0 if refused else session.duplicate,
            "changed": 0 if refused else session.changed,
            "rejected": session.rejected,
            "seconds": round(time.monotonic() - self.started, 3),
            "session": session_id,
        }
        if refused:
            answer["reason"] = session.reason
            answer["error"] = session.dialect.get("refusal")
        if self.as_json:
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        else:
            self._tell(session, answer)
        if refused:
            sys.exit(FAILED)
        if session.rejected:
            sys.exit(SOME_REJECTED)

    def _tell(self, session: ImportSession, answer: dict[str, Any]) -> None:
        if answer.get("reason"):
            self.stderr.write(answer["reason"])
        self.stdout.write(
            _(
                "%(read)d read: %(created)d created, %(changed)d changed, %(duplicate)d already "
                "there, %(rejected)d rejected, in %(seconds).1f s."
            )
            % answer
        )

    def _fail(self, message: str, **facts: Any) -> None:
        if self.as_json:
            self.stdout.write(
                json.dumps({"error": {"message": message, **facts}}, ensure_ascii=False)
            )
        else:
            self.stderr.write(message)
        sys.exit(FAILED)


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

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from opsdesk import backups
from opsdesk.commands import DONE, OpsCommand


class Command(OpsCommand):
    help = "Bring a backup into this database, which has to be empty."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--force", action="store_true", help="replace what is there; stop all processes first"
        )

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        started = time.monotonic()
        tables = backups.restore(options["file"], force=options["force"])
        seconds = round(time.monotonic() - started, 1)
        return {"file": str(options["file"]), "tables": tables, "seconds": seconds}, DONE

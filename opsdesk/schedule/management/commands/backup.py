import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from opsdesk import backups
from opsdesk.commands import DONE, OpsCommand


class Command(OpsCommand):
    help = "Write the whole database to a file; it holds personal data: keep it as safe."

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="overwrite the file")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        started = time.monotonic()
        size = backups.dump(options["file"], force=options["force"])
        seconds = round(time.monotonic() - started, 1)
        return {"file": str(options["file"]), "bytes": size, "seconds": seconds}, DONE

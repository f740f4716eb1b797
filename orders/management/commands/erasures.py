"""The list of who was erased: kept beside the backups, and applied to what was restored."""

import argparse
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import CommandParser

from opsdesk.commands import DONE, OpsCommand
from opsdesk.errors import DomainError
from orders.services import erasure


class Command(OpsCommand):
    help = "Write the list of erased customers to a file, or erase them again after a restore."
    takes_moment = True

    def add_own_arguments(self, parser: CommandParser) -> None:
        what: argparse._MutuallyExclusiveGroup = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--to", type=Path, help="write the list; it holds no personal data")
        what.add_argument("--apply", type=Path, help="erase again who is in this list")

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        if options["to"]:
            rows = erasure.listed()
            options["to"].write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
            return {"file": str(options["to"]), "erasures": len(rows)}, DONE
        return erasure.apply_again(erasures=_read(options["apply"]), at=options["at"]), DONE


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        return [orjson.loads(line) for line in path.read_bytes().splitlines() if line]
    except (OSError, orjson.JSONDecodeError) as error:
        raise DomainError(f"{path} is no list of erasures: {error}") from error

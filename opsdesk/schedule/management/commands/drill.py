import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from django.conf import settings
from django.db import connection

from opsdesk import backups
from opsdesk.commands import DONE, DONE_WITH_FINDINGS, OpsCommand


class Command(OpsCommand):
    help = "Rehearse the worst day: back up, restore into a new database, verify, compare."

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        seconds: dict[str, float] = {}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "drill.dump"
            started = time.monotonic()
            with backups.snapshot() as (moment, before):
                seconds["count"] = _since(started)
                size = backups.dump(file, snapshot=moment)
                seconds["backup"] = _since(started)
            with backups.empty_database(f"opsdesk_drill_{os.getpid()}") as name:
                backups.restore(file, database=name)
                seconds["restore"] = _since(started)
                broken = _violations(name)
                seconds["verify"] = _since(started)
                after = backups.contents_of(name)
        different = sorted(
            table for table in before.keys() | after.keys() if before.get(table) != after.get(table)
        )
        answer = {
            "bytes": size,
            "tables": len(before),
            "rows": sum(int(counts[0]) for counts in before.values()),
            "different": different,
            "broken": broken,
            "seconds": seconds | {"total": _since(started)},
        }
        return answer, DONE_WITH_FINDINGS if different or broken else DONE


def _since(started: float) -> float:
    """Seconds from the beginning of the drill."""
    return round(time.monotonic() - started, 1)


def _violations(database: str) -> list[str]:
    """Ids of the invariants that the restored database breaks, as a process of its own sees it."""
    verify = [sys.executable, str(settings.BASE_DIR / "manage.py"), "verify", "--json"]
    result = subprocess.run(
        verify,
        env={**os.environ, "DATABASE_URL": _address(database)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if result.returncode not in (DONE, DONE_WITH_FINDINGS):
        raise backups.BackupFailed(f"verify could not look: {result.stderr[-500:]}")
    invariants = orjson.loads(result.stdout)["invariants"]
    return [row["id"] for row in invariants if row["violations"]]


def _address(database: str) -> str:
    given = connection.settings_dict
    who = quote(given["USER"], safe="")
    if given["PASSWORD"]:
        who += f":{quote(given['PASSWORD'], safe='')}"
    where = quote(given["HOST"], safe="")
    if given["PORT"]:
        where += f":{given['PORT']}"
    return f"postgres://{who}@{where}/{database}"

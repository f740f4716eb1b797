"""`manage.py` in processes of its own, on the test's database: to be killed and to be raced."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


def environment() -> dict[str, str]:
    address = urlsplit(os.environ["DATABASE_URL"])
    database = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": address._replace(path=f"/{database}").geturl(),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
    }


def start(*arguments: str | Path, program: list[str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*(program or MANAGE), *map(str, arguments)],
        env=environment(),
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_import(path: Path, store_code: str, *options: str) -> subprocess.Popen[str]:
    return start(
        *("import_orders", path, "--store", store_code, "--format", "generic", "--json"), *options
    )

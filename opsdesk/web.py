"""How gunicorn runs the site: what its processes count lies in one folder (`/metrics`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from prometheus_client import multiprocess

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# The most that gunicorn reads: a list with many filters has a long address.
limit_request_line = 8190


def on_starting(server: Any) -> None:
    """Counts begin anew with the server: files of processes long gone are left out."""
    folder = os.environ.get(FOLDER)
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file in Path(folder).glob("*.db"):
            file.unlink()


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get(FOLDER):
        multiprocess.mark_process_dead(worker.pid)

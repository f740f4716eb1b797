"""How gunicorn runs the site: what its processes count lies in one folder (`/metrics`)."""

from __future__ import annotations

import gc
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


def post_worker_init(worker: Any) -> None:
    """What a worker has loaded stays as long as it does: the collector passes it over.

    Else each full collection looks at all of it, a tenth of a second in which nobody is answered.
    """
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get(FOLDER):
        multiprocess.mark_process_dead(worker.pid)

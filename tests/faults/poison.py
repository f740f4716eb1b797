"""A job that kills whoever runs it, as a lack of memory would: `celery worker --include` this."""

import os
import signal
from datetime import datetime, timedelta
from typing import Any

from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot


def _die(_slot: Slot, _at: datetime) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


jobs.register(jobs.Job("tests.poison", "Kills its worker", _die, every=timedelta(minutes=1)))

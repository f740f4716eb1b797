"""The base of every Celery task: what a worker changes is recorded as a job's."""

from __future__ import annotations

from typing import Any

from celery import Task

from opsdesk.audit.context import acting


class RecordedTask(Task):
    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with acting(via="job", cause=f"task:{self.name}"):
            return super().__call__(*args, **kwargs)

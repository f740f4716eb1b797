"""Log lines as JSON: what happened, in which request; no personal data and no secrets.

Whatever a library puts into a message, mobile numbers and tokens are masked before it is written,
and of an error its kind, its first line and the places it passed are kept: the further lines of
a database's refusal quote the row.
"""

from __future__ import annotations

import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson
from celery import current_task

from opsdesk import privacy, tracing

_SECRET = re.compile(r"(?i)\b(bearer\s+|od_[0-9a-f]{8}_)[\w.~+/=-]+")
_FRAMES = 12


def without_secrets(text: str) -> str:
    return privacy.mask_mobiles(_SECRET.sub(r"\1***", text))


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, then the request's or the task's id."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_context(),
            **getattr(record, "data", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = without_secrets(privacy.error_summary(error))
            line["places"] = _places(error)
        return orjson.dumps(line, default=str).decode()


class PlainFormatter(logging.Formatter):
    """The same for people at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def _context() -> dict[str, Any]:
    trace = tracing.current()
    if trace is not None:
        return trace.as_data()
    task_id = current_task.request.id if current_task else None
    return {"task_id": task_id} if task_id else {}


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]

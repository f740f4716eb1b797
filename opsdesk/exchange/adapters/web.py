"""What all adapters over HTTP share: JSON out, a status understood, JSON back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from opsdesk import http
from opsdesk.exchange.adapters.registry import Failed

MOST_PATIENCE = timedelta(hours=1)
MOST_QUOTED = 200


def post_json(url: str, data: Any, headers: Mapping[str, str] | None = None) -> http.Answer:
    return post_bytes(url, orjson.dumps(data), headers)


def post_bytes(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> http.Answer:
    """The answer of a receiver that took it. Raises Failed, and as `http.post`."""
    json = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "OpsDesk"}
    return _taken(http.post(url, body, headers={**json, **(headers or {})}))


def get(url: str, headers: Mapping[str, str] | None = None) -> http.Answer:
    """The answer to a question. Raises Failed, and as `http.get`."""
    return _taken(http.get(url, headers={"User-Agent": "OpsDesk", **(headers or {})}))


def _taken(answer: http.Answer) -> http.Answer:
    if not answer.is_success:
        raise Failed(f"HTTP {answer.status}", status=answer.status, retry_after=_patience(answer))
    return answer


def said(answer: http.Answer) -> dict[str, Any]:
    """The object in the answer. Raises OutcomeUnknown: who answers otherwise is somebody else."""
    try:
        found = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise http.OutcomeUnknown(f"HTTP {answer.status}, and the answer is no JSON object")
    return found


def quoted(text: Any) -> str:
    return str(text)[:MOST_QUOTED]


def _patience(answer: http.Answer) -> timedelta | None:
    """`Retry-After` in seconds, within reason."""
    asked = answer.headers.get("retry-after", "")
    if not asked.isdecimal() or len(asked) > 9:
        return None
    return min(timedelta(seconds=int(asked)), MOST_PATIENCE)

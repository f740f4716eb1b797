"""Which request is in hand: one id in its answer, its problem documents and its log lines."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("opsdesk.requests")

_CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch
# Asked every few seconds by machines: worth a line only to whoever looks for it.
_QUIET = ("/health/", "/metrics")


@dataclass
class Trace:
    """`request_id` is ours alone; `correlation_id` is what the client calls the same thing."""

    request_id: str
    correlation_id: str = ""
    token: str = ""
    user_id: int | None = None

    def as_data(self) -> dict[str, str | int]:
        return {name: value for name, value in vars(self).items() if value}


_current: ContextVar[Trace | None] = ContextVar("opsdesk_trace", default=None)


def current() -> Trace | None:
    """None outside of a request."""
    return _current.get()


def request_id() -> str:
    """Of the request in hand; outside of one an id that nobody else has."""
    trace = _current.get()
    return trace.request_id if trace else uuid4().hex


def user_id() -> int | None:
    """Whom the token of the request in hand acts for; None without a token."""
    trace = _current.get()
    return trace.user_id if trace else None


def acts(*, user_id: int | None, token: str) -> None:
    """The request in hand turned out to be this person's, by this token (its prefix)."""
    trace = _current.get()
    if trace:
        trace.user_id, trace.token = user_id, token


class TraceMiddleware:
    """Outermost: gives the request its id, and writes one line about it when it is answered.

    The line holds the path without its query, which may name people.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        correlation = request.headers.get("X-Correlation-ID", "")
        trace = Trace(uuid4().hex, correlation if _CORRELATION(correlation) else "")
        before = _current.set(trace)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            self._log(request, response, trace, time.perf_counter() - started)
        finally:
            _current.reset(before)
        response["X-Request-ID"] = trace.request_id
        if trace.correlation_id:
            response["X-Correlation-ID"] = trace.correlation_id
        return response

    def _log(
        self, request: HttpRequest, response: HttpResponse, trace: Trace, seconds: float
    ) -> None:
        person = getattr(request, "_cached_user", None)  # signed in by session, and looked up
        if trace.user_id is None and person is not None:
            trace.user_id = person.pk
        is_quiet = request.path_info.startswith(_QUIET) and response.status_code < 400
        logger.log(
            logging.DEBUG if is_quiet else logging.INFO,
            "%s %s %s",
            request.method,
            request.path_info,
            response.status_code,
            extra={"data": {"milliseconds": round(seconds * 1000, 1)}},
        )

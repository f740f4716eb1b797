"""Requests that are repeated until they are answered, each with the key it began with."""

from __future__ import annotations

import http.client
import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

from opsdesk_client.errors import Refused, Unanswered

Json = dict[str, Any]

# What may be over in a moment. A 409 is one of these if the same request is being worked on.
PASSING = {429, 500, 502, 503, 504}
STILL_RUNNING = "still_running"
LONGEST_PAUSE = 30.0  # seconds, unless OpsDesk itself says how long
_NO_ANSWER = (URLError, TimeoutError, ConnectionError, http.client.HTTPException)


class Transport:
    """Speaks to one OpsDesk with one token; safe to share between threads.

    `attempts` counts the first one, too. `sleep` takes seconds.
    """

    def __init__(
        self,
        site: str,
        token: str,
        *,
        timeout: float = 30.0,
        attempts: int = 6,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if attempts < 1:
            raise ValueError("At least one attempt is needed.")
        self.root = urljoin(site if site.endswith("/") else f"{site}/", "api/v1/")
        self._token = token
        self._timeout = timeout
        self._attempts = attempts
        self._sleep = sleep

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """Raises Refused, Unanswered."""
        return self._ask("GET", self._address(path, query))

    def rows(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Json]:
        """All rows of a list, page by page as they are used. Raises Refused, Unanswered."""
        address: str | None = self._address(path, query)
        while address:
            page = self._ask("GET", address)
            yield from page["results"]
            address = page["next"]

    def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Json:
        """Happens once, however often it has to be sent. Raises Refused, Unanswered.

        `key` is a new one unless it is given. Who must go on after a crash writes it down before
        sending, and sends the same with it afterwards.
        """
        sent = json.dumps(body, default=str).encode()
        return self._ask("POST", self._address(path), body=sent, key=key or str(uuid.uuid4()))

    def _address(self, path: str, query: Mapping[str, Any] | None = None) -> str:
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        return urljoin(self.root, path) + (f"?{urlencode(given)}" if given else "")

    def _ask(self, method: str, address: str, *, body: bytes | None = None, key: str = "") -> Json:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        request = Request(address, data=body, headers=headers, method=method)
        why = ""
        for attempt in range(self._attempts):
            try:
                return self._once(request)
            except _Passing as passing:
                why = passing.why
                if attempt + 1 < self._attempts:
                    self._sleep(passing.seconds or _pause(attempt))
        raise Unanswered(method, address, key, why)

    def _once(self, request: Request) -> Json:
        """Raises Refused; _Passing for what may be over in a moment."""
        try:
            with urlopen(request, timeout=self._timeout) as answer:
                return _json(answer.read())
        except HTTPError as error:
            facts = _problem(error)
            if error.code not in PASSING and facts.get("code") != STILL_RUNNING:
                raise Refused(error.code, facts) from None
            said = error.headers.get("Retry-After", "")
            seconds = float(said) if said.isdecimal() else 0.0
            raise _Passing(f"{error.code} {facts.get('code') or error.reason}", seconds) from None
        except _NO_ANSWER as error:
            raise _Passing(str(error) or type(error).__name__) from error


class _Passing(Exception):
    """No answer yet. `seconds` is how long OpsDesk asks to wait, if it does."""

    def __init__(self, why: str, seconds: float = 0.0) -> None:
        self.why = why
        self.seconds = seconds
        super().__init__(why)


def _pause(attempt: int) -> float:
    """Longer each time, and no two programs come back at the same moment."""
    longest = min(LONGEST_PAUSE, 0.5 * 2.0**attempt)
    return longest * random.uniform(0.5, 1.0)


def _json(body: bytes) -> Json:
    found: Json = json.loads(body) if body else {}
    return found


def _problem(error: HTTPError) -> Json:
    """What an error says of itself; a server between may say it in another form."""
    try:
        found = _json(error.read())
    except (ValueError, *_NO_ANSWER):
        found = {}
    return found if isinstance(found, dict) else {}

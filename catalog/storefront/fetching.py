"""Pages are fetched as a polite visitor would: robots heard, redirects looked at one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from protego import Protego

from opsdesk import http
from opsdesk.errors import DomainError

AGENT = "OpsDesk-Inspection"
MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_GONE = {404, 410}


class Forbidden(Exception):
    """The site's robots.txt asks visitors like us to stay away from the page."""


@dataclass(frozen=True)
class Fetched:
    """The last answer, after redirects; `address` is where it came from."""

    address: str
    status: int
    body: bytes
    seconds: float
    redirects: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_redirected_elsewhere(self) -> bool:
        """Beyond a redirect that only completes the address: to https, to www, or by a slash."""
        return bool(self.redirects) and _plain(self.redirects[0]) != _plain(self.address)


def _plain(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query


@dataclass
class Visitor:
    """One round of visits. Everything of a page together takes `seconds` at most.

    Waits `pause` seconds between two requests to one machine. What a site's robots.txt says is
    heard once per round; where it can't be read, nothing is forbidden (RFC 9309, 2.3.1).
    """

    seconds: float
    pause: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    _robots: dict[str, Protego] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)

    def fetch(self, url: str) -> Fetched:
        """Raises Forbidden, and what `http.get` raises: RefusedTarget, NotSent, OutcomeUnknown.

        Each redirect is an address like any other: to a private machine nobody goes.
        """
        passed: list[str] = []
        address = url
        began = time.monotonic()
        until = began + self.seconds
        while True:
            if not self._may(address):
                raise Forbidden(address)
            answer = self._get(address, until)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target or len(passed) == MOST_REDIRECTS:
                seconds = time.monotonic() - began
                return Fetched(address, answer.status, answer.body, seconds, tuple(passed))
            passed.append(address)
            address = urljoin(address, target)

    def is_dead(self, url: str) -> bool:
        """Nobody answers there, or says that it is gone. What is forbidden is not asked."""
        try:
            return (
                self._may(url) and self._get(url, time.monotonic() + self.seconds).status in _GONE
            )
        except http.NotSent:
            return True
        except (http.OutcomeUnknown, DomainError):
            return False

    def _get(self, address: str, until: float) -> http.Answer:
        host = urlsplit(address).netloc
        wait = self._last.get(host, 0.0) + self.pause - time.monotonic()
        if wait > 0:
            self.sleep(wait)
        left = until - time.monotonic()
        if left <= 0:
            raise http.OutcomeUnknown(f"{host}: the time is up")
        try:
            return http.get(address, headers={"User-Agent": AGENT}, seconds=left)
        finally:
            self._last[host] = time.monotonic()

    def _may(self, url: str) -> bool:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = Protego.parse(self._robots_of(site))
        return self._robots[site].can_fetch(url, AGENT)

    def _robots_of(self, site: str) -> str:
        try:
            answer = self._get(f"{site}/robots.txt", time.monotonic() + self.seconds)
        except (http.NotSent, http.OutcomeUnknown, DomainError):
            return ""
        return answer.body.decode("utf-8", "replace") if answer.is_success else ""

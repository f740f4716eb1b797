"""A network between a program and the site that loses answers, or has none at all."""

from __future__ import annotations

import http.client
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

LOST = "lost"  # the site has done it, and nobody hears of it


class Network(ThreadingHTTPServer):
    """Hands requests on to `site`; `plan` says what becomes of the next ones instead.

    A plan is `LOST`, or the status and headers of an answer that the site never gave.
    """

    daemon_threads = True

    def __init__(self, site: str) -> None:
        super().__init__(("127.0.0.1", 0), _Hop)
        self.site = urlsplit(site)
        self.plan: deque[str | tuple[int, dict[str, str]]] = deque()
        self.keys: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Hop(BaseHTTPRequestHandler):
    server: Network

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._hand_on()

    def do_POST(self) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        self.server.keys.append(self.headers.get("Idempotency-Key"))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fate = self.server.plan.popleft() if self.server.plan else ""
        if isinstance(fate, tuple):
            self._answer(fate[0], fate[1], b"")
            return
        status, headers, answer = self._asked(body)
        if fate == LOST:
            self.close_connection = True
            return
        self._answer(status, headers, answer)

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        site = http.client.HTTPConnection(self.server.site.netloc, timeout=20)
        try:
            site.request(self.command, self.path, body=body or None, headers=dict(self.headers))
            answer = site.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            site.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        kept = {name: text for name, text in headers.items() if name.lower() in KEPT}
        for name, text in {**kept, "Content-Length": str(len(body))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)


KEPT = {"content-type", "retry-after", "location"}


@contextmanager
def network(site: str) -> Iterator[Network]:
    server = Network(site)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

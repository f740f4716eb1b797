"""The site as customers' programs and people meet it: gunicorn, asked over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.exchange import signing
from tests.processes import PATIENCE, ROOT, environment, wait_until

# What is raised where a connection breaks instead of an answer.
BROKEN = (OSError, HTTPException)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_done(self) -> bool:
        return self.status in (200, 201)

    @property
    def asks_to_repeat(self) -> bool:
        """The one refusal that a server of ours going away may cause."""
        return (
            self.status == 503
            and int(self.headers["Retry-After"]) > 0
            and self.headers["Content-Type"] == "application/problem+json"
            and self.json()["code"] == "unavailable"
        )


@dataclass(frozen=True)
class Site:
    """`patience` in seconds: a request that takes longer has failed."""

    address: str
    process: subprocess.Popen[str]
    patience: float = PATIENCE

    def ask(
        self, path: str, *, data: bytes | None = None, opener: Any = None, **headers: str
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.address}{path}", data, named)
        opener = opener or urllib.request.build_opener()
        try:
            with opener.open(request, timeout=self.patience) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def send(self, resource: str, body: Any, *, secret: str, key: str, **headers: str) -> Answer:
        return self.ask(
            f"/api/v1/{resource}/",
            data=json.dumps(body).encode(),
            Authorization=f"Bearer {secret}",
            Content_Type="application/json",
            Idempotency_Key=key,
            **headers,
        )

    def health(self, name: str) -> Any:
        return self.ask(f"/health/{name}").json()

    def log_in(self, username: str, password: str) -> Answer:
        """By the form, as in a browser; the page this leads to."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = self.ask("/admin/login/", opener=browser).body.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert found, form
        fields = {"username": username, "password": password, "csrfmiddlewaretoken": found[1]}
        return self.ask("/admin/login/", data=urlencode(fields).encode(), opener=browser)


@contextmanager
def serving(log: Path, *, application: str = "opsdesk.wsgi", **variables: str) -> Iterator[Site]:
    """Two processes of four threads each, over this test's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
            + ["--config", "python:opsdesk.web", "--workers", "2", "--threads", "4"]
            + ["--graceful-timeout", "2", "--no-control-socket"],
            cwd=ROOT,
            env=environment(**variables),
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        )
    site = Site(f"http://127.0.0.1:{port}", process)
    try:
        wait_until(lambda: _is_live(site), "the site answers")
        yield site
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            with_children(process.pid, signal.SIGKILL)


def _is_live(site: Site) -> bool:
    try:
        return site.ask("/health/live").status == 200
    except BROKEN:
        return False


def with_children(pid: int, number: signal.Signals) -> None:
    """The signal, to every process of its session; none may be left."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


@dataclass
class Writer:
    """A program that repeats each request, key and all, until it is told that it is done."""

    site: Site
    resource: str
    secret: str
    over: threading.Event
    done: dict[str, Answer] = field(default_factory=dict)
    refusals: list[Answer] = field(default_factory=list)
    breaks: int = 0

    def write(self, bodies: Iterator[tuple[str, Any]]) -> None:
        """One after the other, until it is over: then the one in hand is brought to its end."""
        for key, body in bodies:
            while key not in self.done:
                self._try(key, body)
            if self.over.is_set():
                return

    def send(self, key: str, body: Any) -> Answer:
        return self.site.send(self.resource, body, secret=self.secret, key=key)

    def _try(self, key: str, body: Any) -> None:
        try:
            answer = self.send(key, body)
        except BROKEN:
            self.breaks += 1
        else:
            if answer.is_done:
                self.done[key] = answer
            elif answer.asks_to_repeat:
                self.refusals.append(answer)
            else:
                raise AssertionError(f"{answer.status}: {answer.body!r}")


class Platform(Writer):
    """Delivers by webhook, under the store's code as its `resource`, until it is told that it is
    stored."""

    def send(self, key: str, body: Any) -> Answer:
        content = json.dumps(body).encode()
        signed = signing.generic(content, key=key, secret=self.secret)
        return self.site.ask(f"/hooks/{self.resource}/generic", data=content, **signed)

"""Write once, whatever the client repeats: key, fingerprint and effect commit together."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import NamedTuple

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from opsdesk.api.problems import MEDIA_TYPE
from opsdesk.db import retrying
from opsdesk.tokens.models import ApiToken
from opsdesk.wire import written

HEADER = "Idempotency-Key"
PATTERN = r"^[\x21-\x7e]{1,200}$"
_KEY = re.compile(PATTERN).fullmatch


class KeyMissing(exceptions.APIException):
    status_code = 400
    default_code = "idempotency_key_missing"
    default_detail = (
        "Send an Idempotency-Key of 1 to 200 printable characters, a new one for each thing to do."
    )


class KeyReused(exceptions.APIException):
    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "This Idempotency-Key was used for another request."


class StillRunning(exceptions.APIException):
    status_code = 409
    default_code = "still_running"
    default_detail = "A request with this Idempotency-Key is being worked on. Ask again later."


class Kept(NamedTuple):
    """What a request with this key was, and what it was answered."""

    fingerprint: str
    status: int
    location: str
    body: str


def once(request: Request, perform: Callable[[], Response]) -> HttpResponse:
    """What `perform` answers, done at most once per key; a repetition gets the first answer.

    Who holds a key holds a lock of the transaction that does the work: a second request meets it
    and is told so, and when the holder dies the database lets go of lock and work alike. The
    unique key decides should two ever meet. What is raised leaves nothing behind, key included;
    what is returned is kept. `perform` may run again after it gave way in a deadlock.
    """
    key = request.headers.get(HEADER, "")
    if not _KEY(key):
        raise KeyMissing
    fingerprint = _fingerprint(request)
    return retrying(partial(_once, request.auth, key, fingerprint, perform))


def _once(
    token: ApiToken, key: str, fingerprint: str, perform: Callable[[], Response]
) -> HttpResponse:
    kept = _held(token, key)
    if kept is not None:
        if kept.fingerprint != fingerprint:
            raise KeyReused
        return _replayed(kept)
    response = perform()
    location = response.headers.get("Location", "")
    body = written(response.data).decode()
    _keep(token, key, Kept(fingerprint, response.status_code, location, body))
    return response


def _held(token: ApiToken, key: str) -> Kept | None:
    """Until the transaction ends nobody else holds this key. Raises StillRunning, without waiting.

    Returns what was answered to it before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM hold_key(%s, %s)", [token.family, key])
        is_held, *kept = cursor.fetchone()
    if not is_held:
        raise StillRunning
    return Kept(*kept) if kept[0] is not None else None


def _keep(token: ApiToken, key: str, kept: Kept) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT keep_answer(%s, %s, %s, %s, %s, %s, %s, %s)",
            [token.pk, token.family, key, *kept, timezone.now()],
        )


def _fingerprint(request: Request) -> str:
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(request.body)
    return digest.hexdigest()


def _replayed(kept: Kept) -> HttpResponse:
    media_type = "application/json" if kept.status < 400 else MEDIA_TYPE
    response = HttpResponse(kept.body, status=kept.status, content_type=media_type)
    response["Idempotency-Replayed"] = "true"
    if kept.location:
        response["Location"] = kept.location
    return response

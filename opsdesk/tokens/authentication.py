"""Who asks, and within what limits: a bearer token is its person, narrowed, in one store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from opsdesk import tracing
from opsdesk.stores.auth import confine
from opsdesk.stores.models import Store, User
from opsdesk.tokens import scopes
from opsdesk.tokens.models import ApiToken
from opsdesk.tokens.services import digest_of

MINUTE = timedelta(minutes=1)
LONGEST_SECRET = 200


class Refused(Exception):
    """The secret opens nothing; the message says why, and nothing that its holder doesn't know."""


class TooManyRequests(Exception):
    """The token's requests of this minute are used up; `seconds` until the next one."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"wait {seconds} s")


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer od_…` and nothing else: cookies are not looked at."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            token = use_token(secret.strip(), at=timezone.now())
        except Refused as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal
        except TooManyRequests as refusal:
            raise Throttled(wait=refusal.seconds) from refusal
        tracing.acts(user_id=token.user_id, token=token.prefix)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="OpsDesk"'


def use_token(secret: str, *, at: datetime) -> ApiToken:
    """The token of this secret, one request counted; `token.user` may do what the token may.

    Everything is asked anew each time, so that a revoked token, a disabled person, a closed store
    and a lost role end with the next request. Raises Refused and TooManyRequests.
    """
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    found = _admitted(secret, at, minute)
    if found is None:
        raise Refused("The token is not known.")
    token = found.token
    if token.standing(at) != ApiToken.Standing.LIVE:
        raise Refused(f"The token {token.prefix}… is {token.standing(at)}.")
    if not (token.user.is_active and token.store.is_active and found.roles):
        raise Refused(f"The token {token.prefix}… acts for nobody who works in its store.")
    if found.counted is None:
        raise TooManyRequests(int((minute + MINUTE - at).total_seconds()) + 1)
    if found.counted == 1:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=minute)
        ApiToken.objects.filter(unused, pk=token.pk).update(last_used_at=at)
    opened = scopes.permissions_of(token.scopes)
    confine(
        token.user,
        store_id=token.store_id,
        roles=found.roles,
        permissions=found.permissions & opened,
    )
    return token


@dataclass(frozen=True)
class Admitted:
    """A token, with its person's roles in its store and what they may do there.

    `counted` are its requests of this minute; None: it opens nothing, or they are used up.
    """

    token: ApiToken
    roles: set[str]
    permissions: set[str]
    counted: int | None


# As the function names them, in the order in which they are read.
_ROWS: dict[str, type[Model]] = {"token": ApiToken, "person": User, "store": Store}


@cache
def _admit() -> str:
    columns = [
        f'({name})."{field.column}"'
        for name, model in _ROWS.items()
        for field in model._meta.concrete_fields
    ]
    return f"SELECT rights, counted, {', '.join(columns)} FROM admit_request(%s, %s, %s)"


def _admitted(secret: str, at: datetime, minute: datetime) -> Admitted | None:
    """One statement. Found by digest: how long it takes tells nothing about other secrets."""
    if not secret.isascii() or len(secret) > LONGEST_SECRET:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_admit(), [digest_of(secret), at, minute])
        row = cursor.fetchone()
    if row is None:
        return None
    rights, counted, *values = row
    token, person, store = _instances(iter(values))
    token.user, token.store = person, store
    may = orjson.loads(rights)
    return Admitted(token, set(may["roles"]), set(may["permissions"]), counted)


def _instances(values: Iterator[Any]) -> Iterator[Any]:
    """A row of each of `_ROWS`, of their columns one after the other."""
    for model in _ROWS.values():
        names = [field.attname for field in model._meta.concrete_fields]
        yield model.from_db(DEFAULT_DB_ALIAS, names, list(islice(values, len(names))))

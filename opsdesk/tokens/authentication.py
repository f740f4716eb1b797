"""Who asks, and within what limits: a bearer token is its person, narrowed, in one store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F, Func, JSONField, Q, QuerySet
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from opsdesk import tracing
from opsdesk.prepared import Given, Prepared
from opsdesk.stores.auth import confine
from opsdesk.tokens import scopes
from opsdesk.tokens.models import ApiToken
from opsdesk.tokens.services import digest_of

if TYPE_CHECKING:
    from opsdesk.stores.models import User

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
    found = _found(secret)
    if found is None:
        raise Refused("The token is not known.")
    token = found.token
    if token.standing(at) != ApiToken.Standing.LIVE:
        raise Refused(f"The token {token.prefix}… is {token.standing(at)}.")
    if not (token.user.is_active and token.store.is_active and found.roles):
        raise Refused(f"The token {token.prefix}… acts for nobody who works in its store.")
    _count_request(token, at=at)
    opened = scopes.permissions_of(token.scopes)
    confine(
        token.user,
        store_id=token.store_id,
        roles=found.roles,
        permissions=found.permissions & opened,
    )
    return token


@dataclass(frozen=True)
class Found:
    """A token, with its person's roles in its store and what they may do there."""

    token: ApiToken
    roles: set[str]
    permissions: set[str]


def _found(secret: str) -> Found | None:
    """One statement. Found by digest: how long it takes tells nothing about other secrets."""
    if not secret.isascii() or len(secret) > LONGEST_SECRET:
        return None
    token = _TOKEN.first(digest=digest_of(secret))
    if token is None:
        return None
    rights = vars(token)["rights"]
    return Found(token, set(rights["roles"]), set(rights["permissions"]))


def _tokens() -> QuerySet[ApiToken]:
    """The token of a digest, with what its person is and may do in its store."""
    rights = Func(F("user_id"), F("store_id"), function="rights_in", output_field=JSONField())
    tokens = ApiToken.objects.filter(digest=Given("digest"))
    return tokens.select_related("user", "store").annotate(rights=rights)


_TOKEN = Prepared(_tokens)


# Every web process counts in the same row, and losing Redis loses no limit. One statement; the row
# is taken over by each new minute, and a clock that runs late counts for the newest one.
_COUNT = """
INSERT INTO tokens_requestcount AS kept (token_id, minute, requests) VALUES (%s, %s, 1)
ON CONFLICT (token_id) DO UPDATE SET
    requests = CASE WHEN kept.minute < EXCLUDED.minute THEN 1 ELSE kept.requests + 1 END,
    minute = greatest(kept.minute, EXCLUDED.minute)
WHERE kept.minute < EXCLUDED.minute OR kept.requests < %s
RETURNING requests
"""


def _count_request(token: ApiToken, *, at: datetime) -> None:
    """One more request of this minute. The first one of a minute also notes the last use."""
    minute = at.astimezone(UTC).replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [token.pk, minute, token.requests_per_minute])
        counted = cursor.fetchone()
    if counted is None:
        raise TooManyRequests(int((minute + MINUTE - at).total_seconds()) + 1)
    if counted[0] == 1:
        unused = Q(last_used_at=None) | Q(last_used_at__lt=minute)
        ApiToken.objects.filter(unused, pk=token.pk).update(last_used_at=at)

"""Tokens are issued, rotated and revoked. Their secrets are shown once and never kept."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores import procedure
from opsdesk.tokens import scopes as known_scopes
from opsdesk.tokens.models import ApiToken
from opsdesk.tokens.numbers import LONGEST_LIFE, OVERLAP, REQUESTS

if TYPE_CHECKING:
    from opsdesk.stores.models import Store, User

ISSUE, CHANGE = "tokens.add_apitoken", "tokens.change_apitoken"
PREFIX_LENGTH = 11


@dataclass(frozen=True)
class Issued:
    """A new token and, this once, the secret that programs send."""

    token: ApiToken
    secret: str


class InvalidToken(DomainError):
    """Its person, scopes or life make no sense."""

    code = "invalid_token"


def digest_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits: there is nothing to guess it by."""
    return sha256(secret.encode()).hexdigest()


def issue_token(
    *,
    user: User,
    store: Store,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    actor: User | None,
    at: datetime,
) -> Issued:
    """A program with the secret may do in this store what scopes and the person's roles allow.

    Raises InvalidToken and NotAllowed. Without an actor it is the system's own doing (a command).
    """
    if actor is not None and not actor.has_perm(ISSUE, store):
        raise NotAllowed(_("You may not issue tokens in %(store)s.") % {"store": store})
    codes = sorted(set(scopes))
    _check(user, store, name, codes, expires_at, at)
    return _make(
        user=user,
        store=store,
        name=name.strip(),
        scopes=codes,
        family=uuid.uuid4(),
        created_by=actor,
        created_at=at,
        expires_at=expires_at,
    )


def _check(
    user: User, store: Store, name: str, codes: list[str], expires_at: datetime, at: datetime
) -> None:
    if not name.strip():
        raise InvalidToken(_("Say what the token is for."))
    unknown = sorted(set(codes) - {scope.code for scope in known_scopes.all_scopes()})
    if unknown or not codes:
        raise InvalidToken(
            _("Choose scopes from: %(scopes)s.")
            % {"scopes": ", ".join(scope.code for scope in known_scopes.all_scopes())},
            unknown=unknown,
        )
    if not user.is_active or not user.roles_in(store.pk):
        raise InvalidToken(
            _("%(person)s has no role in %(store)s.") % {"person": user, "store": store}
        )
    most = procedure.value_of(LONGEST_LIFE.key, store=store, at=at)
    if not at < expires_at <= at + timedelta(days=int(most)):
        raise InvalidToken(
            _("A token lives for at most %(days)d days.") % {"days": int(most)}, days=int(most)
        )


def _make(*, store: Store, created_at: datetime, **fields: object) -> Issued:
    prefix = f"od_{secrets.token_hex(4)}"
    secret = f"{prefix}_{secrets.token_urlsafe(32)}"
    limit = procedure.value_of(REQUESTS.key, store=store, at=created_at)
    token = ApiToken.objects.create(
        store=store,
        prefix=prefix,
        digest=digest_of(secret),
        requests_per_minute=int(limit),
        created_at=created_at,
        **fields,
    )
    return Issued(token, secret)


def rotate_token(*, token_id: int, actor: User | None, at: datetime) -> Issued:
    """A successor with the same rights and the same length of life; the old one has some days left.

    Two are live meanwhile, never three: a predecessor that still was is revoked. Locks the family.
    """
    with transaction.atomic():
        token = _locked(token_id, actor)
        if token.standing(at) != ApiToken.Standing.LIVE:
            raise Conflict(_("This token is no longer live: issue a new one."))
        days = procedure.value_of(OVERLAP.key, store=token.store, at=at)
        older = ApiToken.objects.live(at).filter(family=token.family).exclude(pk=token.pk)
        older.update(revoked_at=at, revoked_by=actor)
        ApiToken.objects.filter(pk=token.pk).update(
            expires_at=min(token.expires_at, at + timedelta(days=int(days)))
        )
        return _make(
            user=token.user,
            store=token.store,
            name=token.name,
            scopes=token.scopes,
            family=token.family,
            created_by=actor,
            created_at=at,
            expires_at=at + (token.expires_at - token.created_at),
        )


def revoke_token(*, token_id: int, actor: User | None, at: datetime) -> bool:
    """The token opens nothing any more, from the next request on. False: it already did not."""
    with transaction.atomic():
        token = _locked(token_id, actor)
        revoked = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
        return bool(revoked.update(revoked_at=at, revoked_by=actor))


def _locked(token_id: int, actor: User | None) -> ApiToken:
    """The token, its family's rows locked in id order. Raises NotAllowed."""
    token = ApiToken.objects.get(pk=token_id)
    family = ApiToken.objects.filter(family=token.family).select_related("store", "user")
    rows = {row.pk: row for row in family.select_for_update(of=("self",)).order_by("pk")}
    token = rows[token_id]
    if actor is not None and not actor.has_perm(CHANGE, token):
        raise NotAllowed(_("You may not change tokens of %(store)s.") % {"store": token.store})
    return token

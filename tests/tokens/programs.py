"""Programs that talk to the REST interface: a test client with a token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role
from opsdesk.tokens import scopes
from opsdesk.tokens.services import issue_token
from tests import factories

ROOT = "/api/v1/"


def every_scope() -> list[str]:
    return [scope.code for scope in scopes.all_scopes()]


def secret_for(user: User, store: Store, *codes: str) -> str:
    """The secret of a new token of this person; of every scope unless some are named."""
    now = timezone.now()
    issued = issue_token(
        user=user,
        store=store,
        name="a program",
        scopes=codes or every_scope(),
        expires_at=now + timedelta(days=30),
        actor=None,
        at=now,
    )
    return issued.secret


def client_with(secret: str) -> Client:
    return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")


def program(store: Store, *codes: str, role: str = Role.OPERATIONS_LEAD) -> Client:
    """A client that acts for a person of this role in the store."""
    return client_with(secret_for(factories.UserFactory(role=role, store=store), store, *codes))


def send(client: Client, resource: str, body: Any, *, key: str = "key-1", **headers: str) -> Any:
    return client.post(
        f"{ROOT}{resource}/",
        body,
        "application/json",
        headers={"Idempotency-Key": key, **headers},
    )

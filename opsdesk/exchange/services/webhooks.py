"""Deliveries by webhook: let in where the signature fits, counted where it does not (ORD-1)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from opsdesk import sealing
from opsdesk.errors import DomainError
from opsdesk.exchange import numbers, signatures
from opsdesk.exchange.models import WebhookRefusal, WebhookSource
from opsdesk.exchange.services import inbox
from opsdesk.exchange.signatures import Refused
from opsdesk.stores import procedure
from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel

Reason = WebhookRefusal.Reason

_COUNT = """
INSERT INTO exchange_webhookrefusal (store_id, source, day, reason, count)
VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (store_id, source, day, reason)
DO UPDATE SET count = exchange_webhookrefusal.count + 1
"""


def receive_webhook(
    *, store_code: str, source: str, headers: Mapping[str, str], body: bytes, at: datetime
) -> inbox.Received:
    """The delivery is stored as it came, once, if its signature fits; else it is counted.

    Names of headers are in lower case. Raises UnknownSource, and Refused, also for a store that
    does not exist: who can't sign does not learn which stores there are.
    """
    scheme = signatures.scheme_of(source)
    if scheme is None:
        raise inbox.UnknownSource(f"Nobody signs deliveries of {source}.")
    store = Store.objects.filter(code=store_code).first()
    if store is None:
        raise Refused(Reason.NOT_SET_UP)
    try:
        delivery_id = scheme.read(headers, body, _secrets(store, source, at), at)
    except Refused as refusal:
        _count(store, source, refusal.reason, at=at)
        raise
    return inbox.receive_delivery(
        store=store, source=source, delivery_id=delivery_id, headers=headers, body=body, at=at
    )


def _secrets(store: Store, source: str, at: datetime) -> list[str]:
    """What may have signed it. Raises Refused where nothing may."""
    known = WebhookSource.objects.filter(store=store, source=source, is_active=True).first()
    if known is None or not store.is_active:
        raise Refused(Reason.NOT_SET_UP)
    try:
        return known.secrets(at)
    except sealing.Unreadable as error:
        raise Refused(Reason.NOT_SET_UP) from error


def _count(store: Store, source: str, reason: str, *, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [store.pk, source, store.business_date(at), reason])


def new_secret() -> str:
    """A secret that nobody had before, in letters that any form takes."""
    return secrets.token_urlsafe(32)


def enter_secret(
    *,
    store: Store,
    source: str,
    secret: str,
    at: datetime,
    channel: Channel | None = None,
    ends_old: bool = False,
) -> WebhookSource:
    """Deliveries of the source signed with this secret are let in from now on.

    The secret before it stays good for as long as the number of the procedure says, unless
    `ends_old`: then whoever has it is refused at once. `channel` is needed the first time. Entering
    the same secret again changes nothing. Locks the source's row. Raises DomainError.
    """
    if signatures.scheme_of(source) is None:
        raise DomainError(_("There is no source %(source)s.") % {"source": source})
    if not secret.strip():
        raise DomainError(_("Enter the secret that the source signs with."))
    if channel is not None and channel.store_id != store.pk:
        raise DomainError(_("This channel belongs to another store."))
    with transaction.atomic():
        rows = WebhookSource.objects.select_for_update(of=("self",))
        known = rows.filter(store=store, source=source).first()
        if known is None:
            return _set_up(store, source, secret.strip(), channel, at)
        if channel is not None:
            known.channel = channel
        if sealing.unseal(known.sealed_secret) != secret.strip():
            _replace(known, secret.strip(), at)
        if ends_old:
            known.sealed_previous, known.previous_until = "", None
        known.save()
    return known


def _set_up(
    store: Store, source: str, secret: str, channel: Channel | None, at: datetime
) -> WebhookSource:
    if channel is None:
        raise DomainError(_("Say to which channel the source belongs."))
    return WebhookSource.objects.create(
        store=store,
        source=source,
        channel=channel,
        sealed_secret=sealing.seal(secret),
        changed_at=at,
    )


def _replace(known: WebhookSource, secret: str, at: datetime) -> None:
    overlap = procedure.number_of(
        numbers.OLD_SECRET.key, store=known.store, channel=known.channel, at=at
    )
    known.sealed_previous = known.sealed_secret
    known.previous_until = at + timedelta(minutes=float(overlap.value))
    known.sealed_secret = sealing.seal(secret)
    known.changed_at = at

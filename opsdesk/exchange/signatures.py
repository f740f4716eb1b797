"""How deliveries by webhook are signed, source by source, and what makes two of them copies.

A scheme looks at the bytes as they came: whoever parses and writes JSON anew breaks the signature.
All digests are compared in constant time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.adapters.webhook import sign
from opsdesk.exchange.models import WebhookRefusal

Reason = WebhookRefusal.Reason
Headers = Mapping[str, str]

# Seconds that a sender's clock may be off, or a delivery on its way: what Standard Webhooks
# recommends, and senders rely on.
TOLERANCE = 300
# Where a delivery came to, among its headers: no sender can write one of this name.
PATH = ":path"
# The column of the inbox; no platform's ids come near it.
LONGEST_ID = 200
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII).fullmatch


class Refused(Exception):
    """The delivery does not come from whom it says, or not when it says. Nothing of it is kept."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Scheme:
    """`read(headers, body, secrets, at)` answers the delivery's id, or raises Refused.

    Names of headers are in lower case. Any of the secrets will do: while one is changed for
    another, both are good. `thanks` is what the sender wants to hear once its delivery is stored.
    """

    source: str
    title: str | Promise
    read: Callable[[Headers, bytes, Sequence[str], datetime], str]
    thanks: Mapping[str, Any] | None = None


_schemes: dict[str, Scheme] = {}


def register(*schemes: Scheme) -> None:
    for scheme in schemes:
        _schemes.setdefault(scheme.source, scheme)


def scheme_of(source: str) -> Scheme | None:
    return _schemes.get(source)


def all_schemes() -> list[Scheme]:
    return [_schemes[source] for source in sorted(_schemes)]


def digest_of(secret: str, body: bytes) -> str:
    """The base64 of HMAC-SHA256 over the body: how Shopify and WooCommerce sign."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _shopify(headers: Headers, body: bytes, secrets: Sequence[str], at: datetime) -> str:
    _check_digest(headers.get("x-shopify-hmac-sha256", ""), body, secrets)
    # Repeated attempts bear the id of the first one. The event's id is the same for all topics
    # that one event concerns.
    found = headers.get("x-shopify-webhook-id", "")
    if not found and headers.get("x-shopify-event-id"):
        found = f"{headers['x-shopify-event-id']} {headers.get('x-shopify-topic', '')}".rstrip()
    return delivery_id_of(found, body)


def _woocommerce(headers: Headers, body: bytes, secrets: Sequence[str], at: datetime) -> str:
    _check_digest(headers.get("x-wc-webhook-signature", ""), body, secrets)
    return delivery_id_of(headers.get("x-wc-webhook-delivery-id", ""), body)


def standard(headers: Headers, body: bytes, secrets: Sequence[str], at: datetime) -> str:
    message_id = headers.get("webhook-id", "")
    sent = headers.get("webhook-timestamp", "")
    signatures = headers.get("webhook-signature", "").split()
    if not (message_id and sent and signatures):
        raise Refused(Reason.NO_SIGNATURE)
    if not _SECONDS(sent):
        raise Refused(Reason.FORGED)
    expected = [sign(secret, message_id, sent, body) for secret in secrets]
    check_any(signatures, expected)
    # Afterwards: what is old and forged is forged.
    age = at.timestamp() - int(sent)
    if abs(age) > TOLERANCE:
        raise Refused(Reason.LATE if age > 0 else Reason.EARLY)
    return delivery_id_of(message_id, body)


def _check_digest(given: str, body: bytes, secrets: Sequence[str]) -> None:
    if not given:
        raise Refused(Reason.NO_SIGNATURE)
    check_any([given.strip()], [digest_of(secret, body) for secret in secrets])


def check_any(given: Sequence[str], expected: Sequence[str]) -> None:
    """Every pair is compared, whatever the first ones say: how long it takes tells nothing."""
    fits = [
        hmac.compare_digest(theirs.encode(), ours.encode()) for theirs in given for ours in expected
    ]
    if not any(fits):
        raise Refused(Reason.FORGED)


def delivery_id_of(given: str, body: bytes) -> str:
    """The source's own id; without a usable one the same bytes are the same delivery."""
    return given if 0 < len(given) <= LONGEST_ID else f"sha256:{hashlib.sha256(body).hexdigest()}"


SCHEMES = (
    Scheme("shopify", _("Shopify"), _shopify),
    Scheme("woocommerce", _("WooCommerce"), _woocommerce),
    Scheme("generic", _("Any program (Standard Webhooks)"), standard),
)

"""Any receiver of ours or a partner's, signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

import orjson
from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.adapters.registry import ADDRESS, SECRET, Adapter, Outgoing, Receipt
from opsdesk.exchange.adapters.web import post_bytes

PREFIX = "whsec_"


def send(outgoing: Outgoing) -> Receipt:
    body = orjson.dumps(outgoing.payload)
    message_id = f"msg_{outgoing.public_id.hex}"
    timestamp = str(int(outgoing.at.timestamp()))
    headers = {
        "Idempotency-Key": str(outgoing.public_id),
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
    }
    if outgoing.secret:
        # Two secrets, parted by a space, while the receiver changes from one to the other.
        headers["webhook-signature"] = " ".join(
            sign(secret, message_id, timestamp, body) for secret in outgoing.secret.split()
        )
    answer = post_bytes(outgoing.address, body, headers)
    return Receipt(answer.status)


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, parted by dots."""
    content = b".".join([message_id.encode(), timestamp.encode(), body])
    digest = hmac.new(key_of(secret), content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """The bytes behind `whsec_` in base64; any other text as it stands."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return secret.encode()


WEBHOOK = Adapter(
    code="webhook",
    title=_("Webhook"),
    send=send,
    needs=frozenset({ADDRESS}),
    takes=frozenset({ADDRESS, SECRET}),
    tells_people=False,
)

"""Deliveries as the sources sign them, and how they are posted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from opsdesk.exchange.adapters.webhook import sign
from opsdesk.exchange.signatures import digest_of
from opsdesk.stores.models import Store

SECRET = "hush"


def shopify(body: bytes, *, key: str = "w-1", topic: str = "", secret: str = SECRET) -> dict:
    return {
        "X-Shopify-Hmac-Sha256": digest_of(secret, body),
        "X-Shopify-Webhook-Id": key,
        "X-Shopify-Topic": topic,
    }


def woocommerce(body: bytes, *, key: str = "w-1", topic: str = "", secret: str = SECRET) -> dict:
    return {
        "X-WC-Webhook-Signature": digest_of(secret, body),
        "X-WC-Webhook-Delivery-ID": key,
        "X-WC-Webhook-Topic": topic,
    }


def generic(
    body: bytes, *, key: str = "w-1", sent: datetime | None = None, secret: str = SECRET
) -> dict:
    seconds = str(int((sent or timezone.now()).timestamp()))
    return {
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": sign(secret, key, seconds, body),
    }


def post(store: Store | str, source: str, body: bytes, headers: dict[str, str]) -> Any:
    code = store if isinstance(store, str) else store.code
    return Client().post(
        f"/hooks/{code}/{source}", body, content_type="application/json", headers=headers
    )

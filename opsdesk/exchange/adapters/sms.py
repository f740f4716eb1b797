"""Text messages: a provider is an adapter, this is what one looks like."""

from __future__ import annotations

import sys

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from opsdesk import privacy
from opsdesk.exchange.adapters.registry import (
    ADDRESS,
    TOKEN,
    Adapter,
    Failed,
    Outgoing,
    Receipt,
)
from opsdesk.exchange.adapters.web import post_json


def send_to_console(outgoing: Outgoing) -> Receipt:
    """Written to the worker's output, numbers masked, for trying things out. Not in production."""
    if settings.PRODUCTION:
        raise Failed("the console is no provider in production")
    to, text = privacy.mask_phone(_phone(outgoing)), privacy.mask_mobiles(outgoing.text)
    sys.stdout.write(f"SMS to {to}: {text}\n")
    return Receipt()


def send_over_http(outgoing: Outgoing) -> Receipt:
    """A provider that takes `{"to", "text", "id"}` with a bearer token, or a gateway before one."""
    headers = {
        "Authorization": f"Bearer {outgoing.token}",
        "Idempotency-Key": str(outgoing.public_id),
    }
    data = {"to": _phone(outgoing), "text": outgoing.text, "id": str(outgoing.public_id)}
    return Receipt(post_json(outgoing.address, data, headers).status)


def _phone(outgoing: Outgoing) -> str:
    if not outgoing.recipient:
        raise Failed("there is no telephone number")
    return outgoing.recipient


CONSOLE = Adapter(
    code="sms-console",
    title=_("Text message, written to the console"),
    send=send_to_console,
    to_recipient=True,
    by_phone=True,
)
OVER_HTTP = Adapter(
    code="sms-http",
    title=_("Text message over HTTP"),
    send=send_over_http,
    needs=frozenset({ADDRESS, TOKEN}),
    takes=frozenset({ADDRESS, TOKEN}),
    to_recipient=True,
    by_phone=True,
)

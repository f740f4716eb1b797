"""A program of the store's own: news of waybills in an envelope signed as Standard Webhooks has it.

`{"type": "tracking.updated", "data": {"carrier": …, "waybill": …, "events": [{"at": …,
"state": …, "text": …, "place": …, "code": …}]}}`. The carrier goes by its code here.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment.models import Progress, Source
from fulfillment.services.tracking import Seen
from fulfillment.services.tracking_intake import News
from fulfillment.tracking.reading import (
    MOST_CODE,
    MOST_PLACE,
    list_of,
    moment_of,
    object_of,
    part_of,
    text_of,
)
from opsdesk.exchange import signatures
from opsdesk.exchange.problems import BadValue
from opsdesk.exchange.signatures import Scheme

TOPIC = "tracking.updated"


def news_of_envelope(body: bytes, zone: tzinfo) -> News | None:
    """None for envelopes about something else. Raises BadValue."""
    envelope = object_of(body)
    return news_of(part_of(envelope, "data"), zone) if envelope.get("type") == TOPIC else None


def news_of(data: dict[str, Any], zone: tzinfo) -> News:
    """Moments without an offset are the store's time. Raises BadValue."""
    carrier, waybill = text_of(data, "carrier", 60), text_of(data, "waybill", 60)
    if not (carrier and waybill):
        raise BadValue("no_waybill", _("It names no waybill."))
    return News(carrier, waybill, tuple(_seen(row, zone) for row in list_of(data, "events")))


def _seen(row: dict[str, Any], zone: tzinfo) -> Seen:
    state = text_of(row, "state", 20)
    if state not in Progress.values:
        raise BadValue("no_such_state", _("“%(value)s” is no state.") % {"value": state})
    return Seen(
        at=moment_of(text_of(row, "at"), zone),
        state=state,
        text=text_of(row, "text"),
        place=text_of(row, "place", MOST_PLACE),
        code=text_of(row, "code", MOST_CODE),
    )


SCHEME = Scheme(
    Source.PROGRAM.value,
    gettext_lazy("Tracking by any program (Standard Webhooks)"),
    signatures.standard,
)

"""EasyPost: JSON, signed with HMAC-SHA256 (FUL-7).

The older signature is of the bytes alone; the newer one is of moment, method and path, too.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _

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
from opsdesk.exchange.models import WebhookRefusal
from opsdesk.exchange.problems import BadValue
from opsdesk.exchange.signatures import (
    PATH,
    TOLERANCE,
    Refused,
    Scheme,
    check_any,
    delivery_id_of,
)

PREFIX = "hmac-sha256-hex="
TOPICS = ("tracker.created", "tracker.updated")

STATES = {
    "pre_transit": Progress.ANNOUNCED,
    "in_transit": Progress.IN_TRANSIT,
    "out_for_delivery": Progress.OUT_FOR_DELIVERY,
    "delivered": Progress.DELIVERED,
    "available_for_pickup": Progress.TO_COLLECT,
    "return_to_sender": Progress.RETURNING,
    "failure": Progress.EXCEPTION,
    "error": Progress.EXCEPTION,
    "cancelled": Progress.CANCELLED,
}
# What the details say more exactly, where the state leaves it open.
DETAILS = {
    "received_at_origin_facility": Progress.PICKED_UP,
    "arrived_at_facility": Progress.ARRIVED,
    "arrived_at_destination": Progress.ARRIVED,
    "received_at_destination_facility": Progress.ARRIVED,
    "arrived_at_pickup_location": Progress.TO_COLLECT,
    "out_for_delivery": Progress.OUT_FOR_DELIVERY,
    "delivery_exception": Progress.FAILED,
    "transit_exception": Progress.EXCEPTION,
    "address_correction": Progress.EXCEPTION,
    "awaiting_information": Progress.EXCEPTION,
    "damaged": Progress.DAMAGED,
    "delayed": Progress.EXCEPTION,
    "weather_delay": Progress.EXCEPTION,
    "held": Progress.EXCEPTION,
    "missorted": Progress.EXCEPTION,
    "lost": Progress.LOST,
    "refused": Progress.FAILED,
    "return": Progress.RETURNING,
    "cancelled": Progress.CANCELLED,
    "label_created": Progress.ANNOUNCED,
}
_OPEN = ("in_transit", "failure", "error", "unknown", "")


def state_of(status: str, detail: str) -> Progress:
    if status in _OPEN and detail in DETAILS:
        return DETAILS[detail]
    return STATES.get(status, Progress.IN_TRANSIT)


def sign(secret: str, body: bytes) -> str:
    key = unicodedata.normalize("NFKD", secret).encode()
    return PREFIX + hmac.new(key, body, hashlib.sha256).hexdigest()


def read_delivery(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime
) -> str:
    newer = headers.get("x-hmac-signature-v2", "").strip()
    if newer:
        _check_newer(newer, headers, body, secrets, at)
        return delivery_id_of(_event_id(body), body)
    given = headers.get("x-hmac-signature", "").strip()
    if not given:
        raise Refused(WebhookRefusal.Reason.NO_SIGNATURE)
    check_any([given], [sign(secret, body) for secret in secrets])
    return delivery_id_of(_event_id(body), body)


def sign_newer(secret: str, timestamp: str, path: str, body: bytes) -> str:
    """Of moment, method, path and body: nothing that was told long ago, or elsewhere, fits."""
    return sign(secret, f"{timestamp}POST{path}".encode() + body)


def _check_newer(
    given: str, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime
) -> None:
    """Raises Refused. What bears the newer signature is judged by it alone."""
    timestamp, path = headers.get("x-timestamp", "").strip(), headers.get("x-path", "").strip()
    if not (timestamp and path):
        raise Refused(WebhookRefusal.Reason.NO_SIGNATURE)
    check_any([given], [sign_newer(secret, timestamp, path, body) for secret in secrets])
    # A proxy may have taken the beginning of the path away, never its end.
    if not path.partition("?")[0].endswith(headers.get(PATH, "")):
        raise Refused(WebhookRefusal.Reason.FORGED)
    age = (at - _sent_at(timestamp)).total_seconds()
    if abs(age) > TOLERANCE:
        raise Refused(WebhookRefusal.Reason.LATE if age > 0 else WebhookRefusal.Reason.EARLY)


def _sent_at(timestamp: str) -> datetime:
    """As mail headers, ISO 8601 or seconds have it. Raises Refused."""
    for read in (parsedate_to_datetime, datetime.fromisoformat, _of_seconds):
        with suppress(ValueError, OverflowError):
            moment = read(timestamp)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise Refused(WebhookRefusal.Reason.FORGED)


def _of_seconds(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def _event_id(body: bytes) -> str:
    """The event's own id stays the same when it is delivered again."""
    try:
        return text_of(object_of(body), "id", 200)
    except BadValue:
        return ""


def news_of_event(body: bytes) -> News | None:
    """None for events that are not about trackers. Raises BadValue."""
    event = object_of(body)
    if text_of(event, "description", 60) not in TOPICS:
        return None
    return news_of(part_of(event, "result"))


def news_of(tracker: dict[str, Any]) -> News:
    """What a tracker says of its waybill. Raises BadValue."""
    carrier, waybill = text_of(tracker, "carrier", 60), text_of(tracker, "tracking_code", 60)
    if not (carrier and waybill):
        raise BadValue("no_waybill", _("It names no waybill."))
    events = tuple(_seen(detail) for detail in list_of(tracker, "tracking_details"))
    return News(carrier, waybill, events)


def _seen(detail: dict[str, Any]) -> Seen:
    status, finer = text_of(detail, "status", 40), text_of(detail, "status_detail", 40)
    place = part_of(detail, "tracking_location")
    parts = [text_of(place, name, 60) for name in ("city", "state", "country")]
    return Seen(
        at=moment_of(text_of(detail, "datetime"), UTC),
        state=state_of(status, finer),
        text=text_of(detail, "message") or text_of(detail, "description"),
        place=", ".join(part for part in parts if part)[:MOST_PLACE],
        code=(text_of(detail, "carrier_code", 20) or finer or status)[:MOST_CODE],
    )


SCHEME = Scheme(Source.EASYPOST.value, Source.EASYPOST.label, read_delivery)

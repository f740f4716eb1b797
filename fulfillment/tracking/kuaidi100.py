"""Kuaidi100: a form with JSON in it, signed with MD5 over the JSON and a salt (FUL-7)."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

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
from opsdesk.exchange.signatures import Refused, Scheme, check_any

# Its carriers write the time of China, whatever the store's is.
ZONE = ZoneInfo("Asia/Shanghai")
THANKS = {"result": True, "returnCode": "200", "message": "成功"}

# The finer states where they are switched on, else the ten coarse ones. What is unclear keeps its
# code and words, and counts as under way or in trouble.
STATES = {
    "0": Progress.IN_TRANSIT,
    "1001": Progress.ARRIVED,
    "1002": Progress.IN_TRANSIT,
    "1003": Progress.IN_TRANSIT,
    "1": Progress.PICKED_UP,
    "101": Progress.ANNOUNCED,
    "102": Progress.ANNOUNCED,
    "103": Progress.PICKED_UP,
    "2": Progress.EXCEPTION,
    "204": Progress.FAILED,
    "206": Progress.FAILED,
    "209": Progress.DAMAGED,
    "210": Progress.CANCELLED,
    "3": Progress.DELIVERED,
    "4": Progress.RETURNED,
    "401": Progress.CANCELLED,
    "5": Progress.OUT_FOR_DELIVERY,
    "501": Progress.TO_COLLECT,
    "6": Progress.RETURNING,
    "7": Progress.IN_TRANSIT,
    "8": Progress.CUSTOMS,
    "10": Progress.CUSTOMS,
    "11": Progress.CUSTOMS,
    "12": Progress.CUSTOMS,
    "13": Progress.EXCEPTION,
    "14": Progress.RETURNING,
}


def state_of(code: str) -> Progress:
    """The code's own meaning, else that of the state it belongs to: 304 is a kind of 3."""
    if code in STATES:
        return STATES[code]
    if len(code) == 3 and code.isdecimal():
        return STATES.get(code[0], Progress.IN_TRANSIT)
    return Progress.IN_TRANSIT


@dataclass(frozen=True, slots=True)
class Push:
    """What was pushed: how the subscription stands, and all that is known of its waybill.

    `carrier` is the one that it was asked for by, `right_carrier` the one that it found to be
    right, where that is another one.
    """

    status: str
    message: str
    news: News
    carrier: str
    right_carrier: str


def sign(param: str, salt: str) -> str:
    return hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest().upper()


def read_delivery(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime
) -> str:
    """The delivery's id: it has none of its own, so the same content is the same delivery."""
    fields = _fields(body)
    param, given = fields.get("param", ""), fields.get("sign", "")
    if not (param and given):
        raise Refused(WebhookRefusal.Reason.NO_SIGNATURE)
    check_any([given.upper()], [sign(param, salt) for salt in secrets])
    return f"sha256:{hashlib.sha256(param.encode()).hexdigest()}"


def _fields(body: bytes) -> dict[str, str]:
    """Of a form; what is named twice is refused like what is missing."""
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def push_of(body: bytes) -> Push:
    """Raises BadValue: a person looks at it then."""
    document = _object(_fields(body).get("param", ""))
    result = document.get("lastResult")
    last = _object(result) if isinstance(result, str) else part_of(document, "lastResult")
    right = text_of(document, "comNew", MOST_CODE)
    asked_as = text_of(document, "comOld", MOST_CODE) or text_of(last, "com", MOST_CODE)
    return Push(
        status=text_of(document, "status", 20),
        message=text_of(document, "message", 200),
        news=news_of(last, corrected=right, asked_as=asked_as),
        carrier=asked_as,
        right_carrier=right if right.lower() != asked_as.lower() else "",
    )


def _object(text: str) -> dict[str, Any]:
    """Some relays escape the JSON once more, as text or as HTML."""
    if "&quot;" in text and not text.lstrip().startswith('{"'):
        text = html.unescape(text)
    if text.startswith('"'):
        text = str(object_of(f'{{"text": {text}}}').get("text", ""))
    return object_of(text)


def news_of(result: dict[str, Any], *, corrected: str = "", asked_as: str = "") -> News:
    """What a push or an answer says of a waybill; `corrected` is the carrier it found to be right.

    Without finer codes the state is that of the newest event, and the others are under way.
    """
    carrier = corrected or text_of(result, "com", MOST_CODE)
    waybill = text_of(result, "nu", 60)
    if not (carrier and waybill):
        raise BadValue("no_waybill", _("It names no waybill."))
    rows = list_of(result, "data")
    moments = [moment_of(text_of(row, "ftime") or text_of(row, "time"), ZONE) for row in rows]
    newest = moments.index(max(moments)) if moments else None
    coarse = text_of(result, "state", MOST_CODE)
    events = []
    for index, (row, at) in enumerate(zip(rows, moments, strict=True)):
        own = text_of(row, "statusCode", MOST_CODE)
        code = own or (coarse if index == newest else "")
        place = text_of(row, "location", MOST_PLACE) or text_of(row, "areaName", MOST_PLACE)
        events.append(Seen(at, state_of(code), text_of(row, "context"), place, code))
    return News(carrier, waybill, tuple(events), asked_as)


SCHEME = Scheme(Source.KUAIDI100.value, Source.KUAIDI100.label, read_delivery, thanks=THANKS)

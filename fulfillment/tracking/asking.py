"""Sources are asked of a waybill where nobody pushes what becomes of it (FUL-7)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.utils.translation import gettext_lazy as _

from fulfillment.tracking.reading import list_of, text_of
from opsdesk.exchange.adapters.registry import (
    ADDRESS,
    SECRET,
    TOKEN,
    Adapter,
    Failed,
    Heard,
    Outgoing,
    Refusal,
    takes_no_messages,
)
from opsdesk.exchange.adapters.web import get, post_bytes, post_json, quoted, said

KUAIDI100, EASYPOST = "kuaidi100-query", "easypost-query"
# What it says in `returnCode`: nothing is known of the waybill; the waybill can't be asked for,
# since the carrier is another one or wants to know a telephone number.
_NOTHING_YET, _NOT_THIS_ONE = "500", ("400", "408")


def query_kuaidi100(outgoing: Outgoing) -> Heard:
    """The target's secret is the customer's number there, its token the key."""
    asked = outgoing.payload
    param = orjson.dumps(
        {"com": asked["carrier"], "num": asked["waybill"], "resultv2": "4", "order": "desc"}
    ).decode()
    form = {
        "customer": outgoing.secret,
        "sign": sign(param, outgoing.token, outgoing.secret),
        "param": param,
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = post_bytes(outgoing.address, urlencode(form).encode(), kind)
    told = said(answer)
    if "data" in told:
        return Heard(answer.body)
    code = str(told.get("returnCode", ""))
    if code == _NOTHING_YET:
        return Heard()
    words = f"{quoted(code)} {quoted(told.get('message', ''))}".strip()
    if code in _NOT_THIS_ONE:
        raise Refusal(words, status=answer.status)
    raise Failed(words, status=answer.status)


def sign(param: str, key: str, customer: str) -> str:
    text = f"{param}{key}{customer}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def query_easypost(outgoing: Outgoing) -> Heard:
    """By the tracker's id; where none is known by the waybill, whose tracker is made if need be."""
    asked, address = outgoing.payload, outgoing.address.rstrip("/")
    key = base64.b64encode(f"{outgoing.token}:".encode()).decode()
    headers = {"Authorization": f"Basic {key}"}
    if asked.get("reference"):
        answer = get(f"{address}/{quote(asked['reference'], safe='')}", headers)
        return Heard(answer.body, asked["reference"])
    wanted = {"tracking_code": asked["waybill"], "carrier": asked["carrier"]}
    answer = get(f"{address}?{urlencode({**wanted, 'page_size': 1})}", headers)
    found = list_of(said(answer), "trackers")
    if not found:
        answer = post_json(address, {"tracker": wanted}, headers)
        found = [said(answer)]
    return Heard(answer.body, _id_of(found[0]))


def _id_of(tracker: dict[str, Any]) -> str:
    return text_of(tracker, "id", 60)


ADAPTERS = (
    Adapter(
        code=KUAIDI100,
        title=_("Kuaidi100, asked for news"),
        send=takes_no_messages,
        ask=query_kuaidi100,
        needs=frozenset({TOKEN, SECRET}),
        takes=frozenset({ADDRESS, TOKEN, SECRET}),
        base="https://poll.kuaidi100.com/poll/query.do",
        tells_people=False,
    ),
    Adapter(
        code=EASYPOST,
        title=_("EasyPost, asked for news"),
        send=takes_no_messages,
        ask=query_easypost,
        needs=frozenset({TOKEN}),
        takes=frozenset({ADDRESS, TOKEN}),
        base="https://api.easypost.com/v2/trackers",
        tells_people=False,
    ),
)
# Adapter → the column in which carriers have their name there.
CODES = {KUAIDI100: "kuaidi100_code", EASYPOST: "easypost_code"}

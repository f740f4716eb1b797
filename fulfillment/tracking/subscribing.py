"""Sources are asked to push what they hear of a parcel, once it has left (FUL-7)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.urls import reverse

from fulfillment.models import Parcel, Source
from opsdesk.exchange.adapters.registry import (
    ADDRESS,
    SECRET,
    TOKEN,
    Adapter,
    Failed,
    Outgoing,
    Receipt,
)
from opsdesk.exchange.adapters.web import post_bytes, post_json, quoted, said
from opsdesk.exchange.models import Target
from opsdesk.exchange.services import outbox
from opsdesk.exchange.services.outbox import Draft

KIND = "fulfillment.follow_parcel"
# It heard nothing in three days: carriers scan late, so it is asked once more.
NOTHING_FOUND = "3天"
_TAKEN, _KNOWN = "200", "501"


def ask_kuaidi100(outgoing: Outgoing) -> Receipt:
    """Its pushes are signed with the target's secret, which is the webhook's, too."""
    asked = outgoing.payload
    param = {
        "company": asked["carrier"],
        "number": asked["waybill"],
        "key": outgoing.token,
        "parameters": {
            "callbackurl": asked["callback"],
            "salt": outgoing.secret,
            "resultv2": "4",
        },
    }
    form = urlencode({"schema": "json", "param": orjson.dumps(param).decode()}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = post_bytes(outgoing.address, form, kind)
    told = said(answer)
    code = str(told.get("returnCode", ""))
    # What it follows already is followed.
    if code not in (_TAKEN, _KNOWN):
        raise Failed(quoted(told.get("message") or code), status=answer.status)
    return Receipt(answer.status, quoted(told.get("message", "")))


def ask_easypost(outgoing: Outgoing) -> Receipt:
    asked = outgoing.payload
    key = base64.b64encode(f"{outgoing.token}:".encode()).decode()
    tracker = {"tracking_code": asked["waybill"], "carrier": asked["carrier"]}
    answer = post_json(outgoing.address, {"tracker": tracker}, {"Authorization": f"Basic {key}"})
    return Receipt(answer.status)


ADAPTERS = (
    Adapter(
        code="kuaidi100",
        title=Source.KUAIDI100.label,
        send=ask_kuaidi100,
        needs=frozenset({TOKEN, SECRET}),
        takes=frozenset({ADDRESS, TOKEN, SECRET}),
        base="https://poll.kuaidi100.com/poll",
        tells_people=False,
    ),
    Adapter(
        code="easypost",
        title=Source.EASYPOST.label,
        send=ask_easypost,
        needs=frozenset({TOKEN}),
        takes=frozenset({ADDRESS, TOKEN}),
        base="https://api.easypost.com/v2/trackers",
        tells_people=False,
    ),
)
# Adapter → the column in which carriers have their name there.
CODES = {"kuaidi100": "kuaidi100_code", "easypost": "easypost_code"}
IS_ASKED = "leaving_has_source(%(ids)s::bigint[], ARRAY[{}])".format(
    ", ".join(f"'{adapter}'" for adapter in CODES)
)


def ask_for_pushes(parcel_ids: Sequence[int], at: datetime) -> list[tuple[int, int]]:
    """Each parcel is followed by the sources that the store has a key of and that know its carrier.

    In the transaction in which the parcels leave; a parcel is asked for once per target. Returns
    the ids of parcels and targets.
    """
    parcels = Parcel.objects.filter(pk__in=list(parcel_ids)).select_related("carrier", "store")
    targets = list(
        Target.objects.active().filter(
            store__in=parcels.order_by().values("store"), adapter__in=CODES
        )
    )
    drafts = {
        (parcel.pk, target.pk): draft
        for parcel in (parcels if targets else ())
        for target in targets
        if (draft := _draft(parcel, target)) is not None
    }
    outbox.enqueue_messages(list(drafts.values()), at=at)
    return list(drafts)


def ask_again(parcel: Parcel, target: Target, *, turn: int, at: datetime) -> None:
    """The target's source is asked for the parcel anew, once per turn."""
    draft = _draft(parcel, target, turn=turn)
    if draft is not None:
        outbox.enqueue_message(draft, at=at)


def _draft(parcel: Parcel, target: Target, *, turn: int = 1) -> Draft | None:
    """None where the target's source has no name for the carrier."""
    code = getattr(parcel.carrier, CODES[target.adapter]) if parcel.carrier else ""
    if not code or target.store_id != parcel.store_id:
        return None
    payload: dict[str, Any] = {"carrier": code, "waybill": parcel.waybill}
    if target.adapter == "kuaidi100":
        place = reverse("webhook", args=[parcel.store.code, "kuaidi100"])
        payload["callback"] = f"{settings.SITE_URL}{place}"
    return Draft(target=target, kind=KIND, key=f"follow:{parcel.pk}:{turn}", payload=payload)

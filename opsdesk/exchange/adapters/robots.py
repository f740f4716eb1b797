"""Robots of group chats: DingTalk, Feishu and WeCom, each signed in its own way.

All three answer 200 to what they refuse; the body says so. None knows repeats: a message whose
outcome is unknown may be read twice in the group, which is better than not at all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from opsdesk import http
from opsdesk.exchange.adapters.registry import (
    ADDRESS,
    SECRET,
    TOKEN,
    Adapter,
    Failed,
    Outgoing,
    Receipt,
)
from opsdesk.exchange.adapters.web import post_json, quoted, said

# Bytes of text. WeCom says 2,048, the others tens of thousands.
WECOM_BYTES = 2_048
OTHERS_BYTES = 16_000


def words(outgoing: Outgoing, most: int) -> str:
    """Subject and text as one, cut where the robot would refuse it."""
    whole = "\n".join(part for part in (outgoing.subject, outgoing.text) if part)
    encoded = whole.encode()
    if len(encoded) <= most:
        return whole
    return encoded[: most - len("…".encode())].decode(errors="ignore") + "…"


def _signature(key: str, content: str) -> str:
    digest = hmac.new(key.encode(), content.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _receipt(answer: http.Answer, code: str, message: str) -> Receipt:
    """Taken, if the code in the answer says 0. Raises Failed, OutcomeUnknown."""
    body = said(answer)
    if code not in body:
        raise http.OutcomeUnknown(f"HTTP {answer.status}, and the answer has no {code}")
    if body[code] != 0:
        raise Failed(f"{quoted(body[code])}: {quoted(body.get(message, ''))}", status=answer.status)
    return Receipt(answer.status)


def send_dingtalk(outgoing: Outgoing) -> Receipt:
    query = {"access_token": outgoing.token}
    if outgoing.secret:
        timestamp = str(int(outgoing.at.timestamp() * 1000))
        query["timestamp"] = timestamp
        query["sign"] = _signature(outgoing.secret, f"{timestamp}\n{outgoing.secret}")
    data = {"msgtype": "text", "text": {"content": words(outgoing, OTHERS_BYTES)}}
    answer = post_json(f"{outgoing.address}?{urlencode(query)}", data)
    return _receipt(answer, "errcode", "errmsg")


def send_feishu(outgoing: Outgoing) -> Receipt:
    data: dict[str, Any] = {
        "msg_type": "text",
        "content": {"text": words(outgoing, OTHERS_BYTES)},
    }
    if outgoing.secret:
        timestamp = str(int(outgoing.at.timestamp()))
        # Feishu's own way: what is usually signed is the key, and nothing is signed with it.
        signature = _signature(f"{timestamp}\n{outgoing.secret}", "")
        data = {"timestamp": timestamp, "sign": signature, **data}
    answer = post_json(f"{outgoing.address.rstrip('/')}/{outgoing.token}", data)
    return _receipt(answer, "code", "msg")


def send_wecom(outgoing: Outgoing) -> Receipt:
    data = {"msgtype": "text", "text": {"content": words(outgoing, WECOM_BYTES)}}
    answer = post_json(f"{outgoing.address}?{urlencode({'key': outgoing.token})}", data)
    return _receipt(answer, "errcode", "errmsg")


DINGTALK = Adapter(
    code="dingtalk",
    title=_("DingTalk robot"),
    send=send_dingtalk,
    needs=frozenset({TOKEN}),
    takes=frozenset({ADDRESS, TOKEN, SECRET}),
    base="https://oapi.dingtalk.com/robot/send",
)
FEISHU = Adapter(
    code="feishu",
    title=_("Feishu robot"),
    send=send_feishu,
    needs=frozenset({TOKEN}),
    takes=frozenset({ADDRESS, TOKEN, SECRET}),
    base="https://open.feishu.cn/open-apis/bot/v2/hook",
)
WECOM = Adapter(
    code="wecom",
    title=_("WeCom robot"),
    send=send_wecom,
    needs=frozenset({TOKEN}),
    takes=frozenset({ADDRESS, TOKEN}),
    base="https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
)

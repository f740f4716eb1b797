"""What tracking sources push, signed as they sign."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from django.test import Client

from fulfillment.tracking import easypost, kuaidi100

FORM = "application/x-www-form-urlencoded"
TRACK = (
    ("2026-03-04 18:05:00", "3", "已签收，签收人：本人"),
    ("2026-03-04 09:10:00", "5", "正在派件，快递员电话 13812345678"),
    ("2026-03-03 22:30:00", "1002", "快件离开【杭州转运中心】"),
    ("2026-03-03 19:00:00", "103", "顺丰速运 已收取快件"),
)


def pushed(
    *rows: tuple[str, str, str], waybill: str = "SF1000000001", status: str = "polling", **more: Any
) -> dict[str, Any]:
    """As Kuaidi100 tells it, the newest first."""
    data = [
        {"time": time, "ftime": time, "context": text, "statusCode": code}
        for time, code, text in rows
    ]
    result = {"nu": waybill, "com": "shunfeng", "status": "200", "state": "0", "data": data}
    return {"status": status, "message": "", "lastResult": result, **more}


def form(document: Any, salt: str = "hush") -> bytes:
    param = document if isinstance(document, str) else orjson.dumps(document).decode()
    return urlencode({"param": param, "sign": kuaidi100.sign(param, salt)}).encode()


def push(store: Any, body: bytes) -> Any:
    return Client().post(f"/hooks/{store.code}/kuaidi100", body, content_type=FORM)


def tracker(*details: dict[str, Any], waybill: str = "SF1000000001") -> bytes:
    """EasyPost's event about a tracker."""
    result = {"tracking_code": waybill, "carrier": "FedEx", "tracking_details": list(details)}
    event = {"id": "evt_1", "description": "tracker.updated", "result": result}
    return orjson.dumps(event)


def detail(at: str, status: str, finer: str = "unknown", **more: Any) -> dict[str, Any]:
    return {"datetime": at, "status": status, "status_detail": finer, "message": "…", **more}


def post_tracker(store: Any, body: bytes, *, secret: str = "hush", **headers: str) -> Any:
    signed = {"X-Hmac-Signature": easypost.sign(secret, body), **headers}
    return Client().post(
        f"/hooks/{store.code}/easypost", body, content_type="application/json", headers=signed
    )

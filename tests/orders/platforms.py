"""Orders as platforms tell them, and their deliveries worked on."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import orjson

from opsdesk.exchange.services import inbox
from opsdesk.stores.models import Store
from tests.factories import MOMENT, WebhookSourceFactory

_numbers = count()


def shopify(number: int = 7001, minutes: int = 0, **fields: Any) -> dict[str, Any]:
    """Two pieces of A at 10.00 and one of B at 5.50 with 1.00 off, freight 6.00: 30.50 in all."""
    return {
        "id": number,
        "name": "#1001",
        "currency": "CNY",
        "created_at": MOMENT.isoformat(),
        "updated_at": moment(minutes),
        "financial_status": "pending",
        "fulfillment_status": None,
        "total_price": "30.50",
        "total_discounts": "1.00",
        "note": None,
        "customer": {"id": 42},
        "shipping_address": {
            "name": "王小明",
            "phone": "13812345678",
            "country": "China",
            "country_code": "CN",
            "province": "上海市",
            "city": "浦东新区",
            "address1": "世纪大道 100 号",
        },
        "shipping_lines": [{"price": "6.00", "discounted_price": "6.00"}],
        "line_items": [line(1, "A", 2, "10.00"), line(2, "B", 1, "5.50", "1.00")],
        "refunds": [],
        "fulfillments": [],
    } | fields


def moment(minutes: int) -> str:
    return (MOMENT + timedelta(minutes=minutes)).isoformat()


def line(key: int, sku: str, pieces: int, price: str, off: str = "0.00") -> dict[str, Any]:
    return {
        "id": key,
        "variant_id": key + 100,
        "sku": sku,
        "name": f"Article {sku}",
        "quantity": pieces,
        "price": price,
        "discount_allocations": [{"amount": off}],
    }


def refund(key: int, amount: str, minutes: int, number: int = 7001, **fields: Any) -> dict:
    return {
        "id": key,
        "order_id": number,
        "created_at": moment(minutes),
        "transactions": [
            {"kind": "refund", "status": "success", "amount": amount},
            {"kind": "refund", "status": "failure", "amount": "999.00"},
        ],
        "refund_line_items": [],
    } | fields


def fulfillment(key: int, pieces: int, minutes: int, number: int = 7001, **fields: Any) -> dict:
    return {
        "id": key,
        "order_id": number,
        "status": "success",
        "created_at": moment(minutes),
        "updated_at": moment(minutes),
        "line_items": [{"quantity": pieces}],
    } | fields


def deliver(
    store: Store,
    *deliveries: tuple[str, Any],
    source: str = "shopify",
    at: datetime = MOMENT + timedelta(hours=1),
) -> list[str | None]:
    """Each (topic, document) is stored and worked on in turn. Returns how they ended."""
    header = {"shopify": "x-shopify-topic", "woocommerce": "x-wc-webhook-topic"}.get(source, "")
    ended = []
    for topic, document in deliveries:
        received = inbox.receive_delivery(
            store=store,
            source=source,
            delivery_id=f"w-{next(_numbers)}",
            headers={header: topic, "webhook-timestamp": str(int(at.timestamp()))},
            body=orjson.dumps(document),
            at=at,
        )
        ended.append(inbox.process_delivery(received.delivery_id, at=at))
    return ended


def set_up(store: Store, source: str = "shopify") -> Store:
    WebhookSourceFactory(store=store, source=source)
    return store

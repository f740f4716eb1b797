"""`top-json`: trades as the Taobao Open Platform answers them."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy

from opsdesk.exchange import values
from orders.importers.documents import DocumentImporter, Fields, Reading
from orders.importers.standing import Standing, check_lines, read_standing, settle

STATES = {
    "TRADE_NO_CREATE_PAY": Standing.UNPAID,
    "WAIT_BUYER_PAY": Standing.UNPAID,
    "PAY_PENDING": Standing.UNPAID,
    "WAIT_PRE_AUTH_CONFIRM": Standing.UNPAID,
    "PAID_FORBID_CONSIGN": Standing.PAID,
    "WAIT_SELLER_SEND_GOODS": Standing.PAID,
    "SELLER_CONSIGNED_PART": Standing.PAID,
    "WAIT_BUYER_CONFIRM_GOODS": Standing.SHIPPED,
    "TRADE_BUYER_SIGNED": Standing.FINISHED,
    "TRADE_FINISHED": Standing.FINISHED,
    "TRADE_CLOSED": Standing.CLOSED,
    "TRADE_CLOSED_BY_TAOBAO": Standing.CLOSED,
}
_ON_DELIVERY = "cod"
_REFUNDED = "SUCCESS"
_CODES = ("outer_sku_id", "outer_iid", "sku_id", "num_iid")
_word = partial(values.text, limit=40)


class TopImporter(DocumentImporter):
    """What is owed is the trade's `payment`. Times are in the store's zone, amounts yuan.

    What went back of a finished trade is what the seller did not receive; before that, the payment
    of the articles whose refund has succeeded.
    """

    name = "top-json"
    title = gettext_lazy("Taobao Open Platform trades (JSON)")
    description = gettext_lazy("An answer of taobao.trade.fullinfo.get or trades.sold.get.")
    number_column = "tid"

    def orders_in(self, document: Any) -> list[Any] | None:
        if isinstance(document, list):
            return document
        if not isinstance(document, dict):
            return None
        answers = [value for name, value in document.items() if name.endswith("_get_response")]
        answer = answers[0] if answers and isinstance(answers[0], dict) else document
        if "trades" in answer:
            trades = answer["trades"]
            return trades.get("trade") if isinstance(trades, dict) else trades
        if "trade" in answer:
            return [answer["trade"]]
        return [answer] if "tid" in answer else None

    def read_order(self, order: Fields, reading: Reading) -> dict[str, Any]:
        parts = order.items("orders", within="order")
        if not parts:
            raise order.missing("orders")
        standing = order.needed("status", partial(read_standing, words=STATES))
        data = {
            "total_amount": order.needed("payment", values.money),
            "paid_amount": order.read("payment", values.money),
            "freight_amount": order.read("post_fee", values.money),
            "refunded_amount": _refunded(order, parts, standing),
            **_moments(order, reading),
            **_people(order, reading),
            "lines": [_line(part, reading) for part in parts],
        }
        data = {name: value for name, value in data.items() if value is not None}
        settle(data, standing, pays_on_delivery=order.read("type", _word) == _ON_DELIVERY)
        check_lines(data, field="payment")
        return data


def _refunded(order: Fields, parts: list[Fields], standing: Standing) -> str | None:
    refunded = [part for part in parts if part.read("refund_status", _word) == _REFUNDED]
    if not refunded:
        return None
    paid = Decimal(order.needed("payment", values.money))
    received = Decimal(order.read("received_payment", values.money) or 0)
    if standing is Standing.FINISHED and 0 < received <= paid:
        return f"{paid - received:.2f}"
    sums = (part.first(("divide_order_fee", "payment"), values.money) for part in refunded)
    return f"{min(paid, sum((Decimal(each or 0) for each in sums), Decimal(0))):.2f}"


def _moments(order: Fields, reading: Reading) -> dict[str, Any]:
    ended = order.read("end_time", reading.moment)
    return {
        "placed_at": order.needed("created", reading.moment),
        "paid_at": order.read("pay_time", reading.moment),
        "shipped_at": order.read("consign_time", reading.moment),
        "delivered_at": ended,
        "closed_at": ended or order.read("modified", reading.moment),
    }


def _people(order: Fields, reading: Reading) -> dict[str, Any]:
    region = [
        order.read(name, reading.cells["region"])
        for name in ("receiver_state", "receiver_city", "receiver_district")
    ]
    street = [
        order.read(name, reading.cells["address"]) for name in ("receiver_town", "receiver_address")
    ]
    return {
        "customer": order.first(("buyer_open_uid", "buyer_nick"), reading.cells["customer"]),
        "recipient": order.read("receiver_name", reading.cells["recipient"]),
        "phone": order.first(("receiver_mobile", "receiver_phone"), reading.cells["phone"]),
        "region": " ".join(filter(None, region)) or None,
        "address": " ".join(filter(None, street)) or None,
        "buyer_memo": order.read("buyer_message", reading.cells["buyer_memo"]),
    }


def _line(part: Fields, reading: Reading) -> list[Any]:
    """`total_fee` is the article's price by pieces, with what was agreed on or taken off of it."""
    code = part.first(_CODES, values.identifier)
    if not code:
        raise part.missing("outer_sku_id")
    quantity = part.needed("num", values.quantity)
    price = part.needed("price", values.money)
    amount = part.read("total_fee", values.money) or f"{quantity * Decimal(price):.2f}"
    return [code, quantity, price, amount, part.read("title", reading.cells["title"]) or ""]

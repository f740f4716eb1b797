"""`doudian-json`: orders as Doudian's interface answers them (order.searchList, orderDetail)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy

from opsdesk import privacy
from opsdesk.exchange import values
from orders.importers.documents import DocumentImporter, Fields, Reading, fen, first_of
from orders.importers.standing import Standing, check_lines, read_standing, settle

Reader = Callable[[str], Any]

STATES = {
    "1": Standing.UNPAID,
    "103": Standing.UNPAID,
    "105": Standing.PAID,
    "2": Standing.PAID,
    "101": Standing.PAID,
    "3": Standing.SHIPPED,
    "5": Standing.FINISHED,
    "4": Standing.CLOSED,
    "21": Standing.CLOSED,
    "22": Standing.CLOSED,
    "39": Standing.CLOSED,
}
_ON_DELIVERY = "0"
_REFUNDED = "3"
# What the platform gives to those who may not see: the text sealed, between marks of its own.
_CIPHER = re.compile(r"[#$~].{8,}[#$~]", re.DOTALL).fullmatch
_CODES = ("code", "out_sku_id", "sku_id", "product_id")
_word = partial(values.text, limit=20)


class DoudianImporter(DocumentImporter):
    """Money is whole fen, moments are seconds. What is owed is `pay_amount`.

    Goods that were refunded after they were shipped stay shipped: they have left the shelf. An
    article whose refund has succeeded counts as refunded in full; the answer tells no amount.
    """

    name = "doudian-json"
    title = gettext_lazy("Doudian orders (JSON)")
    description = gettext_lazy("An answer of order.searchList or order.orderDetail.")
    number_column = "order_id"

    def orders_in(self, document: Any) -> list[Any] | None:
        if isinstance(document, list):
            return document
        if not isinstance(document, dict):
            return None
        data = document.get("data")
        data = data if isinstance(data, dict) else document
        for name in ("shop_order_list", "list"):
            if isinstance(data.get(name), list):
                return data[name]
        if "shop_order_detail" in data:
            return [data["shop_order_detail"]]
        return [data] if "order_id" in data else None

    def read_order(self, order: Fields, reading: Reading) -> dict[str, Any]:
        parts = order.items("sku_order_list")
        if not parts:
            raise order.missing("sku_order_list")
        data = {
            **_amounts(order, parts),
            **_moments(order, parts, reading),
            **_people(order, parts, reading),
            "lines": [_line(part, reading) for part in parts],
        }
        data = {name: value for name, value in data.items() if value is not None}
        way = first_of([order, *parts], "pay_type", _word)
        settle(data, _standing(order), pays_on_delivery=way == _ON_DELIVERY)
        check_lines(data, field="pay_amount")
        return data


def _standing(order: Fields) -> Standing:
    name = "main_status" if order.told.get("main_status") else "order_status"
    return order.needed(name, partial(read_standing, words=STATES))


def _amounts(order: Fields, parts: list[Fields]) -> dict[str, Any]:
    """What is owed and what went back; of an order that tells no sums those of its articles."""
    owed = order.read("pay_amount", fen) or _total(parts, "pay_amount")
    refunded = [part for part in parts if _is_refunded(part)]
    return {
        "total_amount": owed,
        "paid_amount": owed,
        "freight_amount": order.read("post_amount", fen) or _total(parts, "post_amount"),
        "refunded_amount": min(_total(refunded, "pay_amount"), owed, key=Decimal),
    }


def _is_refunded(part: Fields) -> bool:
    return part.inner("after_sale_info").read("refund_status", _word) == _REFUNDED


def _total(parts: list[Fields], name: str) -> str:
    return str(sum((Decimal(part.read(name, fen) or 0) for part in parts), Decimal("0.00")))


def _moments(order: Fields, parts: list[Fields], reading: Reading) -> dict[str, Any]:
    told = {
        field: first_of([order, *parts], name, reading.seconds)
        for field, name in (
            ("paid_at", "pay_time"),
            ("delivered_at", "finish_time"),
            ("closed_at", "update_time"),
        )
    }
    # Shipped is an order with its last article.
    shipped = [moment for part in parts if (moment := part.read("ship_time", reading.seconds))]
    told["shipped_at"] = max(shipped, default=order.read("ship_time", reading.seconds))
    return {"placed_at": order.needed("create_time", reading.seconds), **told}


def _people(order: Fields, parts: list[Fields], reading: Reading) -> dict[str, Any]:
    places = [order, *parts]
    address = next(
        (
            found
            for place in places
            for name in ("mask_post_addr", "post_addr")
            if (found := place.inner(name)).told
        ),
        Fields({}),
    )
    region = [
        address.inner(name).read("name", reading.cells["region"])
        for name in ("province", "city", "town")
    ]
    street = [
        address.inner("street").read("name", reading.cells["address"]),
        _legible(address, "detail", reading.cells["address"]),
    ]
    return {
        "customer": first_of(places, "doudian_open_id", reading.cells["customer"]),
        "recipient": _legible_of(places, "post_receiver", reading.cells["recipient"]),
        "phone": _legible_of(places, "post_tel", reading.cells["phone"]),
        "region": " ".join(filter(None, region)) or None,
        "address": " ".join(filter(None, street)) or None,
        "buyer_memo": first_of(places, "buyer_words", reading.cells["buyer_memo"]),
    }


def _legible_of(places: list[Fields], name: str, read: Reader) -> str | None:
    found = (_legible(place, name, read) for place in places)
    return next(filter(None, found), None)


def _legible(place: Fields, name: str, read: Reader) -> str | None:
    """Masked by the platform, in clear, or (where it only gives its own cipher) hidden."""
    for told in (f"mask_{name}", name, f"encrypt_{name}"):
        text = place.read(told, str)
        if text:
            is_cipher = told.startswith("encrypt") or _CIPHER(text.strip())
            return privacy.MASK * 3 if is_cipher else place.read(told, read)
    return None


def _line(part: Fields, reading: Reading) -> list[Any]:
    code = part.first(_CODES, values.identifier)
    if not code:
        raise part.missing("code")
    quantity = part.needed("item_num", values.quantity)
    price = part.needed("origin_amount", fen)
    amount = part.read("sum_amount", fen) or f"{quantity * Decimal(price):.2f}"
    return [code, quantity, price, amount, part.read("product_name", reading.cells["title"]) or ""]

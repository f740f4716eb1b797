"""Shopify: orders, refunds and fulfilments as its webhooks and its REST interface write them."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orders.models import SourceFact
from orders.platforms.reading import (
    CENT,
    ZERO,
    Node,
    check_currency,
    code_without_sku,
    fact,
    joined,
)

Kind = SourceFact.Kind
# Captured, at least in part given back. What is merely authorized is not paid.
_PAID = {"paid", "partially_refunded", "refunded"}
_FAILED = {"cancelled", "failure", "error"}


def order_of(document: Node, *, currency: str) -> tuple[str, dict[str, Any]]:
    """Number and staged fields of an order. Raises BadField.

    It goes by its id, which refunds and fulfilments name, too. Amounts are the shop's, before what
    was given back. Pieces that were taken off before they were sent are no part of it.
    """
    number = document.identifier("id")
    if not number:
        raise document.missing("id")
    check_currency(document, currency)
    stated_at = document.required_moment("updated_at")
    data: dict[str, Any] = {
        "placed_at": document.required_moment("created_at").isoformat(),
        "stated_at": stated_at.isoformat(),
        "total_amount": str(document.money("total_price")),
        "freight_amount": str(_freight(document)),
        "discount_amount": str(document.money("total_discounts")),
        "facts": _facts(document, stated_at),
        **_people(document),
    }
    lines = _lines(document)
    if lines:
        data["lines"] = lines
    return number, data


def refund_of(document: Node) -> tuple[str, list[dict[str, Any]]]:
    """Number of the order and what was refunded of it. Raises BadField."""
    return _order_id(document), _refund(document)


def fulfillment_of(document: Node) -> tuple[str, list[dict[str, Any]]]:
    """Number of the order and what was sent of it. Raises BadField."""
    return _order_id(document), _shipment(document)


def _order_id(document: Node) -> str:
    number = document.identifier("order_id")
    if not number:
        raise document.missing("order_id")
    return number


def _freight(document: Node) -> Decimal:
    return sum(
        (
            line.money("discounted_price" if "discounted_price" in line.content else "price")
            for line in document.each("shipping_lines")
        ),
        ZERO,
    )


def _lines(document: Node) -> list[list[Any]]:
    """As staged: code, pieces, unit price, amount, title. All of them where none is left."""
    removed = _removed(document)
    ordered = [line for line in document.each("line_items") if line.whole("quantity")]
    kept = {
        line.path: line.whole("quantity") - removed.get(line.identifier("id"), 0)
        for line in ordered
    }
    if not any(pieces > 0 for pieces in kept.values()):
        kept = {line.path: line.whole("quantity") for line in ordered}
    return [_line(line, kept[line.path]) for line in ordered if kept[line.path] > 0]


def _removed(document: Node) -> dict[str, int]:
    """Line → pieces that were taken off before they were sent: these are owed no more."""
    pieces: dict[str, int] = {}
    for refund in document.each("refunds"):
        for item in refund.each("refund_line_items"):
            if item.text("restock_type", limit=20) == "cancel":
                line = item.identifier("line_item_id")
                pieces[line] = pieces.get(line, 0) + item.whole("quantity")
    return pieces


def _line(line: Node, pieces: int) -> list[Any]:
    price = line.money("price")
    allocations = line.each("discount_allocations")
    discount = sum((each.money("amount") for each in allocations), ZERO)
    share = (discount * pieces / line.whole("quantity")).quantize(CENT, ROUND_HALF_UP)
    code = line.text("sku", limit=80) or code_without_sku("shopify", line, "variant_id")
    title = line.text("name", limit=200) or line.text("title", limit=200)
    return [code, pieces, str(price), str(max(price * pieces - share, ZERO)), title]


def _people(document: Node) -> dict[str, str]:
    sent_to = document.node("shipping_address")
    if not sent_to.content:
        sent_to = document.node("billing_address")
    country = sent_to.text("country", limit=60)
    if sent_to.text("country_code", limit=2) == "CN":
        country = ""
    customer = document.node("customer")
    return {
        "customer": customer.identifier("id"),
        "recipient": sent_to.text("name", limit=80),
        "phone": sent_to.text("phone", limit=32)
        or document.text("phone", limit=32)
        or customer.text("phone", limit=32),
        "region": joined(
            country, sent_to.text("province", limit=60), sent_to.text("city", limit=60)
        )[:120],
        "address": joined(
            sent_to.text("address1", limit=140),
            sent_to.text("address2", limit=120),
            sent_to.text("zip", limit=20),
        ),
        "buyer_memo": document.text("note", limit=500),
    }


def _facts(document: Node, stated_at: datetime) -> list[dict[str, Any]]:
    facts = []
    cancelled_at = document.moment("cancelled_at")
    if cancelled_at:
        facts.append(fact(Kind.CANCELLED, cancelled_at))
    if document.text("financial_status", limit=30) in _PAID:
        total = str(document.money("total_price"))
        facts.append(fact(Kind.PAID, _paid_by(document, stated_at), amount=total))
    for refund in document.each("refunds"):
        facts += _refund(refund)
    shipments = [each for item in document.each("fulfillments") for each in _shipment(item)]
    facts += shipments
    if document.text("fulfillment_status", limit=20) == "fulfilled":
        sent = [each["at"] for each in shipments if not each.get("is_void")]
        facts.append(fact(Kind.SHIPPED, datetime.fromisoformat(max(sent)) if sent else stated_at))
    return facts


def _paid_by(document: Node, stated_at: datetime) -> datetime:
    """An order does not say when it was paid: at the latest when the first sign of it was there.

    The copy that says so first is nearest to it; whichever comes first, the earliest counts.
    """
    signs = [
        each.moment("created_at")
        for name in ("fulfillments", "refunds")
        for each in document.each(name)
    ]
    signs += [document.moment("closed_at"), document.moment("cancelled_at"), stated_at]
    return min(sign for sign in signs if sign is not None)


def _refund(refund: Node) -> list[dict[str, Any]]:
    """What really went back: of a refund without money nothing is said."""
    returned = [
        each.money("amount")
        for each in refund.each("transactions")
        if each.text("kind", limit=20) == "refund" and each.text("status", limit=20) == "success"
    ]
    if not returned:
        return []
    key = refund.identifier("id")
    if not key:
        raise refund.missing("id")
    at = refund.required_moment("created_at")
    return [fact(Kind.REFUND, at, key=key, amount=str(sum(returned, ZERO)))]


def _shipment(fulfillment: Node) -> list[dict[str, Any]]:
    status = fulfillment.text("status", limit=20)
    if status not in _FAILED | {"success"}:
        return []
    key = fulfillment.identifier("id")
    if not key:
        raise fulfillment.missing("id")
    arrived = fulfillment.text("shipment_status", limit=20) == "delivered"
    delivered_at = fulfillment.moment("updated_at") if arrived else None
    return [
        fact(
            Kind.SHIPMENT,
            fulfillment.required_moment("created_at"),
            key=key,
            pieces=sum(line.whole("quantity") for line in fulfillment.each("line_items")),
            delivered_at=delivered_at.isoformat() if delivered_at else None,
            is_void=status in _FAILED,
        )
    ]

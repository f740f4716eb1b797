"""WooCommerce: orders as its webhooks and its REST interface (v3) write them."""

from __future__ import annotations

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


def order_of(document: Node, *, currency: str) -> tuple[str, dict[str, Any]]:
    """Number (its id) and staged fields of an order. Raises BadField.

    Amounts of lines and freight are what the shop's prices are: with tax where these are.
    """
    number = document.identifier("id")
    if not number:
        raise document.missing("id")
    check_currency(document, currency)
    with_tax = document.content.get("prices_include_tax") is True
    data: dict[str, Any] = {
        "placed_at": document.required_moment("date_created_gmt").isoformat(),
        "stated_at": document.required_moment("date_modified_gmt").isoformat(),
        "total_amount": str(document.money("total")),
        "freight_amount": str(_taxed(document, "shipping_total", "shipping_tax", with_tax)),
        "discount_amount": str(_taxed(document, "discount_total", "discount_tax", with_tax)),
        "facts": _facts(document),
        **_people(document),
    }
    ordered = [line for line in document.each("line_items") if line.whole("quantity")]
    if ordered:
        data["lines"] = [_line(line, with_tax) for line in ordered]
    return number, data


def _taxed(node: Node, amount: str, tax: str, with_tax: bool) -> Decimal:
    return node.money(amount) + (node.money(tax) if with_tax else ZERO)


def _line(line: Node, with_tax: bool) -> list[Any]:
    """As staged: code, pieces, unit price, amount, title."""
    pieces = line.whole("quantity")
    before = _taxed(line, "subtotal", "subtotal_tax", with_tax)
    code = line.text("sku", limit=80)
    return [
        code or code_without_sku("woocommerce", line, "variation_id", "product_id"),
        pieces,
        str((before / pieces).quantize(CENT, ROUND_HALF_UP)),
        str(_taxed(line, "total", "total_tax", with_tax)),
        line.text("name", limit=200),
    ]


def _people(document: Node) -> dict[str, str]:
    sent_to, billed = document.node("shipping"), document.node("billing")
    if not sent_to.text("address_1", limit=1):
        sent_to = billed
    country = sent_to.text("country", limit=2)
    customer = document.identifier("customer_id")
    return {
        "customer": "" if customer == "0" else customer,
        "recipient": joined(
            sent_to.text("first_name", limit=39), sent_to.text("last_name", limit=39)
        ),
        "phone": sent_to.text("phone", limit=32) or billed.text("phone", limit=32),
        "region": joined(
            "" if country == "CN" else country,
            sent_to.text("state", limit=50),
            sent_to.text("city", limit=60),
        ),
        "address": joined(
            sent_to.text("address_1", limit=140),
            sent_to.text("address_2", limit=120),
            sent_to.text("postcode", limit=20),
        ),
        "buyer_memo": document.text("customer_note", limit=500),
    }


def _facts(document: Node) -> list[dict[str, Any]]:
    changed_at = document.required_moment("date_modified_gmt")
    status, facts = document.text("status", limit=30), []
    paid_at = document.moment("date_paid_gmt")
    if paid_at:
        facts.append(fact(Kind.PAID, paid_at, amount=str(document.money("total"))))
    if status == "cancelled":
        facts.append(fact(Kind.CANCELLED, changed_at))
    if status == "completed":
        facts.append(fact(Kind.SHIPPED, document.moment("date_completed_gmt") or changed_at))
    for refund in document.each("refunds"):
        facts.append(_refund(refund, changed_at))
    return facts


def _refund(refund: Node, changed_at: Any) -> dict[str, Any]:
    """Refunds stand in an order as amounts below nothing."""
    key = refund.identifier("id")
    if not key:
        raise refund.missing("id")
    given = str(refund.content.get("total") or "0").removeprefix("-")
    amount = Node({"total": given}, refund.latest, refund.path).money("total")
    return fact(Kind.REFUND, changed_at, key=key, amount=str(amount))

"""Is the money right: prices as on the table, lines that sum to the total, nothing unusual?"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.roles import Role
from opsdesk.wording import money
from orders.review.looking import Facts, Look
from orders.review.registry import Findings, ReviewCheck
from orders.review.values import Number, YesNo

CENT = Decimal("0.01")

# What the price table says of each line when its order was placed, as `pricing.price_of` reads it:
# the channel's own price, else the store's, else the list price.
_PRICES = """
SELECT l.order_id, l.sku_code, l.unit_price, coalesce(p.amount, k.list_price)
FROM orders_orderline l
JOIN orders_order o ON o.id = l.order_id
JOIN catalog_sku k ON k.id = l.sku_id
LEFT JOIN LATERAL (
    SELECT amount FROM catalog_price
    WHERE sku_id = l.sku_id AND valid @> o.placed_at
      AND (channel_id = o.channel_id OR channel_id IS NULL)
    ORDER BY channel_id NULLS LAST LIMIT 1
) p ON true
WHERE l.order_id = ANY(%s)
ORDER BY l.order_id, l.position
"""


def _price(look: Look, values: Mapping[str, Any]) -> Findings:
    """Of each order the first line that is too far off. A free line is a gift, where allowed."""
    currency = look.store.currency
    below, above = 1 - Decimal(values["below"]) / 100, 1 + Decimal(values["above"]) / 100
    found: Findings = {}
    with connection.cursor() as cursor:
        cursor.execute(_PRICES, [look.ids])
        for order_id, sku, price, listed in cursor.fetchall():
            if order_id in found or listed is None or (price == 0 and values["allows_gifts"]):
                continue
            if not listed * below <= price <= listed * above:
                found[order_id] = {
                    "sku": sku,
                    "price": money(price, currency),
                    "listed": money(listed, currency),
                    "percent": f"{(price - listed) / listed * 100:+.1f}" if listed else "",
                }
    return found


def _total(look: Look, values: Mapping[str, Any]) -> Findings:
    found: Findings = {}
    for facts in look.facts:
        order, problem = facts.order, _wrong_total(facts, Decimal(values["tolerance"]))
        if not problem and order.refunded_amount:
            problem = "refunded"
        if not problem and values["must_be_paid"] and order.paid_amount < order.total_amount:
            problem = "underpaid"
        if problem:
            found[facts.pk] = {
                "problem": problem,
                **{
                    name: money(amount, order.currency)
                    for name, amount in (
                        ("goods", _goods(facts)),
                        ("freight", order.freight_amount),
                        ("discount", order.discount_amount),
                        ("total", order.total_amount),
                        ("paid", order.paid_amount),
                        ("refunded", order.refunded_amount),
                    )
                },
            }
    return found


def _goods(facts: Facts) -> Decimal:
    return sum((line.amount for line in facts.lines), Decimal(0))


def _wrong_total(facts: Facts, tolerance: Decimal) -> str:
    """A discount may be in the lines already, or come off their sum: channels do either."""
    order, goods = facts.order, _goods(facts)
    for line in facts.lines:
        if line.amount > line.unit_price * line.quantity + tolerance:
            return "line"
    whole = goods + order.freight_amount
    sums = (whole, whole - order.discount_amount)
    off = min(abs(order.total_amount - each) for each in sums)
    return "sum" if facts.lines and off > tolerance else ""


def _unusual(look: Look, values: Mapping[str, Any]) -> Findings:
    most, share = Decimal(values["most"]), Decimal(values["discount"])
    found: Findings = {}
    for facts in look.facts:
        order = facts.order
        before = order.total_amount + order.discount_amount
        percent = order.discount_amount / before * 100 if before else Decimal(0)
        if order.total_amount > most:
            found[facts.pk] = {
                "total": money(order.total_amount, order.currency),
                "most": money(most, order.currency),
            }
        elif percent > share:
            found[facts.pk] = {
                "discount": money(order.discount_amount, order.currency),
                "percent": f"{percent:.1f}",
                "most_percent": values["discount"],
            }
    return found


_PROBLEMS = {
    "line": _("a line costs more than its pieces"),
    "sum": _("the lines do not sum to the total"),
    "underpaid": _("less was paid than the total"),
    "refunded": _("money went back already"),
}

CHECKS = (
    ReviewCheck(
        code="price",
        title=_("Price of an article"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Compare with the price table and the channel; a wrong price there is urgent."),
        evidence={
            "sku": _("SKU code"),
            "price": _("ordered at"),
            "listed": _("on the price table"),
            "percent": _("percent apart"),
        },
        position=70,
        judge=_price,
        values=(
            Number("below", _("Percent below the price table, at most"), 40, 0, 100),
            Number("above", _("Percent above the price table, at most"), 20, 0, 1_000),
            YesNo("allows_gifts", _("Lines without a price are gifts"), True),
        ),
    ),
    ReviewCheck(
        code="total",
        title=_("Amounts of the order"),
        owner_role=Role.FINANCE,
        advice=_("Compare the order with the channel and with what was paid."),
        evidence={
            "problem": _("what is wrong"),
            "goods": _("goods"),
            "freight": _("freight"),
            "discount": _("discount"),
            "total": _("total"),
            "paid": _("paid"),
            "refunded": _("refunded"),
        },
        words={"problem": _PROBLEMS},
        position=75,
        judge=_total,
        values=(
            Number("tolerance", _("Difference that is let pass"), "0.05", 0, 1_000, places=2),
            YesNo("must_be_paid", _("The whole total must be paid"), True),
        ),
    ),
    ReviewCheck(
        code="unusual_amount",
        title=_("Unusual amount"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Ask the customer whether the order is meant so, and look at the discount."),
        evidence={
            "total": _("total"),
            "most": _("usual at most"),
            "discount": _("discount"),
            "percent": _("percent off"),
            "most_percent": _("percent off at most"),
        },
        position=80,
        judge=_unusual,
        values=(
            Number("most", _("Total of an order, at most"), "10000.00", 0, 100_000_000, places=2),
            Number("discount", _("Percent off by discounts, at most"), 50, 0, 100),
        ),
    ),
)

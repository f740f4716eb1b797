"""Are the articles known, in sane numbers, and there?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.roles import Role
from orders.models import Order
from orders.review.looking import Look
from orders.review.registry import Findings, ReviewCheck
from orders.review.values import Number


def _unknown(look: Look, _values: Mapping[str, Any]) -> Findings:
    found: Findings = {}
    for facts in look.facts:
        codes = [line.sku_code for line in facts.lines if line.sku_id is None]
        if codes:
            found[facts.pk] = {"skus": codes}
        elif not facts.lines:
            found[facts.pk] = {"skus": []}
    return found


def _quantity(look: Look, values: Mapping[str, Any]) -> Findings:
    found: Findings = {}
    for facts in look.facts:
        pieces = sum(line.quantity for line in facts.lines)
        over = [line for line in facts.lines if line.quantity > values["per_line"]]
        if over:
            line = max(over, key=lambda each: each.quantity)
            found[facts.pk] = {
                "sku": line.sku_code,
                "quantity": line.quantity,
                "most": values["per_line"],
            }
        elif pieces > values["per_order"]:
            found[facts.pk] = {"quantity": pieces, "most": values["per_order"]}
    return found


# Lines of waiting orders that are not sold ahead: what is wanted, and what there is of it.
_LACKING = """
SELECT l.order_id, l.sku_code, l.quantity, coalesce((
    SELECT sum(s.available) FROM catalog_stocklevel s WHERE s.sku_id = l.sku_id
), 0)
FROM orders_orderline l
JOIN orders_order o ON o.id = l.order_id
WHERE l.order_id = ANY(%s) AND l.sku_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM catalog_presalelot p
    WHERE p.sku_id = l.sku_id AND p.state IN ('open', 'ended')
      AND (p.channel_id IS NULL OR p.channel_id = o.channel_id) AND p.sold @> o.placed_at
)
ORDER BY l.order_id, l.position
"""


def _shortage(look: Look, values: Mapping[str, Any]) -> Findings:
    """Too early to tell while the stock has its time to come; what is sold ahead may wait."""
    waiting = {
        facts.pk: facts.order
        for facts in look.facts
        if facts.order.fulfilment_state == Order.Fulfilment.WAITING
    }
    if not waiting:
        return {}
    lacking: dict[int, list[tuple[str, int, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, [list(waiting)])
        for order_id, code, wanted, available in cursor.fetchall():
            lacking.setdefault(order_id, []).append((code, wanted, int(available)))
    patient_until = look.at - timedelta(minutes=values["after_minutes"])
    found: Findings = {}
    for order_id, lines in lacking.items():
        since = waiting[order_id].paid_at
        if since is not None and since > patient_until:
            found[order_id] = None
            continue
        short = [line for line in lines if line[2] < line[1]] or lines
        found[order_id] = {
            "skus": [code for code, _wanted, _there in short],
            "quantity": sum(wanted for _code, wanted, _there in short),
            "available": sum(there for _code, _wanted, there in short),
        }
    return found


CHECKS = (
    ReviewCheck(
        code="unknown_goods",
        title=_("Unknown article"),
        owner_role=Role.CATALOG_OPERATOR,
        advice=_("Create the SKU or give the code to one that exists; then it is looked at again."),
        evidence={"skus": _("SKU codes")},
        position=10,
        judge=_unknown,
    ),
    ReviewCheck(
        code="quantity",
        title=_("Unusual quantity"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Ask the customer whether so many pieces are meant."),
        evidence={"sku": _("SKU code"), "quantity": _("pieces"), "most": _("usual at most")},
        position=20,
        judge=_quantity,
        values=(
            Number("per_line", _("Pieces of one article"), 20, 1, 100_000),
            Number("per_order", _("Pieces of an order"), 50, 1, 1_000_000),
        ),
    ),
    ReviewCheck(
        code="shortage",
        title=_("Out of stock"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_(
            "Offer other goods, a later day or the money back. Once there is stock the hold ends "
            "by itself."
        ),
        evidence={
            "skus": _("SKU codes"),
            "quantity": _("pieces wanted"),
            "available": _("pieces available"),
        },
        position=110,
        judge=_shortage,
        values=(
            Number("after_minutes", _("Minutes that stock has to be confirmed"), 10, 0, 100_000),
        ),
        passing=frozenset({"available"}),
    ),
)

"""Have we seen this recipient: the same order a moment ago, or a name on the blacklist?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from opsdesk.privacy import MASK
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.review.looking import Facts, Look, contact_of
from orders.review.places import folded_address, whole_address
from orders.review.registry import Findings, ReviewCheck
from orders.review.values import Number

# Earlier orders of the store, not cancelled, of the same goods: by phone and by customer whatever
# became of them, by region while they haven't left. A region may hold most of what is open, so
# there the goods are compared before anything is paired.
_EARLIER = """
WITH mine AS MATERIALIZED (
    SELECT o.id, o.store_id, o.customer_id, o.phone_digest, o.region, o.placed_at,
           o.placed_at - %(hours)s * interval '1 hour' AS since, goods.told
    FROM orders_order o CROSS JOIN LATERAL (
        SELECT string_agg(l.sku_code || ' × ' || l.quantity, ', ' ORDER BY l.sku_code, l.quantity)
               AS told
        FROM orders_orderline l WHERE l.order_id = o.id
    ) goods
    WHERE o.id = ANY(%(ids)s)
), known AS (
    SELECT m.id, p.id AS other, 'phone' AS by, m.told FROM mine m
    JOIN orders_order p ON p.phone_digest = m.phone_digest AND p.store_id = m.store_id
    WHERE p.placed_at >= m.since AND (p.placed_at, p.id) < (m.placed_at, m.id)
      AND p.fulfilment_state <> 'cancelled'
    UNION ALL
    SELECT m.id, p.id, 'customer', m.told FROM mine m
    JOIN orders_order p ON p.customer_id = m.customer_id
    WHERE p.placed_at >= m.since AND (p.placed_at, p.id) < (m.placed_at, m.id)
      AND p.fulfilment_state <> 'cancelled'
), same_goods AS (
    SELECT known.id, known.other, known.by, known.told FROM known CROSS JOIN LATERAL (
        SELECT string_agg(l.sku_code || ' × ' || l.quantity, ', ' ORDER BY l.sku_code, l.quantity)
               AS told
        FROM orders_orderline l WHERE l.order_id = known.other
    ) theirs
    WHERE theirs.told = known.told
), here AS MATERIALIZED (
    SELECT p.id, p.placed_at, p.region,
           string_agg(l.sku_code || ' × ' || l.quantity, ', ' ORDER BY l.sku_code, l.quantity)
           AS told
    FROM orders_order p JOIN orders_orderline l ON l.order_id = p.id
    WHERE p.store_id = %(store)s AND p.fulfilment_state IN ('waiting', 'reserved')
      AND p.region <> '' AND p.region IN (SELECT region FROM mine)
      AND p.placed_at BETWEEN (SELECT min(since) FROM mine) AND (SELECT max(placed_at) FROM mine)
    GROUP BY p.id
)
SELECT id, other, by, told FROM same_goods
UNION ALL
SELECT m.id, h.id, 'address', m.told FROM mine m
JOIN here h ON h.region = m.region AND h.told = m.told
WHERE h.placed_at >= m.since AND (h.placed_at, h.id) < (m.placed_at, m.id)
ORDER BY id, other DESC, by DESC
"""


def _duplicate(look: Look, values: Mapping[str, Any]) -> Findings:
    """The nearest earlier order with the same goods, and what the two have in common."""
    with connection.cursor() as cursor:
        cursor.execute(
            _EARLIER, {"ids": look.ids, "store": look.store.pk, "hours": values["hours"]}
        )
        pairs = cursor.fetchall()
    others = Order.objects.in_bulk({other for _pk, other, _by, _goods in pairs})
    addresses = _Addresses(look, others)
    roots = {facts.pk: facts.order.root_id for facts in look.facts}
    told: dict[tuple[int, int], tuple[str, list[str]]] = {}
    for pk, other, by, goods in pairs:
        if others[other].root_id == roots[pk]:
            continue  # Split from one order: no second one.
        if by != "address" or addresses.are_one(pk, other):
            told.setdefault((pk, other), (goods, []))[1].append(by)
    found: Findings = {}
    for (pk, other), (goods, same) in told.items():
        found.setdefault(
            pk,
            {
                "order": others[other].external_number,
                "goods": goods[:200],
                "same": same,
                "hours": values["hours"],
            },
        )
    return found


class _Addresses:
    """Addresses of orders as they are compared; each is opened and folded once."""

    def __init__(self, look: Look, others: Mapping[int, Order]) -> None:
        self.country = look.country
        self.mine = {facts.pk: facts for facts in look.facts}
        self.others = others
        self._folded: dict[int, str] = {}

    def are_one(self, pk: int, other: int) -> bool:
        mine = self._of(pk)
        return bool(mine) and mine == self._of(other)

    def _of(self, pk: int) -> str:
        """Empty for an address that is masked, or that no key opens."""
        if pk not in self._folded:
            facts = self.mine.get(pk) or Facts(self.others[pk], (), contact_of(self.others[pk]))
            contact = facts.contact
            is_told = contact is not None and contact.address and MASK not in contact.address
            text = whole_address(facts)
            self._folded[pk] = folded_address(text, self.country) if is_told else ""
        return self._folded[pk]


_LISTED = """
SELECT DISTINCT ON (o.id) o.id, b.hint, b.reason, u.username,
       CASE WHEN b.customer_id = o.customer_id THEN 'customer' ELSE 'phone' END
FROM orders_order o
JOIN orders_blacklistentry b ON b.store_id = o.store_id
     AND (b.phone_digest = o.phone_digest OR b.customer_id = o.customer_id)
JOIN stores_user u ON u.id = b.added_by_id
WHERE o.id = ANY(%(ids)s) AND b.ended_at IS NULL AND (b.until IS NULL OR b.until > %(at)s)
ORDER BY o.id, b.id DESC
"""


def _blacklisted(look: Look, _values: Mapping[str, Any]) -> Findings:
    with connection.cursor() as cursor:
        cursor.execute(_LISTED, {"ids": look.ids, "at": look.at})
        return {
            pk: {"recipient": hint, "same": [by], "reason": reason, "person": person}
            for pk, hint, reason, person, by in cursor.fetchall()
        }


_SAME = {
    "phone": _("phone"),
    "customer": _("customer"),
    "address": _("address"),
}

CHECKS = (
    ReviewCheck(
        code="duplicate",
        title=_("The same order again"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Ask whether both are meant; else cancel one of them, or merge them."),
        evidence={
            "order": _("earlier order"),
            "goods": _("goods"),
            "same": _("the same"),
            "hours": _("within hours"),
        },
        words={"same": _SAME},
        position=85,
        judge=_duplicate,
        values=(Number("hours", _("Within hours"), 24, 1, 24 * 30),),
    ),
    ReviewCheck(
        code="blacklist",
        title=_("Blacklisted recipient"),
        owner_role=Role.ORDER_REVIEWER,
        advice=_("Read why the recipient is on the list and decide with the operations lead."),
        evidence={
            "recipient": _("recipient"),
            "same": _("the same"),
            "reason": _("why"),
            "person": _("put there by"),
        },
        words={"same": _SAME},
        position=65,
        judge=_blacklisted,
    ),
)

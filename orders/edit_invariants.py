"""What must always hold of orders that were changed here (ORD-5)."""

from opsdesk.audit.invariants import every_change_recorded
from opsdesk.invariants import Invariant

INVARIANTS = (
    every_change_recorded("orders.refundrequest", "orders_refundrequest"),
    Invariant(
        "orders.family-amounts-sum",
        "A split loses and makes no money: the parts took what their events say, and no part is"
        " of another store, channel or customer.",
        """
        SELECT p.id, p.external_number, o.external_number AS of_order
        FROM orders_order p JOIN orders_order o ON o.id = p.split_from_id
        WHERE (p.store_id, p.channel_id, p.currency, p.placed_at)
              IS DISTINCT FROM (o.store_id, o.channel_id, o.currency, o.placed_at)
           OR o.split_from_id IS NOT NULL
        """,
        ledger=True,
    ),
    Invariant(
        "orders.refund-requests-within-paid",
        "No more is asked back for an order than was paid, less what went back.",
        """
        SELECT o.id, o.external_number, o.paid_amount, o.refunded_amount, sum(r.amount) AS asked
        FROM orders_refundrequest r JOIN orders_order o ON o.id = r.order_id
        WHERE r.state IN ('asked', 'approved')
        GROUP BY o.id
        HAVING sum(r.amount) > o.paid_amount - o.refunded_amount
        """,
        ledger=True,
    ),
    Invariant(
        "orders.ship-together-same-recipient",
        "Orders that are to leave in one parcel go to one phone, of one store, in one currency.",
        """
        SELECT m.group_id, count(*) AS orders
        FROM orders_shiptogethermember m JOIN orders_order o ON o.id = m.order_id
        WHERE m.left_at IS NULL AND o.fulfilment_state IN ('waiting', 'reserved')
        GROUP BY m.group_id
        HAVING count(DISTINCT o.phone_digest) <> 1 OR count(*) <> count(o.phone_digest)
            OR count(DISTINCT (o.store_id, o.currency)) <> 1
        """,
    ),
)

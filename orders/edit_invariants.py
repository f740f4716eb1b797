"""What must always hold of orders that were changed here (ORD-5)."""

from opsdesk.audit.invariants import every_change_recorded
from opsdesk.invariants import Invariant

INVARIANTS = (
    every_change_recorded("orders.refundrequest", "orders_refundrequest"),
    Invariant(
        "orders.family-amounts-sum",
        "An order and the parts split from it add up to what its channel told of it, to the cent;"
        " their goods cost what it told, or less.",
        """
        WITH family AS (
            SELECT coalesce(p.split_from_id, p.id) AS root_id,
                   sum(p.total_amount) AS total, sum(p.paid_amount) AS paid,
                   sum(p.freight_amount) AS freight, sum(p.discount_amount) AS discount
            FROM orders_order p
            WHERE p.split_from_id IS NOT NULL
               OR p.id IN (SELECT split_from_id FROM orders_order WHERE split_from_id IS NOT NULL)
            GROUP BY 1
        )
        SELECT f.root_id, f.total, s.total_amount AS total_told, f.paid, s.paid_amount AS paid_told
        FROM family f LEFT JOIN orders_channelsays s ON s.order_id = f.root_id
        WHERE (f.paid, f.freight, f.discount)
              IS DISTINCT FROM (s.paid_amount, s.freight_amount, s.discount_amount)
           OR f.total > s.total_amount
        """,
        ledger=True,
    ),
    Invariant(
        "orders.part-of-its-order",
        "A part is of the store, channel and moment of an order that its channel knows.",
        """
        SELECT p.id, p.external_number, o.external_number AS split_from
        FROM orders_order p JOIN orders_order o ON o.id = p.split_from_id
        WHERE (p.store_id, p.channel_id, p.currency, p.placed_at)
              IS DISTINCT FROM (o.store_id, o.channel_id, o.currency, o.placed_at)
           OR o.split_from_id IS NOT NULL
        """,
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

"""What must always hold of payments, statements and their differences (ORD-7, ORD-9)."""

from opsdesk.audit.invariants import every_change_recorded
from opsdesk.invariants import Invariant

INVARIANTS = (
    every_change_recorded("orders.payment", "orders_payment"),
    every_change_recorded("orders.refund", "orders_refund"),
    every_change_recorded("orders.feerate", "orders_feerate"),
    every_change_recorded("orders.moneydifference", "orders_moneydifference"),
    Invariant(
        "orders.money-of-its-order",
        "A payment, a refund and a matched line are of one order, of the order's store.",
        """
        SELECT l.id, l.reference FROM orders_statementline l
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_payment p ON p.id = l.payment_id
        LEFT JOIN orders_refund r ON r.id = l.refund_id
        WHERE o.store_id <> l.store_id OR p.order_id <> o.id OR r.order_id <> o.id
        UNION ALL
        SELECT p.id, p.reference FROM orders_payment p
        JOIN orders_order o ON o.id = p.order_id WHERE o.store_id <> p.store_id
        """,
    ),
    Invariant(
        "orders.money-lines-come-to-payments",
        "Matched lines come to their payment, or a difference says by how much they don't.",
        """
        SELECT p.id, p.amount, l.got FROM orders_payment p
        JOIN (
            SELECT payment_id, sum(amount) AS got FROM orders_statementline
            WHERE payment_id IS NOT NULL GROUP BY payment_id
        ) l ON l.payment_id = p.id
        WHERE l.got <> p.amount AND NOT EXISTS (
            SELECT FROM orders_moneydifference d
            WHERE d.payment_id = p.id AND d.kind IN ('amount', 'duplicate') AND d.state <> 'gone'
              AND (d.ours, d.theirs) = (p.amount, l.got)
        )
        """,
        ledger=True,
    ),
    Invariant(
        "orders.money-unmatched-is-listed",
        "Every line of money that no order tells of is listed, and no matched one is.",
        """
        SELECT l.id, l.reference FROM orders_statementline l
        LEFT JOIN orders_moneydifference d
          ON d.line_id = l.id AND d.kind = 'missing_here' AND d.state <> 'gone'
        WHERE (l.kind = 'payment' AND l.payment_id IS NULL
               OR l.kind = 'refund' AND l.refund_id IS NULL) <> (d.id IS NOT NULL)
        """,
    ),
    Invariant(
        "orders.money-missing-is-listed",
        "A payment is listed as missing there only while no line is matched with it.",
        """
        SELECT d.id, d.payment_id FROM orders_moneydifference d
        WHERE d.state <> 'gone' AND d.kind = 'missing_there' AND (
            EXISTS (SELECT FROM orders_statementline l WHERE l.payment_id = d.payment_id)
            OR EXISTS (SELECT FROM orders_statementline l WHERE l.refund_id = d.refund_id)
        )
        """,
    ),
)

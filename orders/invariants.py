"""What must always hold of orders (ORD-1, ORD-2)."""

from opsdesk import sealing
from opsdesk.audit.invariants import every_change_recorded
from opsdesk.invariants import Invariant


def _sealed_with_no_known_key() -> str:
    known = ", ".join(f"'\\x{mark.hex()}'::bytea" for mark in sealing.marks())
    return f"""
        SELECT id, external_number FROM orders_order
        WHERE sealed_contact <> '' AND substring(sealed_contact FROM 1 FOR 4) NOT IN ({known})
        UNION
        SELECT o.id, o.external_number
        FROM orders_formercontact f JOIN orders_order o ON o.id = f.order_id
        WHERE f.sealed_contact <> '' AND substring(f.sealed_contact FROM 1 FOR 4) NOT IN ({known})
    """


INVARIANTS = (
    every_change_recorded("orders.order", "orders_order"),
    every_change_recorded("orders.orderline", "orders_orderline"),
    Invariant(
        "orders.one-per-number",
        "A store has one order per external number.",
        """
        SELECT store_id, external_number, count(*) AS orders FROM orders_order
        GROUP BY store_id, external_number HAVING count(*) > 1
        """,
    ),
    Invariant(
        "orders.reserved-equals-reservations",
        "Per SKU and warehouse, reserved stock equals the open reservations.",
        """
        WITH promised AS (
            SELECT sku_id, warehouse_id, sum(quantity) AS pieces
            FROM orders_reservation WHERE state = 'open' GROUP BY sku_id, warehouse_id
        )
        SELECT sku_id, warehouse_id, s.reserved, p.pieces AS promised
        FROM catalog_stocklevel s
        FULL JOIN promised p USING (sku_id, warehouse_id)
        WHERE COALESCE(s.reserved, 0) <> COALESCE(p.pieces, 0)
        """,
        ledger=True,
    ),
    Invariant(
        "orders.reserved-orders-are-covered",
        "Every line of a reserved order has its reservation, and no other order has one.",
        """
        SELECT o.id, o.external_number, o.fulfilment_state
        FROM orders_order o
        JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN orders_reservation r ON r.line_id = l.id AND r.state = 'open'
        WHERE (o.fulfilment_state = 'reserved') <> (r.id IS NOT NULL)
           -- A bundle holds its parts as they were then: so many of each for every piece of it.
           OR (r.sku_id = l.sku_id AND r.quantity <> l.quantity)
           OR (r.sku_id <> l.sku_id AND r.quantity % l.quantity <> 0)
        """,
    ),
    Invariant(
        "orders.refunds-within-paid",
        "No order has more refunded than was paid.",
        """
        SELECT id, external_number, paid_amount, refunded_amount FROM orders_order
        WHERE refunded_amount > paid_amount
        """,
        ledger=True,
    ),
    Invariant(
        "orders.channel-of-its-store",
        "An order's channel and customer belong to the order's store.",
        """
        SELECT o.id, o.external_number FROM orders_order o
        JOIN stores_channel c ON c.id = o.channel_id
        LEFT JOIN orders_customer b ON b.id = o.customer_id
        WHERE c.store_id <> o.store_id OR b.store_id <> o.store_id
        """,
    ),
    Invariant(
        "orders.contacts-can-be-opened",
        "Every contact that an order has or had is sealed with one of the present keys.",
        _sealed_with_no_known_key,
    ),
    Invariant(
        "orders.digest-of-a-sealed-phone",
        "Only an order with a sealed contact is found by a phone.",
        """
        SELECT id, external_number FROM orders_order
        WHERE phone_digest IS NOT NULL
          AND (sealed_contact = '' OR octet_length(phone_digest) <> 16)
        """,
    ),
    Invariant(
        "orders.waiting-orders-are-timed",
        "Every order that waits for promised stock has an open clock (ORD-2).",
        """
        SELECT o.id, o.external_number
        FROM orders_order o
        JOIN stores_channel c ON c.id = o.channel_id
        WHERE o.fulfilment_state = 'waiting'
          AND (c.reserve_on = 'placed' OR o.paid_at IS NOT NULL)
          AND NOT EXISTS (
              SELECT FROM deadlines_deadline d
              JOIN django_content_type t ON t.id = d.subject_type_id
              WHERE t.app_label = 'orders' AND t.model = 'order' AND d.subject_id = o.id
                AND d.rule = 'orders.confirm' AND d.state IN ('running', 'paused')
          )
        """,
    ),
)

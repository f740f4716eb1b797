"""Which customers count: told anew each night, store by store (MKT-10)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit, value_of

if TYPE_CHECKING:
    from opsdesk.schedule.models import Slot

ORDERS = Setting(
    key="orders.valued_orders",
    clause="MKT-10",
    title=_("A valued customer has placed at least so many orders"),
    default=Decimal(2),
    unit=Unit.TIMES,
    minimum=Decimal(1),
)
AMOUNT = Setting(
    key="orders.valued_amount",
    clause="MKT-10",
    title=_("A valued customer has spent at least"),
    default=Decimal(200),
    unit=Unit.MONEY,
)
WITHIN = Setting(
    key="orders.valued_within",
    clause="MKT-10",
    title=_("Orders that make a customer valued are of the last"),
    default=Decimal(30),
    unit=Unit.DAYS,
    minimum=Decimal(1),
    maximum=Decimal(366),
)

# Parts of a split order are one order with the money of all.
_COUNT = """
WITH counted AS (
    SELECT customer_id, count(*) FILTER (WHERE split_from_id IS NULL) AS orders,
           sum(paid_amount - refunded_amount) AS amount
    FROM orders_order
    WHERE store_id = %(store)s AND placed_at >= %(since)s AND placed_at < %(at)s
      AND customer_id IS NOT NULL AND paid_at IS NOT NULL AND currency = %(currency)s
      AND fulfilment_state <> 'cancelled'
    GROUP BY customer_id
    HAVING count(*) FILTER (WHERE split_from_id IS NULL) >= %(orders)s
       AND sum(paid_amount - refunded_amount) >= %(amount)s
), gone AS (
    DELETE FROM orders_valuedcustomer v USING orders_customer c
    WHERE c.id = v.customer_id AND c.store_id = %(store)s
      AND NOT EXISTS (SELECT FROM counted WHERE counted.customer_id = v.customer_id)
)
INSERT INTO orders_valuedcustomer (customer_id, orders, amount, since, counted_at)
SELECT customer_id, orders, amount, %(at)s, %(at)s FROM counted ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE
SET orders = excluded.orders, amount = excluded.amount, counted_at = excluded.counted_at
"""


def count_valued(store: Store, *, at: datetime) -> int:
    """The store's valued customers are those of the days before `at`. Returns how many.

    One statement; who stays valued keeps since when. Harmless to repeat.
    """
    days = int(value_of(WITHIN.key, store=store, at=at))
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "store": store.pk,
                "currency": store.currency,
                "since": at - timedelta(days=days),
                "at": at,
                "orders": int(value_of(ORDERS.key, store=store, at=at)),
                "amount": value_of(AMOUNT.key, store=store, at=at),
            },
        )
        return cursor.rowcount


def _count(slot: Slot, at: datetime) -> dict[str, Any]:
    assert slot.store is not None
    return {"valued": count_valued(slot.store, at=at)}


JOB = Job("orders.count_valued", _("Who is a valued customer"), _count, daily_at=time(2, 30))

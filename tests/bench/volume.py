"""The store of a million orders that several benches share; made once per run."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from analytics.volume.services import generate
from opsdesk.stores.models import Store

CODE = "million"
DAYS = 365
AT = timezone.now().replace(microsecond=0)
# Orders that a busy store has to ship in three days.
CLOCKS = 20_000
_CLOCKS = """
INSERT INTO deadlines_deadline (
    rule, store_id, channel_id, subject_type_id, subject_id, subject_label, owner_role, state,
    source, started_at, allowed_seconds, paused_seconds, due_at
)
SELECT 'fulfillment.ship', o.store_id, o.channel_id, t.id, o.id, o.external_number, 'warehouse',
       'running', 'own', m.due_at - interval '3 days', 259200, 0, m.due_at
FROM (
    SELECT *, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT * FROM orders_order WHERE store_id = %(store)s
        ORDER BY placed_at DESC LIMIT %(orders)s
    ) newest
) o
JOIN django_content_type t ON t.app_label = 'orders' AND t.model = 'order'
CROSS JOIN LATERAL (
    SELECT %(at)s + (o.place::float / %(orders)s * %(hours)s - 24) * interval '1 hour' AS due_at
) m
ON CONFLICT DO NOTHING
"""


def big_store(*, quick: bool) -> Store:
    store = Store.objects.filter(code=CODE).first()
    if store is None:
        store = generate(
            code=CODE,
            orders=3_000 if quick else 1_000_000,
            skus=100 if quick else 10_000,
            days=DAYS,
            seed=1,
            at=AT,
        )
        with connection.cursor() as cursor:
            # As autovacuum and checkpointer would have done by then: their work is nobody's wait.
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    return store


def have_to_leave(store: Store, *, orders: int = CLOCKS) -> None:
    """The newest orders have to leave one after the other, from yesterday until the day after."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS, {"store": store.pk, "at": AT, "orders": orders, "hours": 72})
        cursor.execute("ANALYZE deadlines_deadline")

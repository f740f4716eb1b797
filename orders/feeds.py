"""Orders as a feed of each channel (INS-8)."""

from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.feeds import Feed
from opsdesk.stores.roles import Role

# Of a channel with a webhook of its own the webhook is the feed: its silence is told once.
ORDERS = Feed(
    code="orders",
    title=_("Orders of a channel"),
    owner_role=Role.OPERATIONS_LEAD,
    subject="stores.Channel",
    arrivals="""
        SELECT o.channel_id::text AS part, c.name AS label, c.id AS subject_id, o.placed_at AS at
        FROM orders_order o JOIN stores_channel c ON c.id = o.channel_id
        WHERE o.store_id = %(store)s AND o.placed_at > %(since)s AND o.placed_at <= %(at)s
          AND c.is_active AND NOT EXISTS (
              SELECT FROM exchange_webhooksource w WHERE w.channel_id = c.id AND w.is_active
          )
    """,
)

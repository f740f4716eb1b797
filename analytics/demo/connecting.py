"""The demonstration's stores are connected: who may deliver orders, and who tried in vain."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.demo.opening import Demonstration
from opsdesk.exchange.models import WebhookRefusal
from opsdesk.exchange.services import webhooks

# Days ago, reason, how often.
_REFUSED = (
    (0, WebhookRefusal.Reason.FORGED, 3),
    (1, WebhookRefusal.Reason.NO_SIGNATURE, 12),
    (4, WebhookRefusal.Reason.LATE, 1),
)


def connect(it: Demonstration, source: str, *, at: datetime) -> None:
    """The source may deliver to the store's channel, with a secret that nobody knows."""
    webhooks.enter_secret(
        store=it.store,
        source=source,
        secret=webhooks.new_secret(),
        channel=it.store.channels.order_by("pk").first(),
        at=at,
    )
    WebhookRefusal.objects.bulk_create(
        WebhookRefusal(
            store=it.store,
            source=source,
            day=it.store.business_date(at - timedelta(days=days)),
            reason=reason,
            count=count,
        )
        for days, reason, count in _REFUSED
    )

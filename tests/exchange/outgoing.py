"""Messages on their way to a receiver of the test's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from opsdesk.exchange.models import OutboundMessage, Target
from opsdesk.exchange.services import delivering, outbox
from opsdesk.exchange.services.outbox import Draft
from tests.factories import MOMENT, TargetFactory
from tests.receivers import Receiver


def target_at(receiver: Receiver, **fields: Any) -> Target:
    return TargetFactory(address=f"{receiver.address}/in", **fields)


def enqueue(target: Target, key: str = "order-1", **fields: Any) -> OutboundMessage:
    draft = Draft(target, "orders.shipped", key, **{"payload": {"order": "1"}, **fields})
    outbox.enqueue_message(draft, at=MOMENT)
    return OutboundMessage.objects.get(target=target, key=key)


def deliver(at: datetime = MOMENT) -> dict[str, int]:
    """As the worker does, with the longest pauses."""
    return delivering.deliver_due(at=at, jitter=lambda: 1.0)

"""The demonstration's past was recorded as it was lived, not in the minute it was made."""

from __future__ import annotations

import pgtrigger
from django.db import transaction
from django.db.models import F

from orders.models import OrderEvent


def date_back() -> None:
    """Each event of an order was learnt when it happened. Safe to repeat."""
    later = OrderEvent.objects.filter(recorded_at__gt=F("at"))
    with transaction.atomic(), pgtrigger.ignore("orders.OrderEvent:append_only"):
        later.update(recorded_at=F("at"))
